/* SPDX-License-Identifier: MIT */
/* Requests: what is asked for, whether it may be, and which status an answer of "none" has. */
#include "frames/cache.h"
#include "frames/harden.h"

const char *frames_status_name(enum frames_status status)
{
    static const char *const names[] = {
        [FRAMES_OK] = "ok",
        [FRAMES_EMPTY] = "empty",
        [FRAMES_PARKED] = "parked",
        [FRAMES_NO_FIT] = "no-fit",
        [FRAMES_BAD_REQUEST] = "bad-request",
        [FRAMES_OUT_OF_RANGE] = "out-of-range",
        [FRAMES_NOT_OURS] = "not-ours",
        [FRAMES_MISALIGNED] = "misaligned",
        [FRAMES_ALREADY_FREE] = "already-free",
        [FRAMES_IN_USE] = "in-use",
        [FRAMES_REFUSED] = "refused",
        [FRAMES_NO_ROOM] = "no-room",
        [FRAMES_WRONG_ORDER] = "wrong-order",
        [FRAMES_CORRUPT] = "corrupt",
    };

    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

/* ---- handing out -------------------------------------------------------------------------- */

/* Is any frame free in the span? Looks, takes nothing. */
static bool span_has_free(struct frames *frames, const struct frames_span *span)
{
    uint64_t end_pfn = block_pfn(span->end_block);

    (void)frames;
    for (uint64_t pfn = block_pfn(span->first_block); pfn < end_pfn;) {
        bool is_free;
        pfn = span_stretch(span, pfn, end_pfn, &is_free);
        if (is_free)
            return true;
    }
    return false;
}

static bool any_is_free(struct frames *frames)
{
    for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
         span = frames_next_span(frames, span)) {
        if (span_has_free(frames, span))
            return true;
    }
    return false;
}

/*
 * Gives calls that have frames under way a moment to finish; false: one does not (its CPU does
 * something else). Bounded, so that nobody waits for anybody.
 */
MUST_USE static bool let_moves_end(const struct frames *frames)
{
    uint64_t begin = word_load(&frames->moves);

    for (unsigned i = 0; i < MOVE_LOOKS; i++) {
        uint64_t now = word_load(&frames->moves);
        if (moves_under_way(now) == 0 || now - begin >= MOVES_DONE)
            return true;
    }
    return false;
}

/*
 * Nothing was found: why? "Empty" is only said if nothing moved and nothing became free while all
 * of it was looked at, with the others told that someone looks.
 */
static enum frames_status seek(struct frames *frames, const struct plan *plan, struct taken *taken)
{
    enum frames_status status = FRAMES_NO_FIT;

    word_add(&frames->seekers, 1);
    for (unsigned i = 0; i < SEEK_TRIES; i++) {
        uint64_t before = word_load(&frames->moves);
        if (frames_take(frames, plan, taken)) {
            status = FRAMES_OK;
            break;
        }
        if (moves_under_way(word_load(&frames->moves)) == 0) {
            status = frames_parked_count(frames) > 0 ? FRAMES_PARKED
                     : any_is_free(frames)           ? FRAMES_NO_FIT
                                                     : FRAMES_EMPTY;
            if (status != FRAMES_EMPTY || word_load(&frames->moves) == before)
                break;
            status = FRAMES_NO_FIT;
        } else if (!let_moves_end(frames)) {
            status = FRAMES_PARKED;
            break;
        }
    }
    word_add(&frames->seekers, UINT64_MAX);
    return status;
}

/* Where a run of twice an order's size could begin in a word; 0: there is none to spoil. */
static uint64_t pair_starts(uint64_t count, uint64_t align_count)
{
    if (count >= BLOCK_FRAMES || (count & (count - 1)) != 0 || align_count > count)
        return 0;
    return aligned_starts(2 * count);
}

/* False: a bad request; the plan is of no use then. */
MUST_USE static bool plan_request(const struct frames_request *request, struct plan *plan)
{
    plan->count = request->count;
    plan->align_count = request->align_count == 0 ? 1 : request->align_count;
    plan->first_pfn = request->first_pfn;
    plan->end_pfn = request->end_pfn == 0 ? PFN_END : min_u64(request->end_pfn, PFN_END);
    plan->low_allowed = (request->flags & FRAMES_LOW) != 0;
    plan->limited = plan->first_pfn > FRAMES_LOW_END || plan->end_pfn < PFN_END;
    plan->claim_word = false;
    plan->fit = FIT_ANY;
    if ((plan->align_count & (plan->align_count - 1)) != 0 || plan->first_pfn >= plan->end_pfn ||
        (request->flags & ~FRAMES_LOW) != 0)
        return false;
    if (plan->count == 0) {
        if (request->order > FRAMES_MAX_ORDER)
            return false;
        plan->count = UINT64_C(1) << request->order;
        plan->align_count = max_u64(plan->align_count, plan->count);
    }
    plan->starts = aligned_starts(plan->align_count);
    plan->pair_starts = pair_starts(plan->count, plan->align_count);
    plan->hint = plan->count >= BLOCK_FRAMES ? HINT_LARGE
                 : plan->count == 1          ? 0
                 : plan->count <= 8          ? 1
                                             : 2;
    return true;
}

static struct plan plan_order(unsigned order)
{
    uint64_t count = UINT64_C(1) << order;

    return (struct plan){
        .count = count,
        .align_count = count,
        .end_pfn = PFN_END,
        .starts = aligned_starts(count),
        .pair_starts = pair_starts(count, count),
        .hint = order >= BLOCK_SHIFT ? HINT_LARGE : order == 0 ? 0 : order <= 3 ? 1 : 2,
    };
}

/* From the tree; the cache is drained where nothing else helps. */
static enum frames_status alloc_plan(struct frames *frames, struct frames_cache *cache,
                                     const struct plan *plan, uint64_t *ret_pfn)
{
    struct taken taken;
    enum frames_status status = FRAMES_OK;
    uint64_t before = word_load(&frames->moves);

    if (!frames_take(frames, plan, &taken)) {
        uint64_t drained_count = cache == NULL ? 0 : frames_cache_drain(frames, cache);
        bool is_calm = drained_count == 0 && moves_under_way(before) == 0 &&
                       word_load(&frames->moves) == before;
        if (is_calm && frames_parked_count(frames) > 0)
            status = FRAMES_PARKED;
        else if (is_calm && any_is_free(frames))
            status = FRAMES_NO_FIT;
        else
            status = seek(frames, plan, &taken);
    }
    if (status == FRAMES_OK)
        *ret_pfn = taken.pfn;
    return status;
}

enum frames_status frames_alloc(struct frames *frames, struct frames_cache *cache,
                                const struct frames_request *request, uint64_t *ret_pfn)
{
    enum frames_status status = FRAMES_OK;
    struct plan plan;

    if (!plan_request(request, &plan))
        return frames_refuse(frames, FRAMES_BAD_REQUEST);
    if (cache == NULL || plan.count != 1 || plan.align_count != 1 || plan.limited ||
        !cache_take(frames, cache, ret_pfn))
        status = alloc_plan(frames, cache, &plan, ret_pfn);
    if (status == FRAMES_OK)
        harden_hand_out(frames, *ret_pfn, plan.count);
    return status;
}

/* ---- orders ------------------------------------------------------------------------------- */

/* By way of a plan; the other ways end here where they find nothing. */
static __attribute__((noinline)) enum frames_status
alloc_planned(struct frames *frames, struct frames_cache *cache, unsigned order, uint64_t *ret_pfn)
{
    struct plan plan;

    if (order > FRAMES_MAX_ORDER)
        return frames_refuse(frames, FRAMES_BAD_REQUEST);
    plan = plan_order(order);
    return alloc_plan(frames, cache, &plan, ret_pfn);
}

static __attribute__((noinline)) enum frames_status
alloc_from_cache(struct frames *frames, struct frames_cache *cache, uint64_t *ret_pfn)
{
    return cache_take(frames, cache, ret_pfn) ? FRAMES_OK
                                              : alloc_planned(frames, cache, 0, ret_pfn);
}

/* One frame of the quarter of a word that singles come from. */
MUST_USE static bool take_from_hint(struct frames *frames, uint64_t *ret_pfn)
{
    uint64_t pfn = word_load(&frames->hints[0]) & ~(RUN_FRAMES - 1);
    const struct frames_span *span = frames_find_near(frames, pfn >> BLOCK_SHIFT);
    struct block block;
    _Atomic uint64_t *word;
    uint64_t old, mask;
    unsigned bit;

    if (pfn == 0 || span == NULL)
        return false;
    block = block_of(span, pfn >> BLOCK_SHIFT);
    word = frame_word(&block, pfn);
    mask = aligned_run_mask(pfn, (unsigned)RUN_FRAMES);
    old = word_load(word);
    do {
        if ((old & mask) == 0)
            return false;
        bit = bit_lowest(old & mask);
    } while (!word_cas(word, &old, old & ~(UINT64_C(1) << bit)));
    *ret_pfn = word_base(pfn) + bit;
    return true;
}

static __attribute__((noinline)) enum frames_status
alloc_recent(struct frames *frames, struct frames_cache *cache, unsigned order, uint64_t *ret_pfn)
{
    if (recent_take_one(frames, order, ret_pfn) ||
        (order == 0 && take_from_hint(frames, ret_pfn)))
        return FRAMES_OK;
    return alloc_planned(frames, cache, order, ret_pfn);
}

/* One block of the group that served last, if it has a whole one whose line is written. */
static __attribute__((noinline)) enum frames_status
alloc_block(struct frames *frames, struct frames_cache *cache, uint64_t *ret_pfn)
{
    uint64_t hint_block = word_load(&frames->hints[HINT_LARGE]) >> BLOCK_SHIFT;
    const struct frames_span *span = frames_find_near(frames, hint_block);
    struct block block;
    uint64_t old, lined;
    unsigned bit;

    if (hint_block == 0 || span == NULL)
        return alloc_planned(frames, cache, BLOCK_SHIFT, ret_pfn);
    block = block_of(span, hint_block);
    lined = word_load(&block.group->words[LINED]);
    old = word_load(&block.group->words[WHOLE]);
    do {
        if ((old & lined) == 0)
            return alloc_planned(frames, cache, BLOCK_SHIFT, ret_pfn);
        bit = bit_highest(old & lined);
    } while (!word_cas(&block.group->words[WHOLE], &old, old & ~(UINT64_C(1) << bit)));
    *ret_pfn = block_pfn(group_first(hint_block) + bit);
    return FRAMES_OK;
}

static inline enum frames_status alloc_order(struct frames *frames, struct frames_cache *cache,
                                             unsigned order, uint64_t *ret_pfn)
{
    if (order == 0 && cache != NULL)
        return alloc_from_cache(frames, cache, ret_pfn);
    if (order < RUN_ORDER)
        return alloc_recent(frames, cache, order, ret_pfn);
    if (order == BLOCK_SHIFT)
        return alloc_block(frames, cache, ret_pfn);
    return alloc_planned(frames, cache, order, ret_pfn);
}

enum frames_status frames_alloc_order_long(struct frames *frames, struct frames_cache *cache,
                                           unsigned order, uint64_t *ret_pfn)
{
    enum frames_status status;

    if (FRAMES_SHORT_WAYS)
        return alloc_order(frames, cache, order, ret_pfn);
    status = alloc_order(frames, cache, order, ret_pfn);
    if (status == FRAMES_OK)
        harden_hand_out(frames, *ret_pfn, UINT64_C(1) << order);
    return status;
}

/* ---- a given range ------------------------------------------------------------------------ */

/* Takes a managed range, span by span; on failure what was taken goes back. */
MUST_USE static bool take_spans(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t reached = first_pfn;

    while (reached < end_pfn) {
        const struct frames_span *span = frames_find_span(frames, reached >> BLOCK_SHIFT);
        uint64_t stop = min_u64(end_pfn, block_pfn(span->end_block));
        if (!range_take(frames, span, reached, stop)) {
            if (reached > first_pfn)
                (void)!range_give(frames, first_pfn, reached);
            return false;
        }
        reached = stop;
    }
    return true;
}

enum frames_status frames_alloc_at(struct frames *frames, uint64_t first_pfn, uint64_t count)
{
    enum frames_status status = range_check(frames, first_pfn, count);
    bool is_taken = false;

    if (status != FRAMES_OK)
        return frames_refuse(frames, status);
    /* Frames that someone else moves at this moment look taken. */
    for (unsigned i = 0; i < SEEK_TRIES && !is_taken; i++) {
        uint64_t before = word_load(&frames->moves);
        is_taken = range_count_free(frames, first_pfn, first_pfn + count) == count &&
                   take_spans(frames, first_pfn, first_pfn + count);
        if (!is_taken && word_load(&frames->moves) == before && moves_under_way(before) == 0)
            break;
    }
    if (is_taken)
        harden_hand_out(frames, first_pfn, count);
    return is_taken ? FRAMES_OK : FRAMES_IN_USE;
}

enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                  uint64_t *ret_count)
{
    uint64_t count = 0;

    if (first_pfn >= end_pfn || end_pfn > PFN_END)
        return frames_refuse(frames, FRAMES_BAD_REQUEST);
    for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
         span = frames_next_span(frames, span)) {
        uint64_t pfn = max_u64(first_pfn, block_pfn(span->first_block));
        uint64_t end = min_u64(end_pfn, block_pfn(span->end_block));
        unsigned failures = 0;
        while (pfn < end) {
            bool is_free;
            uint64_t stop = span_stretch(span, pfn, end, &is_free);
            if (is_free && !range_take(frames, span, pfn, stop)) {
                /* Someone took of it: look again. Or it is not accepted: nobody gets it. */
                if (++failures < SEEK_TRIES)
                    continue;
            } else if (is_free) {
                count += stop - pfn;
            }
            failures = 0;
            pfn = stop;
        }
    }
    *ret_count = count;
    return FRAMES_OK;
}

/* ---- without an allocator ----------------------------------------------------------------- */

bool frames_next(const struct memmap_region *regions, size_t region_count, uint64_t *cursor_pfn,
                 uint64_t *ret_pfn)
{
    uint64_t pfn = max_u64(*cursor_pfn, FRAMES_LOW_END);

    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].kind != MEMMAP_USABLE || regions[i].end_pfn <= pfn)
            continue;
        *ret_pfn = max_u64(pfn, regions[i].first_pfn);
        *cursor_pfn = *ret_pfn + 1;
        return true;
    }
    return false;
}
