/* SPDX-License-Identifier: MIT */
/* Files and large memory, words; see tool.h. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "text/text.h"

void *map_memory(uint64_t size_bytes)
{
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        cannot("no memory for %s of copies (--hashes needs 1/512 of it)", size_words(size_bytes));
    (void)madvise(memory, size_bytes, MADV_HUGEPAGE); /* a matter of speed only */
    return memory;
}

void give_back(void *memory, uint64_t size_bytes)
{
    munmap(memory, size_bytes);
}

const uint8_t *map_file(const char *path, uint64_t *ret_size_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    void *bytes;

    if (file < 0 || fstat(file, &about) != 0)
        cannot("%s: cannot be opened: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        cannot("%s: not a regular file", path);
    *ret_size_bytes = (uint64_t)about.st_size;
    if (about.st_size == 0) {
        close(file);
        return (const uint8_t *)"";
    }
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED)
        cannot("%s: cannot be mapped: %s", path, strerror(errno));
    close(file);
    return bytes;
}

const char *shown(const char *text)
{
    char *copy = grab_text("%s", text);

    for (char *at = copy; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    }
    return copy;
}

const char *size_words(uint64_t size_bytes)
{
    static char buffers[4][32];
    static unsigned turn;
    char *buffer = buffers[turn++ % 4];
    struct text text;

    text_init(&text, buffer, sizeof buffers[0]);
    text_size(&text, size_bytes / 4096, (uint32_t)(size_bytes % 4096));
    return buffer;
}

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
