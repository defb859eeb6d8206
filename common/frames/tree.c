/* SPDX-License-Identifier: MIT */
/* The steps that change the tree, block by block; see tree.h and README.md. */
#include "frames/give.h"
#include "frames/harden.h"
#include "frames/search.h"

/* ---- hints -------------------------------------------------------------------------------- */

bool line_is_empty(const struct frames_line *line)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < LINE_WORDS; i++)
        bits |= word_load(&line->words[i]);
    return bits == 0;
}

static bool line_is_full(const struct frames_line *line)
{
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        if (word_load(&line->words[i]) != WORD_FULL)
            return false;
    }
    return true;
}

/* Clear, look again, set back: whoever gave a frame after the look finds the hint clear. */
void block_drop_hint(struct frames *frames, const struct block *block)
{
    moves_begin(frames);
    word_and(&block->group->words[SOME], ~block->bit);
    if (!line_is_empty(block->line))
        hint_set(block, SOME);
    moves_end(frames);
}

/* The bits of all groups of the block's giant that lie in its span. */
static uint64_t giant_bits(const struct block *block, unsigned which)
{
    const struct frames_span *span = block->span;
    uint64_t number = max_u64(giant_first(block->number), span->first_block);
    uint64_t end = min_u64(giant_first(block->number) + GIANT_BLOCKS, span->end_block);
    uint64_t bits = 0;

    for (; number < end; number = group_first(number) + GROUP_BLOCKS)
        bits |= word_load(&block_of(span, number).group->words[which]);
    return bits;
}

void giant_drop_hint(struct frames *frames, const struct block *block, unsigned which)
{
    if (giant_bits(block, which) != 0)
        return;
    moves_begin(frames);
    word_and(&block->row->words[which], ~block->giant_bit);
    if (giant_bits(block, which) != 0)
        word_or(&block->row->words[which], block->giant_bit);
    moves_end(frames);
}

/* ---- giving and gathering ----------------------------------------------------------------- */

/* The block that a class of requests takes from stays apart: else a pair of calls would split
 * and gather it over and over. */
static bool block_is_hinted(const struct frames *frames, uint64_t number)
{
    for (unsigned i = 0; i < HINT_LARGE; i++) {
        if (word_load(&frames->hints[i]) >> BLOCK_SHIFT == number)
            return true;
    }
    return false;
}

void words_put_back(struct frames *frames, const struct block *block, unsigned first,
                    unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        word_or(&block->line->words[i], WORD_FULL);
    hint_set(block, SOME);
    spots_tell(frames, block, first, count);
}

/*
 * Takes the eight full words one by one; once all are ours nobody can reach the block, and it
 * becomes whole. A word that is no longer full: those before it, which nobody else can have
 * changed, are put back.
 */
static bool gather_once(struct frames *frames, const struct block *block)
{
    unsigned i;

    moves_begin(frames);
    for (i = 0; i < LINE_WORDS; i++) {
        uint64_t expected = WORD_FULL;
        if (!word_cas(&block->line->words[i], &expected, 0))
            break;
    }
    if (i == LINE_WORDS) {
        word_and(&block->group->words[SOME], ~block->bit);
        word_or(&block->group->words[WHOLE], block->bit);
        hint_set(block, WHOLE);
    } else {
        words_put_back(frames, block, 0, i);
    }
    moves_end(frames);
    return i == LINE_WORDS;
}

/* Again where the line is full again: whoever filled it saw it with words missing. */
void block_gather(struct frames *frames, const struct block *block)
{
    while (group_says(block, MANAGED) && line_is_full(block->line)) {
        if (gather_once(frames, block))
            return;
    }
}

void block_settle(struct frames *frames, const struct block *block)
{
    if (!block_is_hinted(frames, block->number))
        block_gather(frames, block);
}

bool frames_gather_hints(struct frames *frames)
{
    bool became_whole = false;

    for (unsigned i = 0; i < HINT_LARGE; i++) {
        uint64_t pfn = word_load(&frames->hints[i]);
        const struct frames_span *span;
        if (pfn == 0 || (span = frames_find_span(frames, pfn >> BLOCK_SHIFT)) == NULL)
            continue;
        struct block block = block_of(span, pfn >> BLOCK_SHIFT);
        block_gather(frames, &block);
        became_whole = became_whole || group_says(&block, WHOLE);
    }
    return became_whole;
}

/* Lists a new run; not where singles come from at present: it would come and go with each pair. */
static void tell_quarter(struct frames *frames, const struct block *block, uint64_t base_pfn,
                         uint64_t mask)
{
    uint64_t pfn = base_pfn + bit_lowest(mask);

    if ((mask & (mask - 1)) != 0 || word_load(&frames->hints[0]) >> RUN_ORDER != pfn >> RUN_ORDER)
        spots_tell(frames, block, (unsigned)(pfn >> WORD_SHIFT) & (LINE_WORDS - 1), 1);
}

enum frames_status block_has_run(struct frames *frames, const struct frames_span *span,
                                 uint64_t base_pfn, uint64_t mask, uint64_t new)
{
    struct block block = block_of(span, base_pfn >> BLOCK_SHIFT);

    if (new == WORD_FULL)
        block_settle(frames, &block);
    tell_quarter(frames, &block, base_pfn, mask);
    return FRAMES_OK;
}

bool block_give(struct frames *frames, const struct block *block, _Atomic uint64_t *word,
                uint64_t mask)
{
    uint64_t new;

    if (!block_set_bits(frames, block, word, mask, &new))
        return false;
    if (makes_run(new, mask, RUN_ORDER))
        (void)block_has_run(frames, block->span,
                      block_pfn(block->number) +
                          ((uint64_t)(word - block->line->words) << WORD_SHIFT),
                      mask, new);
    return true;
}

/* ---- taking whole blocks ------------------------------------------------------------------ */

bool blocks_take(const struct block *block, uint64_t bits)
{
    uint64_t old = word_load(&block->group->words[WHOLE]);
    uint64_t new;

    do {
        if (!word_take(old, bits, &new))
            return false;
    } while (!word_cas(&block->group->words[WHOLE], &old, new));
    return true;
}

/* Asks the accept hook for a block that was never used. */
static bool block_accept(const struct frames *frames, uint64_t number)
{
    uint64_t end_pfn;
    const struct frames_region *region;

    if (frames->accept == NULL)
        return true;
    region = region_find(frames, block_pfn(number), &end_pfn);
    if (region == NULL || (word_load(&region->end_pfn) & REGION_UNACCEPTED) == 0)
        return true;
    return frames->accept(frames->accept_context, block_pfn(number), BLOCK_FRAMES);
}

/* Puts taken blocks, whose lines hold nothing, back. */
static void blocks_close(const struct block *block, uint64_t bits)
{
    word_or(&block->group->words[WHOLE], bits);
    hint_set(block, WHOLE);
}

bool blocks_open(struct frames *frames, const struct block *block, uint64_t bits)
{
    uint64_t fresh = bits & ~word_load(&block->group->words[LINED]);

    if (fresh == 0)
        return true;
    for (uint64_t left = fresh; left != 0; left &= left - 1) {
        uint64_t number = group_first(block->number) + bit_lowest(left);
        struct block each = block_of(block->span, number);
        if (!block_accept(frames, number)) {
            blocks_close(block, bits);
            return false;
        }
        for (unsigned i = 0; i < LINE_WORDS; i++)
            word_store(&each.line->words[i], 0);
        harden_clear(each.line);
        word_or(&block->group->words[LINED], each.bit);
    }
    return true;
}

bool block_split(struct frames *frames, const struct block *block, uint64_t first, uint64_t end)
{
    if (!group_says(block, LINED) && !block_accept(frames, block->number)) {
        blocks_close(block, block->bit);
        return false;
    }
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        uint64_t taken = range_mask((uint64_t)i << WORD_SHIFT, WORD_SHIFT, first, end);
        word_store(&block->line->words[i], WORD_FULL & ~taken);
    }
    if (!group_says(block, LINED)) {
        harden_clear(block->line);
        word_or(&block->group->words[LINED], block->bit);
    }
    /* Even where it is set: who takes it back must see the line. Plain stores can come late. */
    word_or(&block->group->words[SOME], block->bit);
    hint_set(block, SOME);
    spots_tell(frames, block, 0, LINE_WORDS);
    return true;
}

/* ---- giants ------------------------------------------------------------------------------- */

void giant_write(const struct block *block, bool whole)
{
    const struct frames_span *span = block->span;
    uint64_t number = max_u64(giant_first(block->number), span->first_block);
    uint64_t end = min_u64(giant_first(block->number) + GIANT_BLOCKS, span->end_block);

    for (; number < end; number = group_first(number) + GROUP_BLOCKS) {
        struct frames_group *group = block_of(span, number).group;
        word_store(&group->words[SOME], 0);
        word_store(&group->words[LINED], 0);
        word_store(&group->words[WHOLE], whole ? GROUP_FULL : 0);
        word_store(&group->words[MANAGED], whole ? GROUP_FULL : 0);
    }
    word_or(&block->row->words[READY], block->giant_bit);
    if (whole)
        word_or(&block->row->words[WHOLE], block->giant_bit);
}

bool giant_split(struct frames *frames, const struct block *block)
{
    bool was_whole;

    moves_begin(frames);
    was_whole = (word_and(&block->row->words[GIANT], ~block->giant_bit) & block->giant_bit) != 0;
    if (was_whole)
        giant_write(block, true);
    moves_end(frames);
    return was_whole;
}
