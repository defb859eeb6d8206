/* SPDX-License-Identifier: MIT */
/* Memory, failure and output; see tool.h. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything grabbed, as a list, so that a leak checker stays silent at any exit. */
struct block {
    struct block *next;
    struct block *previous;
    max_align_t bytes[];
};
static struct block blocks = {&blocks, &blocks};

static char *output_bytes;
static size_t output_length;
static FILE *output_stream;
static bool output_written;
static char *temporary_path; /* of the output file, while it exists */

void release_all(void)
{
    while (blocks.next != &blocks) {
        struct block *block = blocks.next;
        blocks.next = block->next;
        free(block);
    }
    blocks.previous = &blocks;
    if (output_stream != NULL)
        fclose(output_stream);
    output_stream = NULL;
    free(output_bytes);
    output_bytes = NULL;
}

_Noreturn void cannot(const char *format, ...)
{
    va_list arguments;

    fputs("memmap: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    if (temporary_path != NULL)
        unlink(temporary_path);
    release_all();
    exit(STATUS_CANNOT);
}

static void link_block(struct block *block)
{
    block->next = blocks.next;
    block->previous = &blocks;
    blocks.next->previous = block;
    blocks.next = block;
}

void *grab(size_t count, size_t size_bytes)
{
    struct block *block = NULL;

    if (size_bytes == 0 || count <= (SIZE_MAX - sizeof *block) / size_bytes)
        block = calloc(1, sizeof *block + count * size_bytes);
    if (block == NULL)
        cannot("out of memory");
    link_block(block);
    return block->bytes;
}

void *grow(void *array, size_t count, size_t *room, size_t size_bytes)
{
    struct block *block, *moved;
    size_t wanted = *room == 0 ? 16 : *room * 2;

    if (count < *room)
        return array;
    if (array == NULL) {
        *room = wanted;
        return grab(wanted, size_bytes);
    }
    block = (struct block *)((char *)array - offsetof(struct block, bytes));
    block->previous->next = block->next;
    block->next->previous = block->previous;
    moved = wanted > (SIZE_MAX - sizeof *block) / size_bytes
                ? NULL
                : realloc(block, sizeof *block + wanted * size_bytes);
    if (moved == NULL)
        cannot("out of memory");
    link_block(moved);
    memset((char *)moved->bytes + *room * size_bytes, 0, (wanted - *room) * size_bytes);
    *room = wanted;
    return moved->bytes;
}

char *grab_text(const char *format, ...)
{
    va_list arguments, again;
    char *text;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        cannot("cannot format a text");
    text = grab((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
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

bool output_is_written(void)
{
    return output_written;
}

void output_finish(const char *path)
{
    struct stat about;

    output_written = true;
    if (fflush(output()) != 0 || ferror(output()))
        cannot("out of memory");
    if (path != NULL && strcmp(path, "-") != 0) {
        if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
            write_device(path);
        else
            replace_file(path);
    } else if (!write_all(STDOUT_FILENO, output_bytes, output_length)) {
        cannot("standard output cannot be written: %s", strerror(errno));
    }
}
