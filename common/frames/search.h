/* SPDX-License-Identifier: MIT */
/*
 * What a request looks for, and the parts of the search: lines (line.c), whole blocks (large.c),
 * where runs lie (spots.c) and what was freed last (recent.c). Private to common/frames.
 */
#ifndef GROMA_FRAMES_SEARCH_H
#define GROMA_FRAMES_SEARCH_H

#include "frames/tree.h"

/* How well a run of free frames must fit. */
enum fit {
    FIT_ANY,
    FIT_LOOSE, /* no part of a free quarter of a word */
    FIT_EXACT, /* no part of a free run of twice the size */
};

/* What was taken out of the tree: a run from `pfn`, or the frames `mask` of the word at `pfn`. */
struct taken {
    uint64_t pfn;
    uint64_t mask;
    _Atomic uint64_t *word;
    enum fit fit; /* how well it was known to fit */
};

/* A request with its defaults filled in. */
struct plan {
    uint64_t count; /* not 0 */
    uint64_t align_count;
    uint64_t first_pfn;
    uint64_t end_pfn; /* above first_pfn, at most PFN_END */
    uint64_t starts;  /* bits of a word at which an aligned run may begin */
    uint64_t pair_starts; /* the same for a run of twice the size; 0: no order, or over 5 */
    unsigned hint;    /* which of frames->hints */
    bool low_allowed;
    bool limited;    /* first_pfn and end_pfn say something */
    bool claim_word; /* for a cache: all that is free of one word */
    enum fit fit;
};

/* An order: it never crosses a bound of a unit that is as large. */
/*@ requires \valid_read(plan);
    assigns \nothing;
    ensures \result <==> (plan->count & (plan->count - 1)) == 0 && plan->align_count >= plan->count; */
static inline bool plan_is_order(const struct plan *plan)
{
    return (plan->count & (plan->count - 1)) == 0 && plan->align_count >= plan->count;
}

/* ---- search.c ----------------------------------------------------------------------------- */

/*
 * The highest block of [first, end) in the span with this bit (SOME or WHOLE), by the hints.
 * Takes back hints that lead nowhere.
 */
MUST_USE bool blocks_last(struct frames *frames, const struct frames_span *span, unsigned which,
                          uint64_t first, uint64_t end, uint64_t *ret_block);

/* Takes what the plan wants; false: nothing was found. */
MUST_USE bool frames_take(struct frames *frames, const struct plan *plan, struct taken *ret_taken);

/* ---- line.c ------------------------------------------------------------------------------- */

bool line_words_are_full(const struct frames_line *line, unsigned first, unsigned count);

/* Takes from word i on what a small plan wants: an aligned run of it, or full words. */
MUST_USE bool words_take(struct frames *frames, const struct block *block, const struct plan *plan,
                         unsigned i, struct taken *taken);

/* The same from a line, first from the word of near_pfn. */
MUST_USE bool line_take(struct frames *frames, const struct block *block, const struct plan *plan,
                        uint64_t near_pfn, struct taken *taken);

/* For a cache: what fits of the first word that has such frames, from that of near_pfn on, which
 * lies in this line's block. */
MUST_USE bool line_claim(struct frames_line *line, enum fit fit, uint64_t near_pfn,
                         struct taken *taken);

/* ---- spots.c ------------------------------------------------------------------------------ */

/* Frames became free in the words [first, first + count), or came to light: lists their runs. */
/*@ requires block_sound(block) && apart(frames, block) && first + count <= 8;
    assigns frames->runs[0 .. 1];
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
void spots_tell(struct frames *frames, const struct block *block, unsigned first, unsigned count);

/* The same for the word of one frame. */
void spots_tell_pfn(struct frames *frames, uint64_t pfn);

/* Takes what a small plan, an order without limits, wants, from a run of 16 frames or more. */
MUST_USE bool spots_take(struct frames *frames, const struct plan *plan, bool is_high,
                         struct taken *taken);

/* Do the spots tell of all runs that this plan could be served from? */
bool spots_are_all(const struct frames *frames, const struct plan *plan, bool is_high);

/* ---- recent.c ----------------------------------------------------------------------------- */

/* `count` frames at pfn were taken out of a larger run: the next requests may have what is left of
 * its quarter. */
void recent_rest(struct frames *frames, uint64_t pfn, unsigned order);

/* Takes an order, at most 3, from what was freed last as such an order. */
MUST_USE bool recent_take_one(struct frames *frames, unsigned order, uint64_t *ret_pfn);

/* The same from runs up to order `most`, at most 3; for a cache all that is broken of a word. */
MUST_USE bool recent_take(struct frames *frames, unsigned wanted, unsigned most, bool claim_word,
                          bool wants_high, struct taken *taken);

/* ---- large.c ------------------------------------------------------------------------------ */

/* Takes what a large plan wants, from whole blocks of [first, end). */
MUST_USE bool large_take(struct frames *frames, const struct frames_span *span,
                         const struct plan *plan, uint64_t first, uint64_t end,
                         struct taken *taken);

/* The same from the group that served last. */
MUST_USE bool large_take_near(struct frames *frames, const struct plan *plan, struct taken *taken);

#endif
