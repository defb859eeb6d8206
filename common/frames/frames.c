/* SPDX-License-Identifier: MIT */
/* Requests: what is asked for, whether it may be, and which status an answer of "none" has. */
#include "frames/cache.h"

/* How often a search is repeated because frames moved behind its back, and how long it looks
 * whether they still do. */
#define SEEK_TRIES 16u
#define MOVE_LOOKS 5000u

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
        [FRAMES_CORRUPT] = "corrupt",
    };

    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

/* Counts what was refused by the caller's fault. */
static enum frames_status refuse(struct frames *frames, enum frames_status status)
{
    if (status != FRAMES_OK)
        word_add(&frames->refused_count, 1);
    return status;
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
static MUST_USE bool let_moves_end(const struct frames *frames)
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
static MUST_USE bool plan_request(const struct frames_request *request, struct plan *plan)
{
    plan->count = request->count;
    plan->align_count = request->align_count == 0 ? 1 : request->align_count;
    plan->first_pfn = request->first_pfn;
    plan->end_pfn = request->end_pfn == 0 ? PFN_END : min_u64(request->end_pfn, PFN_END);
    plan->low_allowed = (request->flags & FRAMES_LOW) != 0;
    plan->limited = plan->first_pfn > FRAMES_LOW_END || plan->end_pfn < PFN_END;
    plan->claim_word = false;
    plan->exact = false;
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
    plan->hint = plan->count == 1                ? 0
                 : plan->count <= 8            ? 1
                 : plan->count < BLOCK_FRAMES ? 2
                                              : HINT_LARGE;
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
        .hint = order == 0 ? 0 : order <= 3 ? 1 : order < BLOCK_SHIFT ? 2 : HINT_LARGE,
    };
}

static enum frames_status alloc_plan(struct frames *frames, struct frames_cache *cache,
                                     const struct plan *plan, uint64_t *ret_pfn)
{
    struct taken taken;
    enum frames_status status = FRAMES_OK;
    bool is_any = plan->count == 1 && plan->align_count == 1 && !plan->limited;
    uint64_t before;

    if (cache != NULL && is_any && cache_take(frames, cache, ret_pfn))
        return FRAMES_OK;
    before = word_load(&frames->moves);
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
    struct plan plan;

    if (!plan_request(request, &plan))
        return refuse(frames, FRAMES_BAD_REQUEST);
    return alloc_plan(frames, cache, &plan, ret_pfn);
}

/* One frame of the word that served last, if it has one. */
static MUST_USE bool take_from_hint(struct frames *frames, uint64_t *ret_pfn)
{
    uint64_t hint_pfn = word_load(&frames->hints[0]);
    const struct frames_span *span;
    struct block block;
    _Atomic uint64_t *word;
    uint64_t old;

    if (hint_pfn == 0 || (span = frames_find_span(frames, hint_pfn >> BLOCK_SHIFT)) == NULL)
        return false;
    block = block_of(span, hint_pfn >> BLOCK_SHIFT);
    word = frame_word(&block, hint_pfn);
    for (old = word_load(word); old != 0;) {
        if (word_cas(word, &old, old & (old - 1))) {
            *ret_pfn = word_base(hint_pfn) + bit_lowest(old);
            return true;
        }
    }
    return false;
}

/* One block of the group that served last, if it has a whole one and nobody must accept it. */
static MUST_USE bool take_block_from_hint(struct frames *frames, uint64_t *ret_pfn)
{
    uint64_t hint_pfn = word_load(&frames->hints[HINT_LARGE]);
    const struct frames_span *span;
    struct block block;
    uint64_t old, number;

    if (hint_pfn == 0 || frames->accept != NULL ||
        (span = frames_find_span(frames, hint_pfn >> BLOCK_SHIFT)) == NULL)
        return false;
    number = group_first(hint_pfn >> BLOCK_SHIFT);
    block = block_of(span, hint_pfn >> BLOCK_SHIFT);
    for (old = word_load(&block.group->words[WHOLE]); old != 0;) {
        uint64_t bit = UINT64_C(1) << bit_highest(old);
        if (!word_cas(&block.group->words[WHOLE], &old, old & ~bit))
            continue;
        number += bit_highest(old);
        *ret_pfn = block_pfn(number);
        if ((word_load(&block.group->words[LINED]) & bit) != 0)
            return true;
        block = block_of(span, number);
        return blocks_open(frames, &block, bit);
    }
    return false;
}

static __attribute__((noinline)) enum frames_status
alloc_order_long(struct frames *frames, struct frames_cache *cache, unsigned order,
                 uint64_t *ret_pfn)
{
    struct plan plan;

    if (order == 0 && cache == NULL && take_from_hint(frames, ret_pfn))
        return FRAMES_OK;
    if (order == BLOCK_SHIFT && take_block_from_hint(frames, ret_pfn))
        return FRAMES_OK;
    if (order > FRAMES_MAX_ORDER)
        return refuse(frames, FRAMES_BAD_REQUEST);
    plan = plan_order(order);
    return alloc_plan(frames, cache, &plan, ret_pfn);
}

enum frames_status frames_alloc_order(struct frames *frames, struct frames_cache *cache,
                                      unsigned order, uint64_t *ret_pfn)
{
    if (order == 0 && cache != NULL && cache_pop(cache, ret_pfn))
        return FRAMES_OK;
    return alloc_order_long(frames, cache, order, ret_pfn);
}

/* ---- a given range ------------------------------------------------------------------------ */

/* A caller's range: count not 0, all of it managed. */
static enum frames_status check_range(const struct frames *frames, uint64_t first_pfn,
                                      uint64_t count)
{
    uint64_t end_pfn;

    if (count == 0)
        return FRAMES_BAD_REQUEST;
    if (!checked_add_u64(first_pfn, count, &end_pfn))
        return FRAMES_OUT_OF_RANGE;
    return range_is_managed(frames, first_pfn, end_pfn);
}

/* Takes a managed range, span by span; on failure what was taken goes back. */
static MUST_USE bool take_spans(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
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
    enum frames_status status = check_range(frames, first_pfn, count);
    bool is_taken = false;

    if (status != FRAMES_OK)
        return refuse(frames, status);
    /* Frames that someone else moves at this moment look taken. */
    for (unsigned i = 0; i < SEEK_TRIES && !is_taken; i++) {
        uint64_t before = word_load(&frames->moves);
        is_taken = range_count_free(frames, first_pfn, first_pfn + count) == count &&
                   take_spans(frames, first_pfn, first_pfn + count);
        if (!is_taken && word_load(&frames->moves) == before && moves_under_way(before) == 0)
            break;
    }
    return is_taken ? FRAMES_OK : FRAMES_IN_USE;
}

enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                  uint64_t *ret_count)
{
    uint64_t count = 0;

    if (first_pfn >= end_pfn || end_pfn > PFN_END)
        return refuse(frames, FRAMES_BAD_REQUEST);
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

/* ---- giving back -------------------------------------------------------------------------- */

/* The long way for one frame: what the tree says of its block, then its bit. */
static enum frames_status free_one(struct frames *frames, struct frames_cache *cache, uint64_t pfn)
{
    const struct frames_span *span = frames_find_span(frames, pfn >> BLOCK_SHIFT);
    struct block block;
    uint64_t managed;

    if (span == NULL)
        return pfn < word_load(&frames->end_pfn) ? FRAMES_NOT_OURS : FRAMES_OUT_OF_RANGE;
    block = block_of(span, pfn >> BLOCK_SHIFT);
    if (!row_says(&block, READY)) {
        enum frames_status status = range_is_managed(frames, pfn, pfn + 1);
        return status == FRAMES_OK ? FRAMES_ALREADY_FREE : status;
    }
    managed = word_load(&block.group->words[MANAGED]) & block.bit;
    if (managed == 0) {
        enum frames_status status = range_is_managed(frames, pfn, pfn + 1);
        if (status != FRAMES_OK)
            return status;
    }
    if (!group_says(&block, LINED) || group_says(&block, WHOLE))
        return FRAMES_ALREADY_FREE;
    if (cache != NULL && managed != 0)
        return cache_park(frames, cache, &block, pfn) ? FRAMES_OK : FRAMES_ALREADY_FREE;
    return block_give(frames, &block, frame_word(&block, pfn), frame_bit(pfn))
               ? FRAMES_OK
               : FRAMES_ALREADY_FREE;
}

static enum frames_status free_single(struct frames *frames, struct frames_cache *cache,
                                      uint64_t pfn)
{
    enum frames_status status;

    if (cache != NULL && cache_free(cache, pfn, &status))
        return status;
    if (cache != NULL && cache_overlaps(cache, pfn, pfn + 1))
        return FRAMES_ALREADY_FREE;
    return free_one(frames, cache, pfn);
}

static enum frames_status free_run(struct frames *frames, struct frames_cache *cache,
                                   uint64_t first_pfn, uint64_t count)
{
    enum frames_status status;

    if (count == 1)
        return free_single(frames, cache, first_pfn);
    status = check_range(frames, first_pfn, count);
    if (status != FRAMES_OK)
        return status;
    if (range_count_free(frames, first_pfn, first_pfn + count) != 0 ||
        (cache != NULL && cache_overlaps(cache, first_pfn, first_pfn + count)))
        return FRAMES_ALREADY_FREE;
    return range_give(frames, first_pfn, first_pfn + count) ? FRAMES_OK : FRAMES_ALREADY_FREE;
}

/*
 * Whole blocks of one group, that were handed out and of whose lines the hints say that they are
 * empty: one step. False: the long way must be gone.
 */
static MUST_USE bool free_blocks(struct frames *frames, uint64_t first_pfn, uint64_t count)
{
    uint64_t number = first_pfn >> BLOCK_SHIFT;
    const struct frames_span *span = frames_find_span(frames, number);
    struct block block;
    uint64_t bits, usable, new;
    uint64_t old;

    if (span == NULL || count > span->end_block - number)
        return false;
    block = block_of(span, number);
    bits = run_mask((unsigned)(number & (GROUP_BLOCKS - 1)), (unsigned)count);
    if (!row_says(&block, READY))
        return false;
    usable = word_load(&block.group->words[MANAGED]) & word_load(&block.group->words[LINED]) &
             ~word_load(&block.group->words[SOME]);
    old = word_load(&block.group->words[WHOLE]);
    if ((usable & bits) != bits)
        return false;
    do {
        if (!word_give(old, bits, &new))
            return false;
    } while (!word_cas(&block.group->words[WHOLE], &old, new));
    hint_set(&block, WHOLE);
    moves_tell(frames);
    return true;
}

enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                               uint64_t first_pfn, uint64_t count)
{
    return refuse(frames, free_run(frames, cache, first_pfn, count));
}

static __attribute__((noinline)) enum frames_status
free_order_long(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn,
                unsigned order)
{
    uint64_t count = order > FRAMES_MAX_ORDER ? 0 : UINT64_C(1) << order;

    if (order == 0)
        return refuse(frames, free_single(frames, cache, first_pfn));
    if (order > FRAMES_MAX_ORDER)
        return refuse(frames, FRAMES_BAD_REQUEST);
    if ((first_pfn & (count - 1)) != 0)
        return refuse(frames, FRAMES_MISALIGNED);
    if (order >= BLOCK_SHIFT && order <= GROUP_SHIFT &&
        (cache == NULL || !cache_overlaps(cache, first_pfn, first_pfn + count)) &&
        free_blocks(frames, first_pfn, count >> BLOCK_SHIFT))
        return FRAMES_OK;
    return refuse(frames, free_run(frames, cache, first_pfn, count));
}

enum frames_status frames_free_order(struct frames *frames, struct frames_cache *cache,
                                     uint64_t first_pfn, unsigned order)
{
    enum frames_status status;

    if (order == 0 && cache != NULL && cache_free(cache, first_pfn, &status) &&
        status == FRAMES_OK)
        return FRAMES_OK;
    return free_order_long(frames, cache, first_pfn, order);
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
