/* SPDX-License-Identifier: MIT */
/*
 * Requests: handing out, giving back, reserving, and the cache of one claimed word.
 * See frames.h; the bookkeeping itself is in arenas.c.
 */
#include "frames/frames.h"

#include "base/bits.h"
#include "frames/arenas.h"
#include "frames/bitmap.h"

/* A request with its defaults filled in. */
struct plan {
    uint64_t count;       /* not 0 */
    uint64_t align_count; /* a power of two */
    uint64_t first_pfn;
    uint64_t end_pfn; /* above first_pfn, at most PFN_END */
    bool low_allowed;
    bool any_single; /* one frame, without alignment and limits */
};

/* The words of a cache. The base is a multiple of 64; 0 (low memory) says: holds no block. */
enum { CACHE_BASE_PFN, CACHE_PARKED_MASK };

const char *frames_status_name(enum frames_status status)
{
    switch (status) {
    case FRAMES_OK:
        return "ok";
    case FRAMES_EMPTY:
        return "empty";
    case FRAMES_PARKED:
        return "parked";
    case FRAMES_BAD_REQUEST:
        return "bad-request";
    case FRAMES_OUT_OF_RANGE:
        return "out-of-range";
    case FRAMES_MISALIGNED:
        return "misaligned";
    case FRAMES_ALREADY_FREE:
        return "already-free";
    case FRAMES_IN_USE:
        return "in-use";
    case FRAMES_NO_ROOM:
        return "no-room";
    case FRAMES_CORRUPT:
        return "corrupt";
    }
    return "unknown";
}

/* Counts what was refused by the caller's fault. */
static enum frames_status refuse(struct frames *frames, enum frames_status status)
{
    if (status != FRAMES_OK)
        frames->refused_count++;
    return status;
}

/* False: a bad request; the plan is of no use then. */
static MUST_USE bool plan_request(const struct frames_request *request, struct plan *plan)
{
    plan->count = request->count;
    plan->align_count = request->align_count == 0 ? 1 : request->align_count;
    plan->first_pfn = request->first_pfn;
    plan->end_pfn = request->end_pfn == 0 ? PFN_END : min_pfn(request->end_pfn, PFN_END);
    plan->low_allowed = (request->flags & FRAMES_LOW) != 0;
    if ((plan->align_count & (plan->align_count - 1)) != 0 || plan->first_pfn >= plan->end_pfn ||
        (request->flags & ~FRAMES_LOW) != 0)
        return false;
    if (plan->count == 0) {
        if (request->order > FRAMES_MAX_ORDER)
            return false;
        plan->count = UINT64_C(1) << request->order;
        plan->align_count = max_pfn(plan->align_count, plan->count);
    }
    plan->any_single = plan->count == 1 && plan->align_count == 1 && plan->first_pfn == 0 &&
                       plan->end_pfn == PFN_END;
    return true;
}

/*
 * Lowers *end_pfn over frames that cannot hold the run: one of 127 frames or more, or a whole
 * word at a word's bound, contains a full word, so it ends below the word after the highest.
 *
 *   [ ....x..x ][ xxxxxxxx ][ xxx.x... ][ .x.xx..x ][ xx.x...  words; x is free
 *                 highest               ^ *end_pfn
 */
static MUST_USE bool skip_partial_words(const struct frames_arena *arena, const struct plan *plan,
                                        uint64_t first_pfn, uint64_t *end_pfn)
{
    uint64_t base_pfn = arena_base_pfn(arena);
    uint64_t word;

    if (plan->count < 64 || (plan->count < 127 && plan->align_count < 64))
        return true;
    if (!bitmap_last_full_word(arena->words, first_pfn - base_pfn, *end_pfn - base_pfn, &word))
        return false;
    *end_pfn = min_pfn(*end_pfn, base_pfn + (word + 2) * 64);
    return true;
}

/*
 * The highest place for the run in [first_pfn, end_pfn) of the arena. Visits the free runs
 * downwards, each only as far as is needed to be sure of an aligned place:
 *
 *       floor          run_end
 *         |<-- reach -->|          reach = count + align_count - 1 always has room
 *   x x . x x x x x x x . . x .
 */
static MUST_USE bool search_down(const struct frames_arena *arena, const struct plan *plan,
                                 uint64_t first_pfn, uint64_t end_pfn, uint64_t *ret_pfn)
{
    uint64_t reach_count = plan->count + plan->align_count - 1;
    uint64_t last_pfn;

    while (skip_partial_words(arena, plan, first_pfn, &end_pfn) &&
           frames_arena_last(arena, first_pfn, end_pfn, true, &last_pfn)) {
        uint64_t run_end = last_pfn + 1;
        uint64_t run_first = run_end - first_pfn > reach_count ? run_end - reach_count : first_pfn;
        uint64_t used_pfn;
        if (frames_arena_last(arena, run_first, last_pfn, false, &used_pfn))
            run_first = used_pfn + 1;
        if (run_end - run_first >= plan->count) {
            uint64_t pfn = (run_end - plan->count) & ~(plan->align_count - 1);
            if (pfn >= run_first) {
                *ret_pfn = pfn;
                return true;
            }
        }
        end_pfn = run_first;
    }
    return false;
}

/* A place for the run in the arena: from the hint downwards, then from the top to the hint. */
static MUST_USE bool find_in_arena(const struct frames_arena *arena, const struct plan *plan,
                                   uint64_t *ret_pfn)
{
    uint64_t first_pfn = max_pfn(plan->first_pfn, arena->first_pfn);
    uint64_t end_pfn = min_pfn(plan->end_pfn, arena->end_pfn);
    uint64_t middle_pfn;

    if (first_pfn >= end_pfn || end_pfn - first_pfn < plan->count)
        return false;
    middle_pfn = max_pfn(first_pfn, min_pfn(arena->hint_pfn + 1, end_pfn));
    if (search_down(arena, plan, first_pfn, middle_pfn, ret_pfn))
        return true;
    if (middle_pfn == end_pfn)
        return false;
    if (middle_pfn - first_pfn >= plan->count)
        first_pfn = middle_pfn - plan->count + 1; /* lower starts were looked at */
    return search_down(arena, plan, first_pfn, end_pfn, ret_pfn);
}

/* The same for any one frame, straight: once around, to the hint's word again. */
static MUST_USE bool find_single(const struct frames_arena *arena, uint64_t *ret_pfn)
{
    uint64_t word_count = arena_word_count(arena->first_pfn, arena->end_pfn);
    uint64_t i = arena->hint_pfn / 64 - arena->first_pfn / 64;
    uint64_t bits = arena->words[i] & bit_mask_low((unsigned)(arena->hint_pfn % 64) + 1);

    for (uint64_t left = word_count; bits == 0 && left > 0; left--) {
        i = i == 0 ? word_count - 1 : i - 1;
        bits = arena->words[i];
    }
    if (bits == 0)
        return false;
    *ret_pfn = arena_base_pfn(arena) + i * 64 + bit_highest(bits);
    return true;
}

/* The arena, the highest that has one, and the place for the run. */
static MUST_USE bool find_run(const struct frames *frames, const struct plan *plan,
                              size_t *ret_index, uint64_t *ret_pfn)
{
    if (plan->count > frames->free_count)
        return false;
    for (size_t i = frames->top_arena + 1; i-- > 0;) {
        const struct frames_arena *arena = &frames->arenas[i];
        if (arena->first_pfn < FRAMES_LOW_END && !plan->low_allowed)
            return false;
        if (arena->free_count >= plan->count &&
            (plan->any_single ? find_single(arena, ret_pfn)
                              : find_in_arena(arena, plan, ret_pfn))) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

/* Claims the free frames of one word for a cache that has none left; false: no frame is free. */
static MUST_USE bool cache_refill(struct frames *frames, struct frames_cache *cache)
{
    const struct plan any = {.count = 1, .any_single = true};
    struct frames_arena *arena;
    size_t index;
    uint64_t pfn;

    if (!find_run(frames, &any, &index, &pfn))
        return false;
    arena = &frames->arenas[index];
    arena->hint_pfn = pfn;
    pfn = word_first_pfn(pfn);
    cache->words[CACHE_BASE_PFN] = pfn;
    cache->words[CACHE_PARKED_MASK] = *frame_word(arena, pfn);
    frames->parked_count += frames_mark(frames, max_pfn(pfn, arena->first_pfn),
                                        min_pfn(pfn + 64, arena->end_pfn), false);
    return true;
}

/* A frame out of the cache, refilled if need be. */
static MUST_USE bool cache_take(struct frames *frames, struct frames_cache *cache,
                                uint64_t *ret_pfn)
{
    unsigned bit;

    if (cache->words[CACHE_PARKED_MASK] == 0 && !cache_refill(frames, cache))
        return false;
    bit = bit_highest(cache->words[CACHE_PARKED_MASK]);
    cache->words[CACHE_PARKED_MASK] &= ~(UINT64_C(1) << bit);
    frames->parked_count--;
    *ret_pfn = cache->words[CACHE_BASE_PFN] + bit;
    return true;
}

enum frames_status frames_alloc(struct frames *frames, struct frames_cache *cache,
                                const struct frames_request *request, uint64_t *ret_pfn)
{
    struct plan plan;
    size_t index;
    uint64_t pfn;

    if (!plan_request(request, &plan))
        return refuse(frames, FRAMES_BAD_REQUEST);
    if (cache != NULL && plan.any_single && cache_take(frames, cache, ret_pfn))
        return FRAMES_OK;
    if (!find_run(frames, &plan, &index, &pfn))
        return frames->parked_count > 0 ? FRAMES_PARKED : FRAMES_EMPTY;
    frames->arenas[index].hint_pfn = pfn;
    if (plan.count == 1)
        frames_mark_one(frames, index, pfn, false);
    else
        frames_mark(frames, pfn, pfn + plan.count, false);
    *ret_pfn = pfn;
    return FRAMES_OK;
}

/* A caller's range: count not 0, all of it managed; then how much of it is free. */
static MUST_USE enum frames_status check_range(const struct frames *frames, uint64_t first_pfn,
                                               uint64_t count, uint64_t *ret_free_count)
{
    uint64_t end_pfn;

    if (count == 0)
        return FRAMES_BAD_REQUEST;
    if (!checked_add_u64(first_pfn, count, &end_pfn))
        return FRAMES_OUT_OF_RANGE;
    return frames_count_free(frames, first_pfn, end_pfn, ret_free_count);
}

enum frames_status frames_alloc_at(struct frames *frames, uint64_t first_pfn, uint64_t count)
{
    uint64_t free_count;
    enum frames_status status = check_range(frames, first_pfn, count, &free_count);

    if (status != FRAMES_OK)
        return refuse(frames, status);
    if (free_count != count)
        return FRAMES_IN_USE;
    frames_mark(frames, first_pfn, first_pfn + count, false);
    return FRAMES_OK;
}

static bool cache_has_block(const struct frames_cache *cache, uint64_t pfn)
{
    uint64_t base_pfn = cache->words[CACHE_BASE_PFN];

    return base_pfn != 0 && base_pfn == word_first_pfn(pfn);
}

/* Is a frame of [first_pfn, end_pfn) parked in the cache? */
static bool cache_overlaps(const struct frames_cache *cache, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t base_pfn = cache->words[CACHE_BASE_PFN];
    uint64_t mask = cache->words[CACHE_PARKED_MASK];

    if (end_pfn <= base_pfn || first_pfn >= base_pfn + 64)
        return false;
    mask &= bit_mask_low((unsigned)(min_pfn(end_pfn, base_pfn + 64) - base_pfn));
    return mask >> (max_pfn(first_pfn, base_pfn) - base_pfn) != 0;
}

static enum frames_status free_one(struct frames *frames, struct frames_cache *cache, uint64_t pfn)
{
    size_t index = frames_arena_find(frames, pfn);

    if (index == frames->arena_count || frames->arenas[index].first_pfn > pfn)
        return FRAMES_OUT_OF_RANGE;
    if ((*frame_word(&frames->arenas[index], pfn) & frame_mask(pfn)) != 0)
        return FRAMES_ALREADY_FREE;
    if (cache == NULL || !cache_has_block(cache, pfn)) {
        frames_mark_one(frames, index, pfn, true);
        return FRAMES_OK;
    }
    if ((cache->words[CACHE_PARKED_MASK] & frame_mask(pfn)) != 0)
        return FRAMES_ALREADY_FREE;
    cache->words[CACHE_PARKED_MASK] |= frame_mask(pfn);
    frames->parked_count++;
    return FRAMES_OK;
}

static enum frames_status free_run(struct frames *frames, struct frames_cache *cache,
                                   uint64_t first_pfn, uint64_t count)
{
    uint64_t free_count;
    enum frames_status status;

    if (count == 1)
        return free_one(frames, cache, first_pfn);
    status = check_range(frames, first_pfn, count, &free_count);
    if (status != FRAMES_OK)
        return status;
    if (free_count != 0 || (cache != NULL && cache_overlaps(cache, first_pfn, first_pfn + count)))
        return FRAMES_ALREADY_FREE;
    frames_mark(frames, first_pfn, first_pfn + count, true);
    return FRAMES_OK;
}

enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                               uint64_t first_pfn, uint64_t count)
{
    return refuse(frames, free_run(frames, cache, first_pfn, count));
}

enum frames_status frames_free_order(struct frames *frames, struct frames_cache *cache,
                                     uint64_t first_pfn, unsigned order)
{
    if (order > FRAMES_MAX_ORDER)
        return refuse(frames, FRAMES_BAD_REQUEST);
    if ((first_pfn & bit_mask_low(order)) != 0)
        return refuse(frames, FRAMES_MISALIGNED);
    return refuse(frames, free_run(frames, cache, first_pfn, UINT64_C(1) << order));
}

enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                  uint64_t *ret_count)
{
    if (first_pfn >= end_pfn || end_pfn > PFN_END)
        return refuse(frames, FRAMES_BAD_REQUEST);
    *ret_count = frames_mark(frames, first_pfn, end_pfn, false);
    return FRAMES_OK;
}

void frames_cache_init(struct frames_cache *cache)
{
    *cache = (struct frames_cache){{0}};
}

uint64_t frames_cache_drain(struct frames *frames, struct frames_cache *cache)
{
    uint64_t count = 0;

    for (uint64_t mask = cache->words[CACHE_PARKED_MASK]; mask != 0; mask &= mask - 1) {
        uint64_t pfn = cache->words[CACHE_BASE_PFN] + bit_lowest(mask);
        count += frames_mark(frames, pfn, pfn + 1, true);
    }
    frames->parked_count -= count;
    frames_cache_init(cache);
    return count;
}

bool frames_next(const struct memmap_region *regions, size_t region_count, uint64_t *cursor_pfn,
                 uint64_t *ret_pfn)
{
    uint64_t pfn = max_pfn(*cursor_pfn, FRAMES_LOW_END);

    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].kind != MEMMAP_USABLE || regions[i].end_pfn <= pfn)
            continue;
        *ret_pfn = max_pfn(pfn, regions[i].first_pfn);
        *cursor_pfn = *ret_pfn + 1;
        return true;
    }
    return false;
}
