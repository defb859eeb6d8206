/* SPDX-License-Identifier: MIT */
/* Ranges of bits; see bitmap.h. */
#include "frames/bitmap.h"

#include "base/bits.h"
#include "frames/runs.h"

/*
 *   first_bit          end_bit
 *       |                 |
 *   [ ..xxxx ][ xxxxxxxx ][ xxx..... ]
 *      head     whole words    tail        (head and tail can be the same word)
 */

/* The bits of the head word that lie at or above first_bit. */
/*@ assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(\result, k) <==> first_bit % 64 <= k); */
static uint64_t head_mask(uint64_t first_bit)
{
    unsigned first = (unsigned)(first_bit % 64);

    return run_mask(first, 64 - first);
}

/* The bits of the tail word that lie below end_bit; the tail word is that of end_bit - 1. */
/*@ requires end_bit > 0;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(\result, k) <==> k <= (end_bit - 1) % 64); */
static uint64_t tail_mask(uint64_t end_bit)
{
    return run_mask(0, (unsigned)((end_bit - 1) % 64) + 1);
}

/*@ requires \valid(word);
    assigns *word;
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(*word, k) <==>
        (bit_set(mask, k) ? value != 0 : bit_set(\old(*word), k))); */
static void fill_masked(uint64_t *word, uint64_t mask, bool value)
{
    *word = value ? *word | mask : *word & ~mask;
}

/* The words [first, end). */
/*@ requires \valid(words + (first .. end - 1));
    assigns words[first .. end - 1];
    ensures \forall integer i; first <= i < end ==> words[i] == (value ? UINT64_MAX : 0); */
static void fill_words(uint64_t *words, uint64_t first, uint64_t end, bool value)
{
    /*@ loop invariant \at(first, Pre) <= first;
        loop invariant first <= end || first == \at(first, Pre);
        loop invariant \forall integer i; \at(first, Pre) <= i < first ==> words[i] == (value ? UINT64_MAX : 0);
        loop assigns first, words[\at(first, Pre) .. end - 1];
        loop variant end - first; */
    for (; first < end; first++)
        words[first] = value ? UINT64_MAX : 0;
}

/*@ predicate bit_at{L}(uint64_t *words, integer i) = bit_set(words[i / 64], i % 64); */

/*@ requires first_bit < end_bit ==> \valid(words + (first_bit / 64 .. (end_bit - 1) / 64));
    assigns words[first_bit / 64 .. (end_bit - 1) / 64];
    ensures \forall integer i; first_bit <= i < end_bit ==> (bit_at(words, i) <==> value != 0);
    ensures \forall integer i; 0 <= i && !(first_bit <= i < end_bit) ==>
        (bit_at(words, i) <==> bit_at{Pre}(words, i)); */
void bitmap_fill(uint64_t *words, uint64_t first_bit, uint64_t end_bit, bool value)
{
    uint64_t head = first_bit / 64;
    uint64_t tail;

    if (first_bit >= end_bit)
        return;
    tail = (end_bit - 1) / 64;
    if (head == tail) {
        fill_masked(&words[head], head_mask(first_bit) & tail_mask(end_bit), value);
        return;
    }
    fill_masked(&words[head], head_mask(first_bit), value);
    fill_words(words, head + 1, tail, value);
    /*@ assert \forall integer i; (head + 1) * 64 <= i < tail * 64 ==>
            head < i / 64 < tail && (bit_at(words, i) <==> value != 0); */
    fill_masked(&words[tail], tail_mask(end_bit), value);
}

/*@ requires first_bit < end_bit ==> \valid_read(words + (first_bit / 64 .. (end_bit - 1) / 64));
    assigns \nothing; */
uint64_t bitmap_count(const uint64_t *words, uint64_t first_bit, uint64_t end_bit)
{
    uint64_t head = first_bit / 64;
    uint64_t tail;
    uint64_t count;

    if (first_bit >= end_bit)
        return 0;
    tail = (end_bit - 1) / 64;
    if (head == tail)
        return bit_count(words[head] & head_mask(first_bit) & tail_mask(end_bit));
    count = bit_count(words[head] & head_mask(first_bit));
    /*@ loop invariant head < i <= tail;
        loop assigns i, count;
        loop variant tail - i; */
    for (uint64_t i = head + 1; i < tail; i++)
        count += bit_count(words[i]);
    return count + bit_count(words[tail] & tail_mask(end_bit));
}
