/* SPDX-License-Identifier: MIT */
/* Memory, failure, words; see tool.h. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/checked.h"
#include "text/text.h"

/* Everything grabbed, as a list: a leak checker finds it reachable. */
struct block {
    struct block *next;
    struct block *previous;
    max_align_t bytes[];
};
static struct block blocks = {&blocks, &blocks};

static void say(const char *format, va_list arguments)
{
    fflush(stdout);
    fputs("memwatch: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

_Noreturn void cannot(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    exit(STATUS_CANNOT);
}

void warn(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

static void *link_block(struct block *block)
{
    if (block == NULL)
        cannot("out of memory");
    block->next = blocks.next;
    block->previous = &blocks;
    blocks.next->previous = block;
    blocks.next = block;
    return block->bytes;
}

void *grab(size_t count, size_t size_bytes)
{
    struct block *block = NULL;

    if (size_bytes == 0 || count <= (SIZE_MAX - sizeof *block) / size_bytes)
        block = calloc(1, sizeof *block + count * size_bytes);
    return link_block(block);
}

void *grow(void *array, size_t count, size_t *room, size_t size_bytes)
{
    size_t wanted = *room == 0 ? 16 : *room * 2;
    struct block *block;

    if (count < *room)
        return array;
    if (array == NULL) {
        *room = wanted;
        return grab(wanted, size_bytes);
    }
    block = (struct block *)(void *)((char *)array - offsetof(struct block, bytes));
    block->previous->next = block->next;
    block->next->previous = block->previous;
    block = realloc(block, sizeof *block + wanted * size_bytes);
    array = link_block(block);
    memset((char *)array + *room * size_bytes, 0, (wanted - *room) * size_bytes);
    *room = wanted;
    return array;
}

char *grab_text(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text = grab((size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

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

bool parse_size(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGT";
    uint64_t value, factor = 1;
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *unit;
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    value = strtoull(text, &end, is_hex ? 16 : 10);
    if (errno != 0 || (is_hex && end == text + 1))
        return false;
    if (*end != '\0' && (unit = strchr(units, *end)) != NULL) {
        factor = UINT64_C(1) << (10 * (unit - units + 1));
        end++;
    }
    return *end == '\0' && checked_mul_u64(value, factor, ret_bytes);
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

void print_json_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < ' ' || c >= 0x7f) /* bytes of no known encoding */
            fprintf(to, "\\u%04x", c);
        else
            fputc(c, to);
    }
    fputc('"', to);
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
