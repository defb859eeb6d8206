/* SPDX-License-Identifier: MIT */
/*
 * Runs of bits inside one word, on plain words: no atomics, no memory. What the lock-free code
 * does to a word is one of these functions between a load and a compare-and-swap, so that the
 * arithmetic can be proved by itself.
 */
#ifndef GROMA_FRAMES_RUNS_H
#define GROMA_FRAMES_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/checked.h"

/* `count` bits from bit `first`; first + count <= 64. */
/*@ requires count <= 64 && first < 64 && first + count <= 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(\result, k) <==> first <= k < first + count); */
static inline uint64_t run_mask(unsigned first, unsigned count)
{
    return count == 0 ? 0 : UINT64_MAX >> (64 - count) << first;
}

/* The part of [first, end) that lies in the word of 2^shift bits that begins at `base`. */
/*@ requires shift <= 6 && base <= UINT64_MAX - 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==>
        (bit_set(\result, k) <==> first <= base + k < end && k < (1 << shift)); */
static inline uint64_t range_mask(uint64_t base, unsigned shift, uint64_t first, uint64_t end)
{
    uint64_t size = UINT64_C(1) << shift;
    //@ assert shift == 0 ==> size == 1;
    //@ assert shift == 1 ==> size == 2;
    //@ assert shift == 2 ==> size == 4;
    //@ assert shift == 3 ==> size == 8;
    //@ assert shift == 4 ==> size == 16;
    //@ assert shift == 5 ==> size == 32;
    //@ assert shift == 6 ==> size == 64;
    //@ assert size == (1 << shift) <= 64;
    uint64_t low = first > base ? first - base : 0;
    uint64_t high = end > base ? end - base : 0;

    if (high > size)
        high = size;
    if (low >= high)
        return 0;
    return run_mask((unsigned)low, (unsigned)(high - low));
}

/*
 * Bit i says: bits i..i+count-1 of `word` are all set. count is 1..64. Doubles the known
 * length: after each step bit i stands for `known` set bits.
 */
/*@ requires 1 <= count <= 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==>
        (bit_set(\result, k) <==> k + count <= 64 && \forall integer j; k <= j < k + count ==> bit_set(word, j)); */
static inline uint64_t run_starts(uint64_t word, unsigned count)
{
    unsigned known = 1;

    /*@ loop invariant 1 <= known <= count;
        loop invariant \forall integer k; 0 <= k < 64 ==> (bit_set(word, k) <==> k + known <= 64 &&
            \forall integer j; k <= j < k + known ==> bit_set(\at(word, Pre), j));
        loop assigns known, word;
        loop variant count - known; */
    while (known < count && word != 0) {
        unsigned step = count - known < known ? count - known : known;
        uint64_t later = word >> step;
        //@ assert \forall integer k; 0 <= k < 64 ==> (bit_set(later, k) <==> k + step < 64 && bit_set(word, k + step));
        word &= later;
        known += step;
    }
    return word;
}

/*@ predicate is_alignment(integer n) =
        n == 1 || n == 2 || n == 4 || n == 8 || n == 16 || n == 32 || n >= 64;
    lemma starts_1: \forall integer k; 0 <= k < 64 ==> (0xffffffffffffffff & (1 << k)) != 0;
    lemma starts_2: \forall integer k; 0 <= k < 64 ==> ((0x5555555555555555 & (1 << k)) != 0 <==> k % 2 == 0);
    lemma starts_4: \forall integer k; 0 <= k < 64 ==> ((0x1111111111111111 & (1 << k)) != 0 <==> k % 4 == 0);
    lemma starts_8: \forall integer k; 0 <= k < 64 ==> ((0x0101010101010101 & (1 << k)) != 0 <==> k % 8 == 0);
    lemma starts_16: \forall integer k; 0 <= k < 64 ==> ((0x0001000100010001 & (1 << k)) != 0 <==> k % 16 == 0);
    lemma starts_32: \forall integer k; 0 <= k < 64 ==> ((0x0000000100000001 & (1 << k)) != 0 <==> k % 32 == 0);
    lemma only_1: \forall integer k; 0 <= k < 64 ==> (bit_set(1, k) <==> k == 0);
    lemma only_2: \forall integer k; 0 <= k < 64 ==> (bit_set(2, k) <==> k == 1);
    lemma only_4: \forall integer k; 0 <= k < 64 ==> (bit_set(4, k) <==> k == 2);
    lemma only_8: \forall integer k; 0 <= k < 64 ==> (bit_set(8, k) <==> k == 3);
    lemma only_16: \forall integer k; 0 <= k < 64 ==> (bit_set(16, k) <==> k == 4);
    lemma only_32: \forall integer k; 0 <= k < 64 ==> (bit_set(32, k) <==> k == 5); */

/* Bits 0, align, 2 * align, ...; align is a power of two; bit 0 alone where it is 64 or more. */
/*@ requires is_alignment(align);
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(\result, k) <==> k % align == 0); */
static inline uint64_t aligned_starts(uint64_t align)
{
    static const uint64_t starts[] = {
        UINT64_MAX, UINT64_C(0x5555555555555555), UINT64_C(0x1111111111111111),
        UINT64_C(0x0101010101010101), UINT64_C(0x0001000100010001), UINT64_C(0x0000000100000001)};

    unsigned index;

    if (align >= 64)
        return 1;
    index = bit_lowest(align);
    //@ assert align == 1 ==> index == 0;
    //@ assert align == 2 ==> index == 1;
    //@ assert align == 4 ==> index == 2;
    //@ assert align == 8 ==> index == 3;
    //@ assert align == 16 ==> index == 4;
    //@ assert align == 32 ==> index == 5;
    return starts[index];
}

/* The lowest run of `count` set bits that begins at a bit of `starts`; count is 1..64. */
/*@ requires 1 <= count <= 64 && \valid(ret_first);
    assigns *ret_first;
    ensures \result ==> bit_set(starts, *ret_first) && *ret_first + count <= 64;
    ensures \result ==> \forall integer j; *ret_first <= j < *ret_first + count ==> bit_set(word, j);
    ensures \result ==> \forall integer k; 0 <= k < *ret_first && bit_set(starts, k) ==>
        \exists integer j; k <= j < k + count && !bit_set(word, j);
    ensures !\result ==> *ret_first == \old(*ret_first); */
MUST_USE static inline bool run_find(uint64_t word, unsigned count, uint64_t starts,
                                     unsigned *ret_first)
{
    uint64_t found = run_starts(word, count) & starts;

    if (found == 0)
        return false;
    *ret_first = bit_lowest(found);
    return true;
}

/*@ predicate is_pair(integer found, integer count, integer pair_starts, integer k) = 0 <= k < 64 - count &&
        bit_set(found, k) && bit_set(found, k + count) && bit_set(pair_starts, k); */

/*
 * Of the starts that run_starts found, those of runs that are not half of a free run of twice the
 * size: taking one of these spoils nothing. Such larger runs begin at bits of `pair_starts`.
 */
/*@ requires 1 <= count <= 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> bit_set(\result, k) ==> bit_set(found, k);
    ensures count < 64 ==> \forall integer k; 0 <= k < 64 ==> (bit_set(\result, k) <==> bit_set(found, k) &&
        !is_pair(found, count, pair_starts, k) && !is_pair(found, count, pair_starts, k - count)); */
static inline uint64_t run_exact(uint64_t found, unsigned count, uint64_t pair_starts)
{
    uint64_t later = found >> count % 64;
    /*@ assert count < 64 ==> \forall integer k; 0 <= k < 64 ==>
            (bit_set(later, k) <==> k + count < 64 && bit_set(found, k + count)); */
    uint64_t pairs = found & later & pair_starts;
    /*@ assert count < 64 ==> \forall integer k; 0 <= k < 64 ==>
            (bit_set(pairs, k) <==> is_pair(found, count, pair_starts, k)); */
    uint64_t halves = pairs << count % 64;
    /*@ assert count < 64 ==> \forall integer k; 0 <= k < 64 ==>
            (bit_set(halves, k) <==> is_pair(found, count, pair_starts, k - count)); */

    return found & ~(pairs | halves);
}

/*
 * The bits of a word that lie in aligned runs of 2^order set bits; order is 0 to 5. All runs at
 * once: the highest bit of a run stays 0 where none of its bits is missing, for below it the sum
 * carries into it exactly if a bit is.
 */
/*@ requires order <= 5;
    assigns \nothing; */
static inline uint64_t aligned_runs(uint64_t word, unsigned order)
{
    unsigned size = 1u << order;
    //@ assert order == 0 ==> size == 1;
    //@ assert order == 1 ==> size == 2;
    //@ assert order == 2 ==> size == 4;
    //@ assert order == 3 ==> size == 8;
    //@ assert order == 4 ==> size == 16;
    //@ assert order == 5 ==> size == 32;
    uint64_t lowest = aligned_starts(size);
    uint64_t highest = lowest << (size - 1);
    uint64_t below = highest - lowest;
    uint64_t some_missing = ((~word & below) + below) | ~word;

    return ((~some_missing & highest) >> (size - 1)) * bit_mask_low(size);
}

/* Does one of the bits `mask`, at least one, lie in such a run? */
/*@ requires order <= 5 && mask != 0;
    assigns \nothing; */
static inline bool makes_run(uint64_t word, uint64_t mask, unsigned order)
{
    unsigned size = 1u << order;
    //@ assert order == 0 ==> size == 1;
    //@ assert order == 1 ==> size == 2;
    //@ assert order == 2 ==> size == 4;
    //@ assert order == 3 ==> size == 8;
    //@ assert order == 4 ==> size == 16;
    //@ assert order == 5 ==> size == 32;
    uint64_t run = bit_mask_low(size);

    if ((mask & (mask - 1)) == 0)
        return (word >> (bit_round_down(bit_lowest(mask), size)) & run) == run;
    return (aligned_runs(word, order) & mask) != 0;
}

/* Takes frames: false where one of them is not free. */
/*@ requires \valid(ret_word);
    assigns *ret_word;
    ensures \result <==> (word & mask) == mask;
    ensures !\result ==> *ret_word == \old(*ret_word);
    ensures \result ==> \forall integer k; 0 <= k < 64 ==>
        (bit_set(*ret_word, k) <==> bit_set(word, k) && !bit_set(mask, k));
    ensures \result ==> \forall integer k; 0 <= k < 64 ==> bit_set(mask, k) ==> bit_set(word, k); */
MUST_USE static inline bool word_take(uint64_t word, uint64_t mask, uint64_t *ret_word)
{
    if ((word & mask) != mask)
        return false;
    *ret_word = word & ~mask;
    return true;
}

/* Gives frames back: false where one of them is free already. */
/*@ requires \valid(ret_word);
    assigns *ret_word;
    ensures \result <==> (word & mask) == 0;
    ensures !\result ==> *ret_word == \old(*ret_word);
    ensures \result ==> \forall integer k; 0 <= k < 64 ==>
        (bit_set(*ret_word, k) <==> bit_set(word, k) || bit_set(mask, k));
    ensures \result ==> \forall integer k; 0 <= k < 64 ==> !(bit_set(mask, k) && bit_set(word, k));
    ensures !\result ==> \exists integer k; 0 <= k < 64 && bit_set(mask, k) && bit_set(word, k); */
MUST_USE static inline bool word_give(uint64_t word, uint64_t mask, uint64_t *ret_word)
{
    uint64_t both = word & mask;

    if (both != 0)
        return false;
    *ret_word = word | mask;
    return true;
}

#endif
