/* SPDX-License-Identifier: MIT */
/*
 * Bits: scans, counts, masks, and the joining of halves. Kept apart because a prover must
 * trust their contracts: it cannot see through the builtins, nor that `or` of disjoint halves
 * is a sum. They are tested on every input or nearly so; everything else in common/ is
 * ordinary arithmetic.
 * The builtins stand only where they are an instruction; elsewhere (i386, riscv64
 * without Zbb) they would call the compiler's library, which a kernel need not have.
 */
#ifndef GROMA_BASE_BITS_H
#define GROMA_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

//@ predicate bit_set(integer word, integer k) = (word & (1 << k)) != 0;

/* Index of the highest set bit, on any machine; word must not be 0. */
/*@ requires word != 0;
    assigns \nothing;
    ensures \result < 64 && bit_set(word, \result);
    ensures word <= UINT32_MAX ==> \result < 32;
    ensures \forall integer k; \result < k < 64 ==> !bit_set(word, k); */
static inline unsigned bit_highest_by_halves(uint64_t word)
{
    unsigned index = 0;

    for (unsigned half = 32; half > 0; half /= 2) {
        if (word >> half != 0) {
            word >>= half;
            index += half;
        }
    }
    return index;
}

/* Index of the highest set bit; word must not be 0. */
/*@ requires word != 0;
    assigns \nothing;
    ensures \result < 64 && bit_set(word, \result);
    ensures word <= UINT32_MAX ==> \result < 32;
    ensures \forall integer k; \result < k < 64 ==> !bit_set(word, k); */
static inline unsigned bit_highest(uint64_t word)
{
#if defined(__x86_64__) || defined(__aarch64__)
    return 63u - (unsigned)__builtin_clzll(word);
#else
    return bit_highest_by_halves(word);
#endif
}

/* Index of the lowest set bit; word must not be 0. */
/*@ requires word != 0;
    assigns \nothing;
    ensures \result < 64 && bit_set(word, \result);
    ensures \forall integer k; 0 <= k < \result ==> !bit_set(word, k); */
static inline unsigned bit_lowest(uint64_t word)
{
#if defined(__x86_64__) || defined(__aarch64__)
    return (unsigned)__builtin_ctzll(word);
#else
    return bit_highest_by_halves(word & (UINT64_C(0) - word));
#endif
}

/*@ logic integer bits_below(integer word, integer n) =
        n <= 0 ? 0 : bits_below(word, n - 1) + ((word & (1 << (n - 1))) != 0 ? 1 : 0); */

/* How many bits are set. (A plain sum: the builtin would call libgcc.) */
/*@ assigns \nothing;
    ensures \result == bits_below(word, 64) <= 64; */
static inline unsigned bit_count(uint64_t word)
{
    word -= (word >> 1) & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + ((word >> 2) & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((word * UINT64_C(0x0101010101010101)) >> 56);
}

/* The `count` lowest bits set, count 0..64. */
/*@ assigns \nothing;
    ensures \result == (count >= 64 ? UINT64_MAX : (1 << count) - 1); */
static inline uint64_t bit_mask_low(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/*@ predicate power_of_two(integer n) = \exists integer k; 0 <= k < 64 && n == (1 << k); */

/* Is at most one bit set? Then the word is 0 or a power of two. */
/*@ assigns \nothing;
    ensures \result <==> word == 0 || power_of_two(word); */
static inline bool bit_at_most_one(uint64_t word)
{
    return (word & (word - 1)) == 0;
}

/* Without the lowest set bit; word must not be 0. */
/*@ requires word != 0;
    assigns \nothing;
    ensures \result < word; */
static inline uint64_t bit_without_lowest(uint64_t word)
{
    return word & (word - 1);
}

/* Down to a multiple of `unit`, a power of two. (`%` by a variable would call libgcc on i386.) */
/*@ requires power_of_two(unit);
    assigns \nothing;
    ensures \result <= value < \result + unit && \result % unit == 0; */
static inline uint64_t bit_round_down(uint64_t value, uint64_t unit)
{
    return value & ~(unit - 1);
}

/* An integer from its two halves. */
/*@ assigns \nothing; ensures \result == low + high * 0x100; */
static inline uint16_t join_u16(uint8_t low, uint8_t high)
{
    return (uint16_t)(low | high << 8);
}

/*@ assigns \nothing; ensures \result == low + high * 0x10000; */
static inline uint32_t join_u32(uint16_t low, uint16_t high)
{
    return low | (uint32_t)high << 16;
}

/*@ assigns \nothing; ensures \result == low + high * 0x100000000; */
static inline uint64_t join_u64(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

C_DECLARATIONS_END

#endif
