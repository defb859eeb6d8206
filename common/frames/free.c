/* SPDX-License-Identifier: MIT */
/* Giving back: what may be, and the short ways for single frames and whole blocks. */
#include "frames/cache.h"
#include "frames/harden.h"

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
    return block_give(frames, &block, frame_word(&block, pfn), frame_bit(pfn), cache == NULL)
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
    status = range_check(frames, first_pfn, count);
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
    enum frames_status status = harden_take_back(frames, first_pfn, count, false);

    if (status == FRAMES_OK)
        status = free_run(frames, cache, first_pfn, count);
    return frames_refuse(frames, status);
}

/*
 * Frames of one word of a block that is managed, in use and open: one step. False: the long way
 * must be gone.
 */
static MUST_USE bool free_in_word(struct frames *frames, const struct frames_cache *cache,
                                  uint64_t first_pfn, uint64_t count)
{
    const struct frames_span *span = frames_find_span(frames, first_pfn >> BLOCK_SHIFT);
    uint64_t mask = run_mask((unsigned)(first_pfn & (WORD_FRAMES - 1)), (unsigned)count);
    struct block block;

    if (span == NULL)
        return false;
    block = block_of(span, first_pfn >> BLOCK_SHIFT);
    return row_says(&block, READY) && group_says(&block, MANAGED) && group_says(&block, LINED) &&
           !group_says(&block, WHOLE) &&
           (cache == NULL || !cache_overlaps(cache, first_pfn, first_pfn + count)) &&
           block_give(frames, &block, frame_word(&block, first_pfn), mask, true);
}

static __attribute__((noinline)) enum frames_status
free_order_long(struct frames *frames, struct frames_cache *cache, uint64_t first_pfn,
                unsigned order)
{
    uint64_t count = order > FRAMES_MAX_ORDER ? 0 : UINT64_C(1) << order;

    if (order == 0)
        return frames_refuse(frames, free_single(frames, cache, first_pfn));
    if (order > FRAMES_MAX_ORDER)
        return frames_refuse(frames, FRAMES_BAD_REQUEST);
    if ((first_pfn & (count - 1)) != 0)
        return frames_refuse(frames, FRAMES_MISALIGNED);
    if (order <= WORD_SHIFT && free_in_word(frames, cache, first_pfn, count))
        return FRAMES_OK;
    if (order >= BLOCK_SHIFT && order <= GROUP_SHIFT &&
        (cache == NULL || !cache_overlaps(cache, first_pfn, first_pfn + count)) &&
        free_blocks(frames, first_pfn, count >> BLOCK_SHIFT))
        return FRAMES_OK;
    return frames_refuse(frames, free_run(frames, cache, first_pfn, count));
}

enum frames_status frames_free_order(struct frames *frames, struct frames_cache *cache,
                                     uint64_t first_pfn, unsigned order)
{
    enum frames_status status = FRAMES_OK;

    if (order <= FRAMES_MAX_ORDER && (first_pfn & ((UINT64_C(1) << order) - 1)) == 0)
        status = harden_take_back(frames, first_pfn, UINT64_C(1) << order, true);
    if (status != FRAMES_OK)
        return frames_refuse(frames, status);
    if (order == 0 && cache != NULL && cache_free(cache, first_pfn, &status) &&
        status == FRAMES_OK)
        return FRAMES_OK;
    return free_order_long(frames, cache, first_pfn, order);
}
