/* SPDX-License-Identifier: MIT */
/*
 * Ranges of any length: what is free of them, taking all of one or nothing, giving one back.
 * A range is worked off from its first frame to its last; what was taken when a step fails is
 * exactly [first, reached), and that is what is given back.
 */
#include "frames/search.h"

/* How many of the bits from `bit` on equal the first of them. */
static unsigned like_bits(uint64_t word, unsigned bit)
{
    uint64_t differ = word >> bit;

    if ((differ & 1) != 0)
        differ = ~differ & (UINT64_MAX >> bit);
    return differ == 0 ? 64 - bit : bit_lowest(differ);
}

uint64_t span_stretch(const struct frames_span *span, uint64_t pfn, uint64_t end_pfn,
                      bool *ret_free)
{
    struct block block = block_of(span, pfn >> BLOCK_SHIFT);
    uint64_t group_bit = block.number & (GROUP_BLOCKS - 1);
    uint64_t some, word;
    unsigned frame = (unsigned)(pfn & (WORD_FRAMES - 1));
    unsigned count;

    if (!row_says(&block, READY)) {
        *ret_free = row_says(&block, GIANT);
        return min_u64(end_pfn, block_pfn(giant_first(block.number) + GIANT_BLOCKS));
    }
    *ret_free = group_says(&block, WHOLE);
    some = word_load(&block.group->words[SOME]) & word_load(&block.group->words[LINED]);
    if (*ret_free || (some & block.bit) == 0) {
        word = word_load(&block.group->words[WHOLE]) | (*ret_free ? 0 : some);
        count = (unsigned)min_u64(like_bits(word, (unsigned)group_bit), GROUP_BLOCKS - group_bit);
        return min_u64(end_pfn, block_pfn(block.number + count));
    }
    word = word_load(frame_word(&block, pfn));
    *ret_free = (word >> frame & 1) != 0;
    count = (unsigned)min_u64(like_bits(word, frame), WORD_FRAMES - frame);
    return min_u64(end_pfn, pfn + count);
}

uint64_t range_count_free(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t free_count = 0;

    while (first_pfn < end_pfn) {
        const struct frames_span *span = frames_find_span(frames, first_pfn >> BLOCK_SHIFT);
        bool is_free;
        uint64_t stop;
        if (span == NULL)
            return free_count;
        stop = span_stretch(span, first_pfn, min_u64(end_pfn, block_pfn(span->end_block)),
                            &is_free);
        free_count += is_free ? stop - first_pfn : 0;
        first_pfn = stop;
    }
    return free_count;
}

/* The blocks from this one on, of its group, that [pfn, end_pfn) covers as a whole. */
static uint64_t covered_bits(const struct block *block, uint64_t pfn, uint64_t end_pfn)
{
    uint64_t base = group_first(block->number);

    if (pfn != block_pfn(block->number))
        return 0;
    return range_mask(base, GROUP_SHIFT - BLOCK_SHIFT,
                      block->number, min_u64(end_pfn >> BLOCK_SHIFT, block->span->end_block));
}

/* Of these bits those from the lowest on that are set in `word` without a gap. */
static uint64_t leading_bits(uint64_t bits, uint64_t word)
{
    uint64_t missing = bits & ~word;

    return missing == 0 ? bits : bits & ((missing & (UINT64_C(0) - missing)) - 1);
}

/* Takes frames of a whole block, or several whole ones, from *reached on. */
MUST_USE static bool take_from_whole(struct frames *frames, const struct block *block,
                                     uint64_t end_pfn, uint64_t *reached)
{
    uint64_t bits = leading_bits(covered_bits(block, *reached, end_pfn),
                                 word_load(&block->group->words[WHOLE]));
    uint64_t piece_end = min_u64(end_pfn, block_pfn(block->number + 1));
    uint64_t base = block_pfn(block->number);

    if (bits != 0) {
        piece_end = base + ((uint64_t)bit_count(bits) << BLOCK_SHIFT);
        if (!blocks_take(block, bits) || !blocks_open(frames, block, bits))
            return false;
    } else if (!blocks_take(block, block->bit) ||
               !block_split(frames, block, *reached - base, piece_end - base)) {
        return false;
    }
    *reached = piece_end;
    return true;
}

/* Takes frames of one word. */
MUST_USE static bool take_from_word(const struct block *block, uint64_t end_pfn, uint64_t *reached)
{
    uint64_t base = word_base(*reached);
    uint64_t mask = range_mask(base, WORD_SHIFT, *reached, end_pfn);
    _Atomic uint64_t *word = frame_word(block, *reached);
    uint64_t old = word_load(word);
    uint64_t new;

    do {
        if (!word_take(old, mask, &new))
            return false;
    } while (!word_cas(word, &old, new));
    *reached = min_u64(end_pfn, base + WORD_FRAMES);
    return true;
}

MUST_USE static bool take_step(struct frames *frames, const struct frames_span *span,
                               uint64_t end_pfn, uint64_t *reached)
{
    struct block block = block_of(span, *reached >> BLOCK_SHIFT);

    (void)(row_says(&block, GIANT) && giant_split(frames, &block));
    if (!row_says(&block, READY))
        return false;
    if (group_says(&block, WHOLE))
        return take_from_whole(frames, &block, end_pfn, reached);
    return group_says(&block, LINED) && take_from_word(&block, end_pfn, reached);
}

bool range_take(struct frames *frames, const struct frames_span *span, uint64_t first_pfn,
                uint64_t end_pfn)
{
    uint64_t reached = first_pfn;

    moves_begin(frames);
    while (reached < end_pfn) {
        if (!take_step(frames, span, end_pfn, &reached))
            break;
    }
    if (reached < end_pfn)
        (void)!range_give(frames, first_pfn, reached);
    moves_end(frames);
    return reached == end_pfn;
}

/* Gives the next blocks, all whole, or the frames of one word. */
MUST_USE static bool give_step(struct frames *frames, const struct block *block, uint64_t end_pfn,
                               uint64_t *reached)
{
    uint64_t bits = leading_bits(covered_bits(block, *reached, end_pfn),
                                 word_load(&block->group->words[MANAGED]) &
                                     word_load(&block->group->words[LINED]));
    _Atomic uint64_t *whole = &block->group->words[WHOLE];
    uint64_t old = word_load(whole);
    uint64_t new;

    if (bits == 0) {
        uint64_t base = word_base(*reached);
        uint64_t mask = range_mask(base, WORD_SHIFT, *reached, end_pfn);
        *reached = min_u64(end_pfn, base + WORD_FRAMES);
        return group_says(block, LINED) && !group_says(block, WHOLE) &&
               block_give(frames, block, frame_word(block, base), mask);
    }
    do {
        if (!word_give(old, bits, &new))
            return false;
    } while (!word_cas(whole, &old, new));
    hint_set(block, WHOLE);
    moves_tell(frames);
    *reached += (uint64_t)bit_count(bits) << BLOCK_SHIFT;
    return true;
}

bool range_give(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    while (first_pfn < end_pfn) {
        const struct frames_span *span = frames_find_span(frames, first_pfn >> BLOCK_SHIFT);
        struct block block;
        if (span == NULL)
            return false;
        block = block_of(span, first_pfn >> BLOCK_SHIFT);
        if (!row_says(&block, READY) || !give_step(frames, &block, end_pfn, &first_pfn))
            return false;
    }
    return true;
}

enum frames_status range_check(const struct frames *frames, uint64_t first_pfn,
                                      uint64_t count)
{
    uint64_t end_pfn;

    if (count == 0)
        return FRAMES_BAD_REQUEST;
    if (!checked_add_u64(first_pfn, count, &end_pfn))
        return FRAMES_OUT_OF_RANGE;
    return range_is_managed(frames, first_pfn, end_pfn);
}

/* ---- a place for a run ------------------------------------------------------------------- */

/* The lowest place for the plan in [first_pfn, end_pfn) of the span. */
MUST_USE static bool find_run(const struct frames_span *span, const struct plan *plan,
                              uint64_t first_pfn, uint64_t end_pfn, uint64_t *ret_pfn)
{
    uint64_t run_first = first_pfn;

    for (uint64_t pfn = first_pfn; pfn < end_pfn;) {
        bool is_free;
        uint64_t stop = span_stretch(span, pfn, end_pfn, &is_free);
        uint64_t start = (run_first + plan->align_count - 1) & ~(plan->align_count - 1);
        if (!is_free) {
            run_first = stop;
        } else if (start < stop && stop - start >= plan->count) {
            *ret_pfn = start;
            return true;
        }
        pfn = stop;
    }
    return false;
}

/* Finds and takes; what another CPU takes in between is looked for anew behind it. */
bool range_find_and_take(struct frames *frames, const struct frames_span *span,
                              const struct plan *plan, uint64_t first_pfn, uint64_t end_pfn,
                              struct taken *taken)
{
    first_pfn = max_u64(first_pfn, block_pfn(span->first_block));
    end_pfn = min_u64(end_pfn, block_pfn(span->end_block));
    while (first_pfn < end_pfn && plan->count <= end_pfn - first_pfn &&
           find_run(span, plan, first_pfn, end_pfn, &taken->pfn)) {
        if (range_take(frames, span, taken->pfn, taken->pfn + plan->count))
            return true;
        first_pfn = taken->pfn + 1;
    }
    return false;
}
