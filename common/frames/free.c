/* SPDX-License-Identifier: MIT */
/* Giving back: what may be, and the short ways for single frames and whole blocks. */
#include "frames/cache.h"
#include "frames/harden.h"

/* One frame that is not where most are: why it is refused; or of a block managed in part, or of
 * memory that was added. */
static __attribute__((noinline)) enum frames_status
free_odd(struct frames *frames, struct frames_cache *cache, uint64_t pfn)
{
    enum frames_status status = range_is_managed(frames, pfn, pfn + 1);
    struct block block;

    if (status != FRAMES_OK)
        return frames_refuse(frames, status);
    block = block_of(frames_find_span(frames, pfn >> BLOCK_SHIFT), pfn >> BLOCK_SHIFT);
    if (block_is_open(&block) && cache != NULL)
        return cache_park_long(frames, cache, block.span, pfn);
    if (!row_says(&block, READY) || !group_says(&block, LINED) || group_says(&block, WHOLE) ||
        (cache != NULL && cache_overlaps(cache, pfn, pfn + 1)))
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    return block_give_run(frames, &block, frame_word(&block, pfn), pfn, 1, cache == NULL);
}

/* The ways of most calls; short functions of their own, which save no registers. Refusals are
 * counted. */
static __attribute__((noinline)) enum frames_status
free_to_cache(struct frames *frames, struct frames_cache *cache, uint64_t pfn)
{
    const struct frames_span *span = frames_find_near(frames, pfn >> BLOCK_SHIFT);
    struct block block;

    if (span == NULL)
        return free_odd(frames, cache, pfn);
    block = block_of(span, pfn >> BLOCK_SHIFT);
    if (!block_is_open(&block))
        return free_odd(frames, cache, pfn);
    return cache_park(frames, cache, &block, pfn);
}

static __attribute__((noinline)) enum frames_status free_to_tree(struct frames *frames,
                                                                 uint64_t pfn)
{
    const struct frames_span *span = frames_find_near(frames, pfn >> BLOCK_SHIFT);
    struct block block;

    if (span == NULL)
        return free_odd(frames, NULL, pfn);
    block = block_of(span, pfn >> BLOCK_SHIFT);
    if (!block_is_open(&block))
        return free_odd(frames, NULL, pfn);
    return block_give_run(frames, &block, frame_word(&block, pfn), pfn, 1, true);
}

static inline enum frames_status free_single(struct frames *frames, struct frames_cache *cache,
                                             uint64_t pfn)
{
    return cache == NULL ? free_to_tree(frames, pfn) : free_to_cache(frames, cache, pfn);
}

/* Refusals are counted. */
static __attribute__((noinline)) enum frames_status
free_run(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn, uint64_t count)
{
    enum frames_status status;

    if (count == 1)
        return free_single(frames, cache, first_pfn);
    status = range_check(frames, first_pfn, count);
    if (status == FRAMES_OK &&
        (range_count_free(frames, first_pfn, first_pfn + count) != 0 ||
         (cache != NULL && cache_overlaps(cache, first_pfn, first_pfn + count)) ||
         !range_give(frames, first_pfn, first_pfn + count)))
        status = FRAMES_ALREADY_FREE;
    return frames_refuse(frames, status);
}

enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                               uint64_t first_pfn, uint64_t count)
{
    enum frames_status status = harden_take_back(frames, first_pfn, count, false);

    if (status != FRAMES_OK)
        return frames_refuse(frames, status);
    return free_run(frames, cache, first_pfn, count);
}

/* An order of one word. Refusals are counted. */
static __attribute__((noinline)) enum frames_status
free_in_word(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn, unsigned order)
{
    unsigned count = 1u << order;
    const struct frames_span *span = frames_find_near(frames, first_pfn >> BLOCK_SHIFT);
    struct block block;

    if (span == NULL)
        return free_run(frames, cache, first_pfn, count);
    block = block_of(span, first_pfn >> BLOCK_SHIFT);
    if (!block_is_open(&block))
        return free_run(frames, cache, first_pfn, count);
    if (cache != NULL && cache_has_of_word(cache, first_pfn, count))
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    return block_give_run(frames, &block, frame_word(&block, first_pfn), first_pfn, count, true);
}

/*
 * Whole blocks of one group, that were handed out and of whose lines the hints say that they are
 * empty: one step. Else the long way is gone. Refusals are counted.
 */
static inline __attribute__((always_inline)) enum frames_status
free_blocks(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn, unsigned order)
{
    const struct frames_span *span = frames_find_near(frames, first_pfn >> BLOCK_SHIFT);
    unsigned count = 1u << (order - BLOCK_SHIFT);
    struct block block;
    uint64_t bits, usable, old, new;

    if (span == NULL ||
        (count > 1 && count > span->end_block - (first_pfn >> BLOCK_SHIFT)) ||
        (cache != NULL && cache_has_of_order(cache, first_pfn, order)))
        return free_run(frames, cache, first_pfn, UINT64_C(1) << order);
    block = block_of(span, first_pfn >> BLOCK_SHIFT);
    if (!row_says(&block, READY))
        return free_run(frames, cache, first_pfn, UINT64_C(1) << order);
    bits = block.bit * bit_mask_low(count);
    usable = word_load(&block.group->words[MANAGED]) & word_load(&block.group->words[LINED]) &
             ~word_load(&block.group->words[SOME]);
    old = word_load(&block.group->words[WHOLE]);
    do {
        if (((~usable | old) & bits) != 0)
            return free_run(frames, cache, first_pfn, UINT64_C(1) << order);
        new = old | bits;
    } while (!word_cas(&block.group->words[WHOLE], &old, new));
    hint_set(&block, WHOLE);
    moves_tell(frames);
    return FRAMES_OK;
}

static __attribute__((noinline)) enum frames_status
free_block(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn)
{
    return free_blocks(frames, cache, first_pfn, BLOCK_SHIFT);
}

/* To the size of an order up to FRAMES_MAX_ORDER. */
static inline bool is_aligned(uint64_t pfn, unsigned order)
{
    return (pfn & ((UINT64_C(1) << order) - 1)) == 0;
}

/* Orders that are none of those of most calls. Refusals are counted. */
static __attribute__((noinline)) enum frames_status
free_order(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn, unsigned order)
{
    if (order > FRAMES_MAX_ORDER)
        return frames_refuse(frames, FRAMES_BAD_REQUEST);
    if (!is_aligned(first_pfn, order))
        return frames_refuse(frames, FRAMES_MISALIGNED);
    if (order > BLOCK_SHIFT && order <= GROUP_SHIFT)
        return free_blocks(frames, cache, first_pfn, order);
    return free_run(frames, cache, first_pfn, UINT64_C(1) << order);
}

enum frames_status frames_free_order_long(struct frames *frames, struct frames_cache *cache,
                                          uint64_t first_pfn, unsigned order)
{
    if (!FRAMES_SHORT_WAYS && order <= FRAMES_MAX_ORDER && is_aligned(first_pfn, order)) {
        enum frames_status status =
            harden_take_back(frames, first_pfn, UINT64_C(1) << order, true);
        if (status != FRAMES_OK)
            return frames_refuse(frames, status);
        if (order == 0 && cache != NULL && frames_cache_push(cache, first_pfn))
            return FRAMES_OK;
    }
    if (order == 0)
        return free_single(frames, cache, first_pfn);
    if (order <= WORD_SHIFT && is_aligned(first_pfn, order))
        return free_in_word(frames, cache, first_pfn, order);
    if (order == BLOCK_SHIFT && is_aligned(first_pfn, order))
        return free_block(frames, cache, first_pfn);
    return free_order(frames, cache, first_pfn, order);
}
