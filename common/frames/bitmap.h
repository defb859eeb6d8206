/* SPDX-License-Identifier: MIT */
/*
 * Ranges of bits in an array of words. Bit i is bit i % 64 of words[i / 64]; ranges are
 * half-open and may be empty (end_bit <= first_bit). Words that lie wholly inside a range
 * are taken in one step. Nothing is checked: the caller's range lies inside its array.
 */
#ifndef GROMA_FRAMES_BITMAP_H
#define GROMA_FRAMES_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/* Sets every bit of [first_bit, end_bit) to `value`. */
void bitmap_fill(uint64_t *words, uint64_t first_bit, uint64_t end_bit, bool value);

/* How many bits of [first_bit, end_bit) are set. */
uint64_t bitmap_count(const uint64_t *words, uint64_t first_bit, uint64_t end_bit);

#endif
