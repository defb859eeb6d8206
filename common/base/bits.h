/* SPDX-License-Identifier: MIT */
/*
 * Bit scans. Kept apart because a prover must trust them by contract: it cannot
 * see through the builtins. Everything else in common/ is ordinary arithmetic.
 */
#ifndef GROMA_BASE_BITS_H
#define GROMA_BASE_BITS_H

#include <stdint.h>

/* Index of the lowest set bit; word must not be 0. */
static inline unsigned bit_lowest(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}

/* Index of the highest set bit; word must not be 0. */
static inline unsigned bit_highest(uint64_t word)
{
    return 63u - (unsigned)__builtin_clzll(word);
}

/* How many bits are set. (A plain sum: the builtin would call libgcc.) */
static inline unsigned bit_count(uint64_t word)
{
    word -= (word >> 1) & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + ((word >> 2) & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((word * UINT64_C(0x0101010101010101)) >> 56);
}

/* The `count` lowest bits set, count 0..64. */
static inline uint64_t bit_mask_low(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

#endif
