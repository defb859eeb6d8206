/* SPDX-License-Identifier: MIT */
/* Ranges of bits; see bitmap.h. */
#include "frames/bitmap.h"

#include "base/bits.h"
#include "base/mem.h"

/*
 *   first_bit          end_bit
 *       |                 |
 *   [ ..xxxx ][ xxxxxxxx ][ xxx..... ]
 *      head     whole words    tail        (head and tail can be the same word)
 */

/* The bits of the head word that lie at or above first_bit. */
static uint64_t head_mask(uint64_t first_bit)
{
    return ~bit_mask_low((unsigned)(first_bit % 64));
}

/* The bits of the tail word that lie below end_bit; the tail word is that of end_bit - 1. */
static uint64_t tail_mask(uint64_t end_bit)
{
    return bit_mask_low((unsigned)((end_bit - 1) % 64) + 1);
}

static void fill_masked(uint64_t *word, uint64_t mask, bool value)
{
    *word = value ? *word | mask : *word & ~mask;
}

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
    memset(&words[head + 1], value ? 0xff : 0, (tail - head - 1) * sizeof *words);
    fill_masked(&words[tail], tail_mask(end_bit), value);
}

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
    for (uint64_t i = head + 1; i < tail; i++)
        count += bit_count(words[i]);
    return count + bit_count(words[tail] & tail_mask(end_bit));
}
