/* SPDX-License-Identifier: MIT */
/*
 * What code that E-ACSL made calls. E-ACSL's own run-time library is left out: its memory model knows only
 * memory that instrumented code made, and the tests' is not. AddressSanitizer knows all of it, so it answers
 * what \valid and \valid_read ask. A clause that is false ends the program. At the end each clause that was
 * looked at is added to the file that CLAUSES_SEEN names: "FILE:LINE TIMES".
 */
#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MOST_CLAUSES 8192u

/* As E-ACSL 25 declares it. */
struct clause {
    int blocking;
    const char *kind;
    const char *name;
    const char *text;
    const char *file;
    const char *function;
    int line;
    void *values;
};

/* Shared with the children in which unit tests run: these end without a word. */
static struct {
    const char *file;
    int line;
    unsigned long times;
} *seen;

static void write_seen(void)
{
    const char *path = getenv("CLAUSES_SEEN");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;

    for (unsigned i = 0; file != NULL && i < MOST_CLAUSES; i++)
        if (seen[i].times > 0)
            fprintf(file, "%s:%d %lu\n", seen[i].file, seen[i].line, seen[i].times);
    if (file != NULL)
        fclose(file);
}

__attribute__((constructor)) static void begin(void)
{
    seen = mmap(NULL, MOST_CLAUSES * sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    if (seen == MAP_FAILED)
        abort();
    atexit(write_seen);
}

static void note(const struct clause *clause)
{
    unsigned i = ((unsigned)clause->line * 31u + (unsigned)(uintptr_t)clause->file) % MOST_CLAUSES;

    while (seen[i].times > 0 && (seen[i].line != clause->line || seen[i].file != clause->file))
        i = (i + 1) % MOST_CLAUSES;
    seen[i].file = clause->file;
    seen[i].line = clause->line;
    seen[i].times++;
}

void __e_acsl_assert(int holds, const struct clause *clause)
{
    note(clause);
    if (holds)
        return;
    fprintf(stderr, "contract broken: %s: %s %s (%s:%d)\n", clause->function, clause->kind,
            clause->text, clause->file, clause->line);
    abort();
}

static bool is_readable(void *memory, size_t size_bytes)
{
    return size_bytes == 0 || (memory != NULL && __asan_region_is_poisoned(memory, size_bytes) == NULL);
}

int __e_acsl_valid(void *memory, size_t size_bytes, void *base, void *base_address)
{
    (void)base;
    (void)base_address;
    return is_readable(memory, size_bytes);
}

int __e_acsl_valid_read(void *memory, size_t size_bytes, void *base, void *base_address)
{
    return __e_acsl_valid(memory, size_bytes, base, base_address);
}

/* AddressSanitizer does not know; valgrind and MemorySanitizer would. */
int __e_acsl_initialized(void *memory, size_t size_bytes)
{
    (void)memory;
    (void)size_bytes;
    return 1;
}

/* Pairs of memory and size; none may overlap another. */
int __e_acsl_separated(size_t count, ...)
{
    uintptr_t firsts[16], ends[16];
    va_list pairs;
    bool apart = count <= 16;

    va_start(pairs, count);
    for (size_t i = 0; i < count && i < 16; i++) {
        firsts[i] = (uintptr_t)va_arg(pairs, void *);
        ends[i] = firsts[i] + va_arg(pairs, size_t);
        for (size_t j = 0; j < i; j++)
            apart = apart && (ends[i] <= firsts[j] || ends[j] <= firsts[i] || ends[i] == firsts[i] ||
                              ends[j] == firsts[j]);
    }
    va_end(pairs);
    return apart;
}

/* What instrumented code tells of its own memory: AddressSanitizer knows. */
void *__e_acsl_store_block(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    return memory;
}

void *__e_acsl_store_block_duplicate(void *memory, size_t size_bytes)
{
    (void)size_bytes;
    return memory;
}

void __e_acsl_delete_block(void *memory)
{
    (void)memory;
}

void __e_acsl_full_init(void *memory)
{
    (void)memory;
}

void __e_acsl_initialize(void *memory, size_t size_bytes)
{
    (void)memory;
    (void)size_bytes;
}

void __e_acsl_mark_readonly(void *memory)
{
    (void)memory;
}
