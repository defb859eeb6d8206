/* SPDX-License-Identifier: MIT */
/* Output; see tool.h. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *output_bytes;
static size_t output_length;
static FILE *output_stream;
static char *temporary_path; /* of the output file, while it exists */

/* However the program ends. */
static void remove_temporary(void)
{
    if (temporary_path != NULL)
        unlink(temporary_path);
}

FILE *output(void)
{
    if (output_stream == NULL)
        output_stream = open_memstream(&output_bytes, &output_length);
    if (output_stream == NULL)
        cannot("out of memory");
    return output_stream;
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* A new file beside `path` (same volume, so that the rename is one step), then the rename. */
static void replace_file(const char *path)
{
    mode_t mask = umask(0);
    int file;

    umask(mask);
    atexit(remove_temporary);
    temporary_path = grab_text("%s.XXXXXX", path);
    file = mkstemp(temporary_path);
    if (file < 0) {
        temporary_path = NULL;
        cannot("%s: cannot write there: %s", path, strerror(errno));
    }
    if (!write_all(file, output_bytes, output_length) || fchmod(file, 0666 & ~mask) != 0 ||
        fsync(file) != 0 || close(file) != 0 || rename(temporary_path, path) != 0)
        cannot("%s: cannot be written: %s", path, strerror(errno));
    temporary_path = NULL;
}

/* A device or pipe (/dev/stdout, /dev/null) is written to as it is. */
static void write_device(const char *path)
{
    int file = open(path, O_WRONLY);

    if (file < 0 || !write_all(file, output_bytes, output_length) || close(file) != 0)
        cannot("%s: cannot be written: %s", path, strerror(errno));
}

struct span output_text(void)
{
    if (fflush(output()) != 0)
        cannot("out of memory");
    return (struct span){output_bytes, output_length};
}

void output_finish(const char *path)
{
    struct stat about;

    if (fflush(output()) != 0 || ferror(output()))
        cannot("out of memory");
    if (path != NULL && strcmp(path, "-") != 0) {
        if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
            write_device(path);
        else
            replace_file(path);
    } else if (isatty(STDOUT_FILENO) == 1 && memchr(output_bytes, '\0', output_length) != NULL) {
        cannot("this is binary and stdout a terminal: use -o FILE");
    } else if (!write_all(STDOUT_FILENO, output_bytes, output_length)) {
        cannot("standard output cannot be written: %s", strerror(errno));
    }
}
