/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share. A target is a file with LLVMFuzzerTestOneInput, linked either with
 * libFuzzer or with replay.c. It aborts where something is wrong; the input stays as a file.
 */
#ifndef GROMA_TESTS_FUZZ_H
#define GROMA_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#define CHECK(condition) CHECK_THAT(condition, "")
#define CHECK_THAT(condition, detail)                                                         \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf(stderr, "%s:%d: not true: %s %s\n", __FILE__, __LINE__, #condition, detail); \
            abort();                                                                          \
        }                                                                                     \
    } while (0)

/* Input that is used up from its beginning; zeros behind its end. */
struct input_bytes {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t take(struct input_bytes *input, unsigned byte_count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < byte_count && input->left > 0; i++, input->left--)
        value |= (uint64_t)*input->at++ << 8 * i;
    return value;
}

/* Memory of exactly this size, so that a sanitizer sees the byte behind it; filled with junk. */
static inline void *exactly(size_t size_bytes)
{
    void *memory = malloc(size_bytes);

    CHECK(memory != NULL || size_bytes == 0);
    if (size_bytes > 0)
        memset(memory, 0x5a, size_bytes);
    return memory;
}

static inline void *copy_of(const void *bytes, size_t size_bytes)
{
    void *memory = exactly(size_bytes);

    if (size_bytes > 0)
        memcpy(memory, bytes, size_bytes);
    return memory;
}

#endif
