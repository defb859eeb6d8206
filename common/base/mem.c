/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset, memcmp for programs without a C library.
 *
 * Words of 8 bytes where both ends allow it: a kernel without SSE loses little
 * to memory speed with them. Built with -fno-tree-loop-distribute-patterns, or
 * the compiler would turn these loops into calls of themselves.
 */
#include "base/mem.h"

#include <stdint.h>

/* A word that may alias anything and lie at any address. */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    for (; size_bytes >= 32; size_bytes -= 32, out += 32, in += 32) {
        ((any_word_t *)out)[0] = ((const any_word_t *)in)[0];
        ((any_word_t *)out)[1] = ((const any_word_t *)in)[1];
        ((any_word_t *)out)[2] = ((const any_word_t *)in)[2];
        ((any_word_t *)out)[3] = ((const any_word_t *)in)[3];
    }
    for (; size_bytes >= 8; size_bytes -= 8, out += 8, in += 8)
        *(any_word_t *)out = *(const any_word_t *)in;
    for (; size_bytes > 0; size_bytes--)
        *out++ = *in++;
    return to;
}

/* The ranges overlap and `to` lies above `from`: from the end downwards. */
static void copy_downwards(uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    for (; size_bytes >= 8; size_bytes -= 8)
        *(any_word_t *)(to + size_bytes - 8) = *(const any_word_t *)(from + size_bytes - 8);
    for (; size_bytes > 0; size_bytes--)
        to[size_bytes - 1] = from[size_bytes - 1];
}

static void copy_upwards(uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    for (; size_bytes >= 8; size_bytes -= 8, to += 8, from += 8)
        *(any_word_t *)to = *(const any_word_t *)from;
    for (; size_bytes > 0; size_bytes--)
        *to++ = *from++;
}

void *memmove(void *to, const void *from, size_t size_bytes)
{
    if ((uintptr_t)to - (uintptr_t)from < size_bytes)
        copy_downwards(to, from, size_bytes);
    else
        copy_upwards(to, from, size_bytes);
    return to;
}

void *memset(void *to, int byte, size_t size_bytes)
{
    uint8_t *out = to;
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);

    for (; size_bytes >= 32; size_bytes -= 32, out += 32) {
        ((any_word_t *)out)[0] = word;
        ((any_word_t *)out)[1] = word;
        ((any_word_t *)out)[2] = word;
        ((any_word_t *)out)[3] = word;
    }
    for (; size_bytes >= 8; size_bytes -= 8, out += 8)
        *(any_word_t *)out = word;
    for (; size_bytes > 0; size_bytes--)
        *out++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (; size_bytes > 0; size_bytes--, left++, right++) {
        if (*left != *right)
            return *left < *right ? -1 : 1;
    }
    return 0;
}
