/* SPDX-License-Identifier: MIT */
/* What the proof of block_of takes as given: that the addresses which span_place writes lead to lines,
 * groups and rows that adjoin, and that a group and a row serve all of theirs. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "frames/tree.h"

#define BLOCKS 70000u

static struct frames_line lines[BLOCKS];
static struct frames_group groups[BLOCKS / 64 + 2];
static struct frames_row rows[BLOCKS / 32768 + 2];

Test(block_of, finds_the_line_group_and_row_of_each_block_of_a_span)
{
    const uint64_t firsts[] = {0, 1, 63, 64, 511, 32767, 32768, 0x7ffffff0000};

    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        uint64_t first = firsts[i];
        struct frames_span span = {.first_block = first, .end_block = first + BLOCKS};
        span_place(&span, lines, groups, rows);
        for (uint64_t number = first; number < first + BLOCKS; number++) {
            struct block block = block_of(&span, number);
            cr_assert(eq(ptr, (void *)block.span, &span));
            cr_assert(eq(u64, block.number, number));
            cr_assert(eq(ptr, block.line, &lines[number - first]));
            cr_assert(eq(ptr, block.group, &groups[number / 64 - first / 64]));
            cr_assert(eq(ptr, block.row, &rows[number / 32768 - first / 32768]));
            cr_assert(eq(u64, block.bit, UINT64_C(1) << number % 64));
            cr_assert(eq(u64, block.giant_bit, UINT64_C(1) << number / 512 % 64));
        }
    }
}
