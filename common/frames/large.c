/* SPDX-License-Identifier: MIT */
/*
 * Whole blocks: aligned orders from 2 MiB on that lie in one group, taken from its WHOLE bits.
 */
#include "frames/search.h"

MUST_USE static bool open_for(struct frames *frames, const struct block *block, uint64_t bits)
{
    bool is_open;

    if (frames->accept == NULL)
        return blocks_take(block, bits) && blocks_open(frames, block, bits);
    moves_begin(frames);
    is_open = blocks_take(block, bits) && blocks_open(frames, block, bits);
    moves_end(frames);
    return is_open;
}

bool large_take(struct frames *frames, const struct frames_span *span,
                                const struct plan *plan, uint64_t first, uint64_t end,
                                struct taken *taken)
{
    unsigned count = (unsigned)(plan->count >> BLOCK_SHIFT);
    uint64_t starts = aligned_starts(plan->align_count >> BLOCK_SHIFT);
    uint64_t number;

    while (blocks_last(frames, span, WHOLE, first, end, &number)) {
        struct block block = block_of(span, number);
        uint64_t base = group_first(number);
        uint64_t bits = word_load(&block.group->words[WHOLE]) &
                        range_mask(base, GROUP_SHIFT - BLOCK_SHIFT, first, end);
        uint64_t found = run_starts(bits, count) & starts;
        unsigned bit;
        if (found == 0) {
            end = base;
            continue;
        }
        bit = bit_highest(found);
        block = block_of(span, base + bit);
        if (open_for(frames, &block, run_mask(bit, count))) {
            taken->pfn = block_pfn(base + bit);
            return true;
        }
        if ((word_load(&block.group->words[WHOLE]) & run_mask(bit, count)) == run_mask(bit, count))
            end = base + bit + count - 1; /* refused */
    }
    return false;
}

/* Whole blocks from the group that served last. */
bool large_take_near(struct frames *frames, const struct plan *plan,
                                     struct taken *taken)
{
    uint64_t number = word_load(&frames->hints[HINT_LARGE]) >> BLOCK_SHIFT;
    unsigned count = (unsigned)(plan->count >> BLOCK_SHIFT);
    const struct frames_span *span;
    struct block block;
    uint64_t found;
    unsigned bit;

    if (number == 0 || plan->limited || (span = frames_find_span(frames, number)) == NULL)
        return false;
    block = block_of(span, number);
    found = run_starts(word_load(&block.group->words[WHOLE]), count) &
            aligned_starts(plan->align_count >> BLOCK_SHIFT);
    if (found == 0)
        return false;
    bit = bit_highest(found);
    number = group_first(number) + bit;
    block = block_of(span, number);
    taken->pfn = block_pfn(number);
    return open_for(frames, &block, run_mask(bit, count));
}
