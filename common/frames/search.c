/* SPDX-License-Identifier: MIT */
/*
 * Finding what a request wants, and taking it.
 *
 * Small requests (up to 256 frames) come from one line, large ones (aligned orders 9 to 15) from
 * one group's WHOLE bits; everything else goes to find_run, which walks free runs of any length.
 * Blocks in part use come first, then whole blocks of giants already split, then whole giants.
 */
#include "frames/search.h"

/* Lines looked at for what fits well, before anything will do or a whole block is split. */
#define PROBES 8u
#define CLAIM_PROBES 32u

/* ---- by the hints, downwards -------------------------------------------------------------- */

bool blocks_last(struct frames *frames, const struct frames_span *span, unsigned which,
                 uint64_t first, uint64_t end, uint64_t *ret_block)
{
    while (first < end) {
        struct block block = block_of(span, end - 1);
        uint64_t base = group_first(block.number);
        uint64_t bits;
        if (!row_says(&block, which)) {
            end = giant_first(block.number);
            continue;
        }
        bits = word_load(&block.group->words[which]) &
               range_mask(base, GROUP_SHIFT - BLOCK_SHIFT, first, end);
        if (bits != 0) {
            *ret_block = base + bit_highest(bits);
            return true;
        }
        if (base == giant_first(block.number))
            giant_drop_hint(frames, &block, which);
        end = base;
    }
    return false;
}

/* Splits the highest whole giant that reaches into [first, end); false: there is none. */
MUST_USE static bool split_a_giant(struct frames *frames, const struct frames_span *span,
                                   uint64_t first, uint64_t end)
{
    const unsigned shift = GIANT_SHIFT - BLOCK_SHIFT;

    while (first < end) {
        struct block block = block_of(span, end - 1);
        uint64_t base = (block.number >> shift) & ~UINT64_C(63);
        uint64_t bits = word_load(&block.row->words[GIANT]) &
                        range_mask(base, ROW_SHIFT, first >> shift, ((end - 1) >> shift) + 1);
        if (bits == 0) {
            end = base << shift;
            continue;
        }
        block = block_of(span, (base + bit_highest(bits)) << shift);
        if (giant_split(frames, &block))
            return true;
    }
    return false;
}

/* Is it an order below 9 without more? */
static bool is_plain(const struct plan *plan)
{
    return plan->pair_starts != 0 && !plan->limited && plan_is_order(plan);
}

/* The same, smaller than a quarter of a word. */
static bool is_tiny(const struct plan *plan)
{
    return is_plain(plan) && plan->count < RUN_FRAMES;
}

/* ---- small requests ----------------------------------------------------------------------- */

/*
 * The class is served from here now. The block it was served from before may be full, and nobody
 * gathered it; the quarter that singles came from was not listed.
 */
static void change_hint(struct frames *frames, unsigned class, uint64_t pfn)
{
    uint64_t old = word_swap(&frames->hints[class], pfn);
    const struct frames_span *span;

    if (class == HINT_LARGE || old == 0 ||
        (span = frames_find_span(frames, old >> BLOCK_SHIFT)) == NULL)
        return;
    struct block block = block_of(span, old >> BLOCK_SHIFT);
    block_settle(frames, &block);
    if (class == 0)
        spots_tell_pfn(frames, old);
}

static void remember(struct frames *frames, const struct plan *plan, const struct taken *taken)
{
    uint64_t differ = word_load(&frames->hints[plan->hint]) ^ taken->pfn;
    unsigned shift = plan->count == 1 ? RUN_ORDER : WORD_SHIFT;

    if (plan->claim_word || plan->limited || (plan->count == 1 && taken->fit == FIT_EXACT))
        return;
    if (differ >> shift != 0)
        change_hint(frames, plan->hint, taken->pfn);
    if (plan->count > 1 && is_tiny(plan) && taken->fit != FIT_EXACT)
        recent_rest(frames, taken->pfn, bit_lowest(plan->count));
}

/* From lines of [first, end), downwards. *cursor_pfn: the word to begin with; where it ended. */
MUST_USE static bool take_from_some(struct frames *frames, const struct frames_span *span,
                                    const struct plan *plan, uint64_t first, uint64_t end,
                                    uint64_t *budget, uint64_t *cursor_pfn, struct taken *taken)
{
    uint64_t number;

    while (*budget > 0 && blocks_last(frames, span, SOME, first, end, &number)) {
        struct block block = block_of(span, number);
        if (number != *cursor_pfn >> BLOCK_SHIFT)
            *cursor_pfn = block_pfn(number);
        if (line_take(frames, &block, plan, *cursor_pfn, taken)) {
            *cursor_pfn = word_base(taken->pfn);
            return true;
        }
        if (line_is_empty(block.line))
            block_drop_hint(frames, &block);
        else
            (*budget)--;
        end = number;
    }
    return false;
}

/* The same, first downwards from where the last search of this class ended. */
MUST_USE static bool take_small(struct frames *frames, const struct frames_span *span,
                                const struct plan *plan, uint64_t first, uint64_t end,
                                uint64_t budget, struct taken *taken)
{
    uint64_t cursor = word_peek(&frames->cursors[plan->hint]);
    uint64_t reached = cursor;
    uint64_t middle = (cursor >> BLOCK_SHIFT) + 1;
    bool is_taken;

    if (middle <= first || middle > end)
        middle = end;
    is_taken = take_from_some(frames, span, plan, first, middle, &budget, &reached, taken) ||
               take_from_some(frames, span, plan, middle, end, &budget, &reached, taken);
    if (reached != cursor)
        word_store(&frames->cursors[plan->hint], reached);
    return is_taken;
}

/* The same, of a few lines, only what fits well. Fewer each time that it was in vain. */
MUST_USE static bool take_fitting(struct frames *frames, const struct frames_span *span,
                                  const struct plan *plan, enum fit fit, uint64_t first,
                                  uint64_t end, struct taken *taken)
{
    _Atomic uint64_t *doubt = &frames->doubts[fit == FIT_EXACT][bit_lowest(plan->count)];
    uint64_t before = word_peek(doubt) & 7;
    struct plan fitting = *plan;
    uint64_t probes = (plan->claim_word ? CLAIM_PROBES : PROBES) >> before;
    uint64_t after = 0;
    bool is_taken;

    fitting.fit = fit;
    taken->fit = fit;
    is_taken = take_small(frames, span, &fitting, first, end, probes + 1, taken);
    if (!is_taken)
        after = probes == 0 ? before : before + 1;
    if (after != before)
        word_store(doubt, after);
    return is_taken;
}

/* What a plan gets from a block that it just split. */
MUST_USE static bool split_for(struct frames *frames, const struct block *block,
                               const struct plan *plan, struct taken *taken)
{
    taken->pfn = block_pfn(block->number);
    taken->mask = WORD_FULL;
    taken->word = &block->line->words[0];
    return block_split(frames, block, 0, plan->claim_word ? WORD_FRAMES : plan->count);
}

MUST_USE static bool take_by_splitting(struct frames *frames, const struct frames_span *span,
                                       const struct plan *plan, uint64_t first, uint64_t end,
                                       struct taken *taken)
{
    uint64_t number;

    while (blocks_last(frames, span, WHOLE, first, end, &number)) {
        struct block block = block_of(span, number);
        bool is_taken;
        moves_begin(frames);
        is_taken = blocks_take(&block, block.bit) && split_for(frames, &block, plan, taken);
        moves_end(frames);
        if (is_taken)
            return true;
        end = number + !group_says(&block, WHOLE); /* not one that was refused */
    }
    return false;
}

/* ---- passes ------------------------------------------------------------------------------- */

/* The parts of a request in turn, each over all spans of a zone. */
enum pass {
    PASS_EXACT,
    PASS_RECENT,
    PASS_LOOSE,
    PASS_LISTED,
    PASS_SOME,
    PASS_SPLIT,
    PASS_GIANT,
    PASS_GATHER,
    PASS_ALL_SOME,
    PASS_RUN,
    PASS_COUNT
};

/* Fits into a line. */
static bool is_small(const struct plan *plan)
{
    return plan->align_count <= BLOCK_FRAMES &&
           (plan->count <= WORD_FRAMES || (plan->count < BLOCK_FRAMES && plan_is_order(plan)));
}

/* Whole blocks of one group. */
static bool is_large(const struct plan *plan)
{
    return plan->count >= BLOCK_FRAMES && plan->align_count <= BLOCK_FRAMES * GROUP_BLOCKS &&
           plan_is_order(plan);
}

/* Does the pass have anything to do for this plan? */
static bool pass_serves(const struct frames *frames, const struct plan *plan, enum pass pass,
                        bool is_high)
{
    switch (pass) {
    case PASS_EXACT:
        return is_tiny(plan) && !plan->claim_word;
    case PASS_RECENT:
        return is_tiny(plan);
    case PASS_LOOSE:
        return is_tiny(plan) && plan->count < RUN_FRAMES / 2;
    case PASS_LISTED:
        return is_plain(plan);
    case PASS_SOME:
        return is_small(plan) && (!is_plain(plan) || plan->count == 1);
    case PASS_SPLIT:
    case PASS_GIANT:
        return is_small(plan) || is_large(plan);
    case PASS_GATHER:
        return is_large(plan);
    case PASS_ALL_SOME:
        return is_small(plan) && plan->count > 1 &&
               !(is_plain(plan) && spots_are_all(frames, plan, is_high));
    default: /* what the others cannot see: over words' bounds, at limits, beyond a group */
        return plan->limited || !plan_is_order(plan) || !(is_small(plan) || is_large(plan));
    }
}

MUST_USE static bool take_block_or_blocks(struct frames *frames, const struct frames_span *span,
                                          const struct plan *plan, uint64_t first, uint64_t end,
                                          struct taken *taken)
{
    return is_large(plan) ? large_take(frames, span, plan, first, end, taken)
                          : take_by_splitting(frames, span, plan, first, end, taken);
}

MUST_USE static bool pass_take(struct frames *frames, const struct frames_span *span,
                               const struct plan *plan, enum pass pass, struct taken *taken)
{
    uint64_t first = plan->limited ? (plan->first_pfn + BLOCK_FRAMES - 1) >> BLOCK_SHIFT : 0;
    uint64_t end = plan->end_pfn >> BLOCK_SHIFT;

    if (pass == PASS_RUN)
        return range_find_and_take(frames, span, plan, max_u64(plan->first_pfn, FRAMES_LOW_END),
                        plan->end_pfn, taken);
    first = max_u64(first, span->first_block);
    end = min_u64(end, span->end_block);
    switch (pass) {
    case PASS_EXACT:
        return take_fitting(frames, span, plan, FIT_EXACT, first, end, taken);
    case PASS_LOOSE:
        return take_fitting(frames, span, plan, FIT_LOOSE, first, end, taken);
    case PASS_SOME:
        return take_small(frames, span, plan, first, end,
                          plan->count == 1 ? UINT64_MAX : PROBES, taken);
    case PASS_ALL_SOME:
        return take_small(frames, span, plan, first, end, UINT64_MAX, taken);
    case PASS_GIANT:
        while (split_a_giant(frames, span, first, end)) {
            if (take_block_or_blocks(frames, span, plan, first, end, taken))
                return true;
        }
        return false;
    default:
        return take_block_or_blocks(frames, span, plan, first, end, taken);
    }
}

MUST_USE static bool take_in_zone(struct frames *frames, const struct plan *plan, bool is_high,
                                  struct taken *taken)
{
    for (enum pass pass = 0; pass < PASS_COUNT; pass++) {
        if (!pass_serves(frames, plan, pass, is_high))
            continue;
        taken->fit = FIT_ANY;
        if (pass == PASS_LISTED && spots_take(frames, plan, is_high, taken))
            return true;
        if (pass == PASS_RECENT &&
            recent_take(frames, bit_lowest(plan->count), RUN_ORDER - 1, plan->claim_word, is_high,
                        taken))
            return true;
        if (pass == PASS_LISTED || pass == PASS_RECENT)
            continue;
        if (pass == PASS_GATHER && !frames_gather_hints(frames))
            continue;
        for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
             span = frames_next_span(frames, span)) {
            if ((span->first_block >= FRAMES_4G_END >> BLOCK_SHIFT) == is_high &&
                pass_take(frames, span, plan, pass, taken))
                return true;
        }
    }
    return false;
}

/* The frames below 1 MiB lie in the first block. */
MUST_USE static bool take_low(struct frames *frames, const struct plan *plan, struct taken *taken)
{
    const struct frames_span *span = frames_find_span(frames, 0);

    return plan->low_allowed && span != NULL &&
           range_find_and_take(frames, span, plan, plan->first_pfn,
                               min_u64(plan->end_pfn, FRAMES_LOW_END), taken);
}

bool frames_take(struct frames *frames, const struct plan *plan, struct taken *ret_taken)
{
    if (is_large(plan) && large_take_near(frames, plan, ret_taken))
        return true;
    if (!take_in_zone(frames, plan, true, ret_taken) &&
        !take_in_zone(frames, plan, false, ret_taken))
        return take_low(frames, plan, ret_taken);
    if (is_small(plan) || is_large(plan))
        remember(frames, plan, ret_taken);
    return true;
}
