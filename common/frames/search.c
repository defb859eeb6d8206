/* SPDX-License-Identifier: MIT */
/*
 * Finding what a request wants, and taking it.
 *
 * Small requests (up to 256 frames) come from one line, large ones (aligned orders 9 to 15) from
 * one group's WHOLE bits; everything else goes to find_run, which walks free runs of any length.
 * Blocks in part use come first, then whole blocks of giants already split, then whole giants.
 */
#include "frames/tree.h"

/* Lines looked at in vain before a whole block is split instead. */
#define PROBES 32u

/* Lines looked at for a run that is not part of a larger one, before any run will do. */
#define EXACT_PROBES 32u

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
static MUST_USE bool split_a_giant(struct frames *frames, const struct frames_span *span,
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

/* ---- what a plan is ----------------------------------------------------------------------- */

/* An order: it never crosses a bound of a unit that is as large. */
static bool is_order(const struct plan *plan)
{
    return (plan->count & (plan->count - 1)) == 0 && plan->align_count >= plan->count;
}

/* ---- one line ----------------------------------------------------------------------------- */

static MUST_USE bool take_run_of_word(_Atomic uint64_t *word, uint64_t base_pfn,
                                      const struct plan *plan, struct taken *taken)
{
    unsigned count = (unsigned)plan->count;
    uint64_t old = word_load(word);

    for (;;) {
        uint64_t found = run_starts(old, count) & plan->starts;
        unsigned first;
        if (plan->exact)
            found = run_exact(found, count, plan->pair_starts);
        if (found == 0)
            return false;
        first = bit_lowest(found);
        if (word_cas(word, &old, old & ~run_mask(first, count))) {
            taken->pfn = base_pfn + first;
            return true;
        }
    }
}

static MUST_USE bool take_word(_Atomic uint64_t *word, uint64_t base_pfn, const struct plan *plan,
                               struct taken *taken)
{
    uint64_t old = word_load(word);

    if (old == 0 || (plan->exact && old == WORD_FULL))
        return false;
    taken->mask = word_swap(word, 0);
    taken->pfn = base_pfn;
    taken->word = word;
    return taken->mask != 0;
}

/* Are the words [first, first + count) full? */
static bool words_are_full(const struct frames_line *line, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (word_load(&line->words[first + i]) != WORD_FULL)
            return false;
    }
    return true;
}

/* All of `count` full words, or none: those taken before one that is not full are put back. */
static MUST_USE bool take_full_words(struct frames *frames, const struct block *block,
                                     unsigned first, unsigned count, bool is_exact)
{
    unsigned i;

    if (!words_are_full(block->line, first, count) ||
        (is_exact && words_are_full(block->line, first ^ count, count)))
        return false;
    moves_begin(frames);
    for (i = 0; i < count; i++) {
        uint64_t expected = WORD_FULL;
        if (!word_cas(&block->line->words[first + i], &expected, 0))
            break;
    }
    if (i < count) {
        for (unsigned k = 0; k < i; k++)
            word_or(&block->line->words[first + k], WORD_FULL);
        hint_set(block, SOME);
        block_settle(frames, block);
    }
    moves_end(frames);
    return i == count;
}

bool line_take(struct frames *frames, const struct block *block, const struct plan *plan,
               uint64_t near_pfn, struct taken *taken)
{
    unsigned start = (unsigned)(near_pfn >> WORD_SHIFT) & (LINE_WORDS - 1);
    unsigned step = plan->align_count > WORD_FRAMES ? (unsigned)(plan->align_count >> WORD_SHIFT) : 1;
    unsigned low = block->number == 0 ? (unsigned)(FRAMES_LOW_END >> WORD_SHIFT) : 0;

    start &= ~(step - 1);
    for (unsigned n = 0; n < LINE_WORDS; n += step) {
        unsigned i = (start + n) & (LINE_WORDS - 1);
        uint64_t pfn = block_pfn(block->number) + ((uint64_t)i << WORD_SHIFT);
        _Atomic uint64_t *word = &block->line->words[i];
        if (i < low)
            continue;
        if (plan->claim_word) {
            if (take_word(word, pfn, plan, taken))
                return true;
        } else if (plan->count < WORD_FRAMES || !is_order(plan)) {
            if (take_run_of_word(word, pfn, plan, taken))
                return true;
        } else if (take_full_words(frames, block, i, (unsigned)(plan->count >> WORD_SHIFT),
                                   plan->exact)) {
            taken->pfn = pfn;
            return true;
        }
    }
    return false;
}

/* ---- small requests ----------------------------------------------------------------------- */

static void remember(struct frames *frames, const struct plan *plan, uint64_t pfn)
{
    _Atomic uint64_t *hint = &frames->hints[plan->hint];

    if (!plan->claim_word && !plan->limited && word_peek(hint) >> WORD_SHIFT != pfn >> WORD_SHIFT)
        word_store(hint, pfn);
}

/* From lines of [first, end), downwards. */
static MUST_USE bool take_from_some(struct frames *frames, const struct frames_span *span,
                                    const struct plan *plan, uint64_t first, uint64_t end,
                                    uint64_t *budget, struct taken *taken)
{
    uint64_t number;

    while (*budget > 0 && blocks_last(frames, span, SOME, first, end, &number)) {
        struct block block = block_of(span, number);
        if (line_take(frames, &block, plan, 0, taken))
            return true;
        if (line_is_empty(block.line))
            block_drop_hint(frames, &block);
        else
            (*budget)--;
        end = number;
    }
    return false;
}

/* The same, first downwards from the hint. */
static MUST_USE bool take_small(struct frames *frames, const struct frames_span *span,
                                const struct plan *plan, uint64_t first, uint64_t end,
                                uint64_t budget, struct taken *taken)
{
    uint64_t near_pfn = plan->claim_word ? plan->near_pfn : word_load(&frames->hints[plan->hint]);
    uint64_t middle = (near_pfn >> BLOCK_SHIFT) + 1;

    if (middle <= first || middle > end)
        middle = end;
    return take_from_some(frames, span, plan, first, middle, &budget, taken) ||
           take_from_some(frames, span, plan, middle, end, &budget, taken);
}

/* The same, of a few lines, only what is not part of a larger free run. */
static MUST_USE bool take_exact(struct frames *frames, const struct frames_span *span,
                                const struct plan *plan, uint64_t first, uint64_t end,
                                struct taken *taken)
{
    struct plan exact = *plan;

    exact.exact = true;
    return take_small(frames, span, &exact, first, end, EXACT_PROBES, taken);
}

/* What a plan gets from a block that it just split. */
static MUST_USE bool split_for(struct frames *frames, const struct block *block,
                               const struct plan *plan, struct taken *taken)
{
    taken->pfn = block_pfn(block->number);
    taken->mask = WORD_FULL;
    taken->word = &block->line->words[0];
    return block_split(frames, block, 0, plan->claim_word ? WORD_FRAMES : plan->count);
}

static MUST_USE bool take_by_splitting(struct frames *frames, const struct frames_span *span,
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

/* ---- large requests: aligned orders of whole blocks --------------------------------------- */

static MUST_USE bool open_for(struct frames *frames, const struct block *block, uint64_t bits)
{
    bool is_open;

    if (frames->accept == NULL)
        return blocks_take(block, bits) && blocks_open(frames, block, bits);
    moves_begin(frames);
    is_open = blocks_take(block, bits) && blocks_open(frames, block, bits);
    moves_end(frames);
    return is_open;
}

static MUST_USE bool take_whole(struct frames *frames, const struct frames_span *span,
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

/* ---- anything else ------------------------------------------------------------------------ */

/* The lowest place for the plan in [first_pfn, end_pfn) of the span. */
static MUST_USE bool find_run(const struct frames_span *span, const struct plan *plan,
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
static MUST_USE bool take_run(struct frames *frames, const struct frames_span *span,
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

/* ---- spans and zones ---------------------------------------------------------------------- */

static const struct frames_span *later_from(const struct frames_later *later)
{
    while (later != NULL && later->span.first_block == later->span.end_block)
        later = atomic_load_explicit(&later->next, memory_order_acquire);
    return later == NULL ? NULL : &later->span;
}

const struct frames_span *frames_next_span(const struct frames *frames,
                                           const struct frames_span *span)
{
    const struct frames_span *next;

    if (span >= frames->spans && span < frames->spans + frames->span_count)
        return span == frames->spans ? NULL : span - 1;
    if (span == NULL)
        next = later_from(atomic_load_explicit(&frames->later, memory_order_acquire));
    else
        next = later_from(atomic_load_explicit(
            &((const struct frames_later *)(const void *)span)->next, memory_order_acquire));
    if (next == NULL && frames->span_count > 0)
        next = frames->spans + frames->span_count - 1;
    return next;
}

/* The parts of a request in turn, each over all spans of a zone. */
enum pass { PASS_EXACT, PASS_SOME, PASS_SPLIT, PASS_GIANT, PASS_GATHER, PASS_ALL_SOME, PASS_RUN, PASS_COUNT };

/* Fits into a line. */
static bool is_small(const struct plan *plan)
{
    return plan->align_count <= BLOCK_FRAMES &&
           (plan->count <= WORD_FRAMES || (plan->count < BLOCK_FRAMES && is_order(plan)));
}

/* Whole blocks of one group. */
static bool is_large(const struct plan *plan)
{
    return plan->count >= BLOCK_FRAMES && plan->align_count <= BLOCK_FRAMES * GROUP_BLOCKS &&
           is_order(plan);
}

/* Does the pass have anything to do for this plan? */
static bool pass_serves(const struct plan *plan, enum pass pass)
{
    switch (pass) {
    case PASS_EXACT:
        return is_small(plan) && plan->pair_starts != 0;
    case PASS_SOME:
        return is_small(plan);
    case PASS_SPLIT:
    case PASS_GIANT:
        return is_small(plan) || is_large(plan);
    case PASS_GATHER:
        return is_large(plan);
    case PASS_ALL_SOME:
        return is_small(plan) && plan->count > 1;
    default: /* what the others cannot see: over words' bounds, at limits, beyond a group */
        return plan->limited || !is_order(plan) || !(is_small(plan) || is_large(plan));
    }
}

static MUST_USE bool take_block_or_blocks(struct frames *frames, const struct frames_span *span,
                                          const struct plan *plan, uint64_t first, uint64_t end,
                                          struct taken *taken)
{
    return is_large(plan) ? take_whole(frames, span, plan, first, end, taken)
                          : take_by_splitting(frames, span, plan, first, end, taken);
}

static MUST_USE bool pass_take(struct frames *frames, const struct frames_span *span,
                               const struct plan *plan, enum pass pass, struct taken *taken)
{
    uint64_t first = plan->limited ? (plan->first_pfn + BLOCK_FRAMES - 1) >> BLOCK_SHIFT : 0;
    uint64_t end = plan->end_pfn >> BLOCK_SHIFT;

    if (pass == PASS_RUN)
        return take_run(frames, span, plan, max_u64(plan->first_pfn, FRAMES_LOW_END),
                        plan->end_pfn, taken);
    first = max_u64(first, span->first_block);
    end = min_u64(end, span->end_block);
    switch (pass) {
    case PASS_EXACT:
        return take_exact(frames, span, plan, first, end, taken);
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

static MUST_USE bool take_in_zone(struct frames *frames, const struct plan *plan, bool is_high,
                                  struct taken *taken)
{
    for (enum pass pass = 0; pass < PASS_COUNT; pass++) {
        if (!pass_serves(plan, pass))
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
static MUST_USE bool take_low(struct frames *frames, const struct plan *plan, struct taken *taken)
{
    const struct frames_span *span = frames_find_span(frames, 0);

    return plan->low_allowed && span != NULL &&
           take_run(frames, span, plan, plan->first_pfn, min_u64(plan->end_pfn, FRAMES_LOW_END),
                    taken);
}

/* From the block that served this class last. */
static MUST_USE bool take_near_hint(struct frames *frames, const struct plan *plan,
                                    struct taken *taken)
{
    uint64_t hint_pfn = word_load(&frames->hints[plan->hint]);
    const struct frames_span *span;
    struct block block;
    struct plan exact;

    if (hint_pfn == 0 || plan->limited || plan->claim_word || !is_small(plan))
        return false;
    span = frames_find_span(frames, hint_pfn >> BLOCK_SHIFT);
    if (span == NULL)
        return false;
    block = block_of(span, hint_pfn >> BLOCK_SHIFT);
    if (plan->count == 1)
        return line_take(frames, &block, plan, hint_pfn, taken);
    exact = *plan;
    exact.exact = plan->pair_starts != 0;
    return line_take(frames, &block, &exact, hint_pfn, taken);
}

/* Whole blocks from the group that served last. */
static MUST_USE bool take_near_group(struct frames *frames, const struct plan *plan,
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

bool frames_take(struct frames *frames, const struct plan *plan, struct taken *ret_taken)
{
    if (is_large(plan) && take_near_group(frames, plan, ret_taken))
        return true;
    if (!take_near_hint(frames, plan, ret_taken) && !take_in_zone(frames, plan, true, ret_taken) &&
        !take_in_zone(frames, plan, false, ret_taken))
        return take_low(frames, plan, ret_taken);
    if (is_small(plan) || is_large(plan))
        remember(frames, plan, ret_taken->pfn);
    return true;
}
