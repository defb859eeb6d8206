/* SPDX-License-Identifier: MIT */
/*
 * Where runs of 16 to 256 frames lie in lines: for each of these orders a few places (spots), and
 * a bit (listed) that says "all there are". They make a search for such a run, and above all the
 * answer that there is none, a matter of some words.
 *
 * A spot of order n is the first frame of a word, or for orders above a word of 2^n frames; its
 * area may have runs, of any order. Whenever `listed` has the bit of order n, every free run of
 * order n or more lies in the area of a spot of order n or more.
 */
#include "frames/search.h"

/* Passes over the spots while they turn out to be of other orders. */
#define TRIES 8u

/* Bits of `listed`: orders up to this one. */
static uint64_t bits_up_to(unsigned order)
{
    return (UINT64_C(2) << order) - RUN_FRAMES;
}

static struct frames_runs *runs_of(struct frames *frames, uint64_t pfn)
{
    return &frames->runs[pfn >= FRAMES_4G_END];
}

/* The order of the largest aligned free run in word i, or around it; below RUN_ORDER: 0. */
static unsigned order_at(const struct frames_line *line, unsigned i)
{
    uint64_t word = word_load(&line->words[i]);
    unsigned order = BLOCK_SHIFT - 1;

    if (word == WORD_FULL) {
        for (; order > WORD_SHIFT; order--) {
            unsigned count = 1u << (order - WORD_SHIFT);
            if (line_words_are_full(line, i & ~(count - 1), count))
                break;
        }
        return order;
    }
    for (order = WORD_SHIFT - 1; order >= RUN_ORDER; order--) {
        uint64_t size = UINT64_C(1) << order;
        if ((run_starts(word, (unsigned)size) & aligned_starts(size)) != 0)
            return order;
    }
    return 0;
}

/* Words of the area of a spot. */
static unsigned area_words(unsigned order)
{
    return order <= WORD_SHIFT ? 1 : 1u << (order - WORD_SHIFT);
}

static unsigned word_index(uint64_t pfn)
{
    return (unsigned)(pfn >> WORD_SHIFT) & (LINE_WORDS - 1);
}

static _Atomic uint64_t *spots_of(struct frames_runs *runs, unsigned order)
{
    return runs->spots[order - RUN_ORDER];
}

/* In `listed`: a spot of this order found no place of late. Advice, for those who need not list. */
static uint64_t full_bit(unsigned order)
{
    return UINT64_C(1) << (order + 32);
}

/* Which spots are in use, written with plain stores: what is lost here is still found by those who
 * look at all spots. */
static _Atomic uint64_t *used_of(struct frames_runs *runs, unsigned order)
{
    return &runs->used[order - RUN_ORDER];
}

static void note_used(struct frames_runs *runs, unsigned order, unsigned i)
{
    _Atomic uint64_t *used = used_of(runs, order);

    word_store(used, word_peek(used) | UINT64_C(1) << i);
}

static void note_unused(struct frames_runs *runs, unsigned order, unsigned i)
{
    _Atomic uint64_t *used = used_of(runs, order);

    word_store(used, word_peek(used) & ~(UINT64_C(1) << i));
}

/* Writes a spot down unless it is there already (twice does no harm); false: no place. */
MUST_USE static bool add(struct frames_runs *runs, unsigned order, uint64_t pfn)
{
    _Atomic uint64_t *spots = spots_of(runs, order);
    uint64_t used = word_peek(used_of(runs, order));

    for (uint64_t left = used; left != 0; left &= left - 1) {
        if (word_load(&spots[bit_lowest(left)]) == pfn)
            return true;
    }
    /* First the places that seem to be free, then all. */
    for (unsigned i = 0; i < 2 * FRAMES_SPOTS; i++) {
        unsigned k = i % FRAMES_SPOTS;
        uint64_t expected = 0;
        if ((i >= FRAMES_SPOTS || (used >> k & 1) == 0) && word_load(&spots[k]) == 0 &&
            word_cas(&spots[k], &expected, pfn)) {
            note_used(runs, order, k);
            return true;
        }
    }
    return false;
}

/* Not all runs of these orders are listed any more. */
static void unlist(struct frames_runs *runs, uint64_t bits)
{
    if ((word_load(&runs->listed) & bits) != 0)
        word_and(&runs->listed, ~bits);
}

/* Lists what there is at word i; the order of the run. */
static unsigned tell_word(struct frames *frames, const struct block *block, unsigned i)
{
    uint64_t pfn = block_pfn(block->number) + ((uint64_t)i << WORD_SHIFT);
    unsigned order = order_at(block->line, i);
    struct frames_runs *runs = runs_of(frames, pfn);
    uint64_t listed;

    if (order == 0 || pfn < FRAMES_LOW_END)
        return 0;
    pfn &= ~(((uint64_t)area_words(order) << WORD_SHIFT) - 1);
    listed = word_load(&runs->listed);
    if ((listed & (bits_up_to(order) | full_bit(order))) == full_bit(order))
        return order;
    if (!add(runs, order, pfn)) {
        word_or(&runs->listed, full_bit(order));
        unlist(runs, bits_up_to(order));
    }
    return order;
}

void spots_tell(struct frames *frames, const struct block *block, unsigned first, unsigned count)
{
    unsigned end = first + count;

    while (first < end) {
        unsigned order = tell_word(frames, block, first);
        first = (first & ~(area_words(order) - 1)) + area_words(order);
    }
}

void spots_tell_pfn(struct frames *frames, uint64_t pfn)
{
    const struct frames_span *span;

    if (pfn == 0 || (span = frames_find_span(frames, pfn >> BLOCK_SHIFT)) == NULL)
        return;
    struct block block = block_of(span, pfn >> BLOCK_SHIFT);
    spots_tell(frames, &block, word_index(pfn), 1);
}

/* Is the largest run in the area, or around it, of the spot's order? */
static bool is_true(const struct block *block, unsigned order, uint64_t pfn)
{
    unsigned largest = 0;

    for (unsigned i = 0; i < area_words(order); i++) {
        unsigned found = order_at(block->line, word_index(pfn) + i);
        largest = found > largest ? found : largest;
    }
    return largest == order;
}

/* Takes a spot off that is not true any more, then lists what its area has now. */
static bool tidy(struct frames *frames, const struct block *block, unsigned order, unsigned i,
                 uint64_t pfn)
{
    struct frames_runs *runs = runs_of(frames, pfn);

    if (is_true(block, order, pfn))
        return true;
    unlist(runs, full_bit(order));
    if (word_cas(&spots_of(runs, order)[i], &(uint64_t){pfn}, 0)) {
        note_unused(runs, order, i);
        spots_tell(frames, block, word_index(pfn), area_words(order));
    }
    return false;
}

/* From the area of a spot: best a run that is no part of a larger one. */
MUST_USE static bool take_in_area(struct frames *frames, const struct block *block, unsigned order,
                                  uint64_t pfn, const struct plan *plan, struct taken *taken)
{
    unsigned step = plan->count > WORD_FRAMES ? (unsigned)(plan->count >> WORD_SHIFT) : 1;
    struct plan fitting = *plan;

    for (fitting.fit = FIT_EXACT;; fitting.fit = FIT_ANY) {
        for (unsigned i = 0; i < area_words(order); i += step) {
            if (words_take(frames, block, &fitting, word_index(pfn) + i, taken))
                return true;
        }
        if (fitting.fit == FIT_ANY)
            return false;
    }
}

/* From the area of spot i of an order. *moved: the spot was of another order, and is listed there
 * now. */
MUST_USE static bool take_at_spot(struct frames *frames, const struct plan *plan, unsigned order,
                                  struct frames_runs *runs, unsigned i, struct taken *taken,
                                  bool *moved)
{
    uint64_t pfn = word_load(&spots_of(runs, order)[i]);
    bool is_taken;

    if (pfn == 0)
        return false;
    struct block block =
        block_of(frames_find_span(frames, pfn >> BLOCK_SHIFT), pfn >> BLOCK_SHIFT);
    if (!tidy(frames, &block, order, i, pfn)) {
        *moved = true;
        return false;
    }
    is_taken = take_in_area(frames, &block, order, pfn, plan, taken);
    (void)tidy(frames, &block, order, i, pfn);
    return is_taken;
}

/* By the spots of one order alone. */
MUST_USE static bool take_listed(struct frames *frames, const struct plan *plan, unsigned order,
                                 struct frames_runs *runs, struct taken *taken, bool *moved)
{
    for (unsigned i = 0; i < FRAMES_SPOTS; i++) {
        if (word_load(&spots_of(runs, order)[i]) != 0 &&
            take_at_spot(frames, plan, order, runs, i, taken, moved))
            return true;
    }
    return false;
}

/* The same by the spots that seem to be in use, the smallest first. */
MUST_USE static bool take_known(struct frames *frames, const struct plan *plan, unsigned lowest,
                                struct frames_runs *runs, struct taken *taken)
{
    bool moved;

    for (unsigned order = lowest; order < BLOCK_SHIFT; order++) {
        for (uint64_t left = word_peek(used_of(runs, order)); left != 0; left &= left - 1) {
            if (take_at_spot(frames, plan, order, runs, bit_lowest(left), taken, &moved))
                return true;
        }
        if ((word_load(&runs->listed) >> order & 1) == 0)
            return false;
    }
    return false;
}

/* Lists the runs of [first, end), downwards; false: there is no place for more of this order. */
MUST_USE static bool list_blocks(struct frames *frames, const struct frames_span *span,
                                 struct frames_runs *runs, unsigned lowest, uint64_t first,
                                 uint64_t end)
{
    uint64_t number;

    while (blocks_last(frames, span, SOME, first, end, &number)) {
        struct block block = block_of(span, number);
        if (line_is_empty(block.line))
            block_drop_hint(frames, &block);
        else
            spots_tell(frames, &block, 0, LINE_WORDS);
        if ((word_load(&runs->listed) >> lowest & 1) == 0)
            return false;
        end = number;
    }
    return true;
}

/* Looks at all lines of the zone, downwards from `middle`, then from the top; stops early where the
 * spots are full. */
static void list_again(struct frames *frames, struct frames_runs *runs, unsigned lowest,
                       uint64_t middle)
{
    uint64_t bound = FRAMES_4G_END >> BLOCK_SHIFT;
    bool is_high = runs == &frames->runs[1];

    word_or(&runs->listed, bits_up_to(BLOCK_SHIFT - 1));
    for (unsigned round = 0; round < 2; round++) {
        uint64_t from = round == 0 ? 0 : middle + 1;
        uint64_t to = round == 0 ? middle + 1 : PFN_END >> BLOCK_SHIFT;
        for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
             span = frames_next_span(frames, span)) {
            if ((span->first_block >= bound) == is_high &&
                !list_blocks(frames, span, runs, lowest, max_u64(from, span->first_block),
                             min_u64(to, span->end_block))) {
                unlist(runs, bits_up_to(BLOCK_SHIFT - 1));
                return;
            }
        }
    }
}

/* Smallest runs first, wherever they are. */
MUST_USE static bool take_smallest(struct frames *frames, const struct plan *plan, unsigned lowest,
                                   struct frames_runs *runs, struct taken *taken, bool *moved)
{
    for (unsigned order = lowest; order < BLOCK_SHIFT; order++) {
        if (take_listed(frames, plan, order, runs, taken, moved))
            return true;
        if ((word_load(&runs->listed) >> order & 1) != 0)
            continue;
        list_again(frames, runs, order, word_load(&frames->hints[plan->hint]) >> BLOCK_SHIFT);
        if (take_listed(frames, plan, order, runs, taken, moved))
            return true;
    }
    return false;
}

bool spots_take(struct frames *frames, const struct plan *plan, bool wants_high,
                struct taken *taken)
{
    struct frames_runs *runs = &frames->runs[wants_high];
    unsigned order = bit_lowest(plan->count);
    unsigned lowest = order < RUN_ORDER ? RUN_ORDER : order;

    spots_tell_pfn(frames, word_load(&frames->hints[0]));
    if (take_known(frames, plan, lowest, runs, taken))
        return true;
    for (unsigned i = 0; i < TRIES; i++) {
        bool moved = false;
        if (take_smallest(frames, plan, lowest, runs, taken, &moved))
            return true;
        if (!moved)
            return false;
    }
    unlist(runs, bits_up_to(BLOCK_SHIFT - 1)); /* too much moves: others must search */
    return false;
}

bool spots_are_all(const struct frames *frames, const struct plan *plan, bool wants_high)
{
    return plan->count >= RUN_FRAMES &&
           (word_load(&frames->runs[wants_high].listed) & plan->count) != 0;
}
