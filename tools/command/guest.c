/* SPDX-License-Identifier: MIT */
/* The memory of a running QEMU, as a file; see command.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"

char *read_proc(const char *path, size_t *ret_length)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0, room = 0;
    char *text = NULL;
    ssize_t got = 1;

    if (file < 0)
        return NULL;
    while (got > 0) {
        while (room < length + 4097)
            text = grow(text, room, &room, 1);
        got = read(file, text + length, 4096);
        if (got > 0)
            length += (size_t)got;
    }
    close(file);
    if (got < 0)
        return NULL;
    text[length] = '\0';
    *ret_length = length;
    return text;
}

/* The value of KEY=VALUE in QEMU's arguments, wherever it stands; commas are doubled there. */
static const char *argument_value(const char *line, size_t length, const char *key)
{
    size_t key_length = strlen(key), used = 0;

    for (size_t i = 0; i + key_length < length; i++) {
        char *value;
        if (memcmp(line + i, key, key_length) != 0)
            continue;
        value = grab(length - i, 1);
        for (i += key_length; i < length && line[i] != '\0'; i++) {
            if (line[i] == ',' && line[i + 1] != ',')
                break;
            if (line[i] == ',')
                i++;
            value[used++] = line[i];
        }
        return value;
    }
    return NULL;
}

/* The backing file and machine of a QEMU by its number. */
const char *guest_memory_path(int pid, bool *ret_is_pc)
{
    size_t length;
    char *line = read_proc(grab_text("/proc/%d/cmdline", pid), &length);
    const char *path, *machine;

    if (line == NULL)
        cannot("process %d: %s", pid, errno == ENOENT || errno == ESRCH ? "there is none" : strerror(errno));
    path = argument_value(line, length, "mem-path=");
    if (path == NULL || memmem(line, length, "share=on", 8) == NULL)
        cannot("process %d shares no guest memory (start QEMU with -object memory-backend-file,share=on,... or make run WATCH=1)", pid);
    machine = memmem(line, length, "-machine\0", 9);
    *ret_is_pc = machine != NULL && strncmp(machine + 9, "pc", 2) == 0;
    /* As that process sees it. */
    return path[0] == '/' ? path : grab_text("/proc/%d/cwd/%s", pid, path);
}
