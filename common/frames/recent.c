/* SPDX-License-Identifier: MIT */
/*
 * The runs of 1 to 8 frames that were freed last without a cache, a short stack for each order:
 * where the next requests of that order look first. It keeps what is broken in use, and the lines
 * at hand hot. Nothing but advice: entries can be lost, or wrong, and are looked at before use.
 */
#include "frames/give.h"
#include "frames/search.h"

static bool is_high(uint64_t pfn)
{
    return pfn >= FRAMES_4G_END;
}

/* Entries looked at of one order; the others are left for the next request. */
#define TRIES 4u

/* The order of the free run, a quarter of a word at most, that these bits, a run of an order, are
 * part of. */
static unsigned merged_order(uint64_t word, unsigned *first, unsigned order)
{
    for (; order < RUN_ORDER; order++) {
        uint64_t other = aligned_run_mask(*first ^ 1u << order, 1u << order);
        if ((word & other) != other)
            break;
        *first &= ~(1u << order);
    }
    return order;
}

/* The stack of an order, the highest first; single frames have the rest. */
static _Atomic uint64_t *stack_of(struct frames *frames, unsigned order)
{
    return &frames->recent.pfns[(FRAMES_RECENT_ORDERS - 1 - order) * FRAMES_RECENT_FEW];
}

static uint64_t depth_of(unsigned order)
{
    return order == 0 ? 5 * FRAMES_RECENT_FEW : FRAMES_RECENT_FEW;
}

/* Puts it on top, if there is room, and its class is served from its zone at present. */
static void push(struct frames *frames, unsigned order, uint64_t pfn)
{
    uint64_t top = word_load(&frames->recent.tops[order]);

    if (top >= depth_of(order) || is_high(pfn) != is_high(word_peek(&frames->hints[order > 0])))
        return;
    word_store(&stack_of(frames, order)[top], pfn);
    word_store(&frames->recent.tops[order], top + 1);
}

/* 0: none. The entry was written before a `top` that counts it. */
static uint64_t pop(struct frames *frames, unsigned order)
{
    uint64_t top = word_load(&frames->recent.tops[order]);

    if (top == 0)
        return 0;
    word_store(&frames->recent.tops[order], top - 1);
    return word_peek(&stack_of(frames, order)[top - 1]);
}

enum frames_status recent_add(struct frames *frames, uint64_t first_pfn, unsigned count,
                              uint64_t word)
{
    unsigned first = (unsigned)(first_pfn & (WORD_FRAMES - 1));
    unsigned order;
    uint64_t pfn;

    if (word_peek(&frames->recent.tops[0]) >= depth_of(0))
        return FRAMES_OK; /* enough for now */
    order = merged_order(word, &first, bit_lowest(count));
    pfn = word_base(first_pfn) + first;

    if (order < RUN_ORDER && pfn >= FRAMES_LOW_END)
        push(frames, order, pfn);
    return FRAMES_OK;
}

void recent_rest(struct frames *frames, uint64_t pfn, unsigned order)
{
    const struct frames_span *span = frames_find_span(frames, pfn >> BLOCK_SHIFT);
    struct block block = block_of(span, pfn >> BLOCK_SHIFT);
    uint64_t word = word_load(frame_word(&block, pfn));
    unsigned first = (unsigned)(pfn & (WORD_FRAMES - 1));

    for (; order < RUN_ORDER; order++) {
        unsigned count = 1u << order;
        unsigned other = (first & ~(count - 1)) ^ count;
        if ((~word & run_mask(other, count)) == 0)
            push(frames, order, word_base(pfn) + other);
    }
}

/*
 * Takes what is wanted of the run, if it is still free and no part of a larger one; returns what
 * was taken of its word, 0: nothing.
 */
static inline uint64_t take_at(_Atomic uint64_t *word, uint64_t pfn, unsigned order,
                               unsigned wanted, bool claim_word)
{
    uint64_t mask = aligned_run_mask(pfn, 1u << order);
    uint64_t other = aligned_run_mask(pfn ^ UINT64_C(1) << order, 1u << order);
    uint64_t old = word_load(word);
    uint64_t taken = aligned_run_mask(pfn, 1u << wanted);

    do {
        if ((~old & mask) != 0 || (~old & other) == 0)
            return 0;
        if (claim_word)
            taken = old & ~aligned_runs(old, RUN_ORDER);
    } while (!word_cas(word, &old, old & ~taken));
    return taken;
}

/* Of a frame that was in use once. */
static inline _Atomic uint64_t *word_of(const struct frames *frames, uint64_t pfn)
{
    struct block block = block_of(frames_find_span(frames, pfn >> BLOCK_SHIFT), pfn >> BLOCK_SHIFT);

    return frame_word(&block, pfn);
}

bool recent_take_one(struct frames *frames, unsigned order, uint64_t *ret_pfn)
{
    bool wants_high = is_high(word_load(&frames->hints[order > 0]));
    uint64_t pfn;

    for (unsigned i = 0; i < TRIES && (pfn = pop(frames, order)) != 0; i++) {
        if (is_high(pfn) == wants_high &&
            take_at(word_of(frames, pfn), pfn, order, order, false) != 0) {
            *ret_pfn = pfn;
            return true;
        }
    }
    return false;
}

bool recent_take(struct frames *frames, unsigned wanted, unsigned most, bool claim_word,
                 bool wants_high, struct taken *taken)
{
    for (unsigned order = wanted; order <= most; order++) {
        uint64_t pfn;
        for (unsigned i = 0; i < TRIES && (pfn = pop(frames, order)) != 0; i++) {
            _Atomic uint64_t *word = word_of(frames, pfn);
            uint64_t mask =
                is_high(pfn) == wants_high ? take_at(word, pfn, order, wanted, claim_word) : 0;
            if (mask == 0)
                continue;
            *taken = (struct taken){claim_word ? word_base(pfn) : pfn, mask, word, FIT_EXACT};
            for (unsigned rest = wanted; rest < order && !claim_word; rest++)
                push(frames, rest, pfn + (UINT64_C(1) << rest));
            return true;
        }
    }
    return false;
}
