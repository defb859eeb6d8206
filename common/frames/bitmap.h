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

#include "base/checked.h"

/* Sets every bit of [first_bit, end_bit) to `value`. */
void bitmap_fill(uint64_t *words, uint64_t first_bit, uint64_t end_bit, bool value);

/* How many bits of [first_bit, end_bit) are set. */
uint64_t bitmap_count(const uint64_t *words, uint64_t first_bit, uint64_t end_bit);

/* The highest bit of [first_bit, end_bit) that equals `value`, or false: there is none. */
MUST_USE bool bitmap_last(const uint64_t *words, uint64_t first_bit, uint64_t end_bit, bool value,
                          uint64_t *ret_bit);

/* The highest word that lies in [first_bit, end_bit) and has all bits set, or false. */
MUST_USE bool bitmap_last_full_word(const uint64_t *words, uint64_t first_bit, uint64_t end_bit,
                                    uint64_t *ret_word);

#endif
