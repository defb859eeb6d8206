/* SPDX-License-Identifier: MIT */
/* A cache's short ways, for frames.c; see cache.c. Private to common/frames. */
#ifndef GROMA_FRAMES_CACHE_H
#define GROMA_FRAMES_CACHE_H

#include "frames/search.h"

/* In take_base: the block is managed in part, so frames given back do not go to this mask. */
#define CACHE_NO_GIVE UINT64_C(1)

/* Fills an empty take_mask: with what was given back, else from the tree. */
MUST_USE bool cache_refill(struct frames *frames, struct frames_cache *cache);

/* Parks a frame of a block that is MANAGED, open and not whole; the cache does not have it yet.
 * False: it is free in the tree already. */
MUST_USE bool cache_park(struct frames *frames, struct frames_cache *cache,
                         const struct block *block, uint64_t pfn);

/* Is a frame of [first_pfn, end_pfn) parked in the cache? */
bool cache_overlaps(const struct frames_cache *cache, uint64_t first_pfn, uint64_t end_pfn);

/* A frame that is in take_mask. */
static inline MUST_USE bool cache_pop(struct frames_cache *cache, uint64_t *ret_pfn)
{
    uint64_t mask = word_peek(&cache->take_mask);

    if (mask == 0)
        return false;
    *ret_pfn = (cache->take_base & ~CACHE_NO_GIVE) + bit_lowest(mask);
    word_store(&cache->take_mask, mask & (mask - 1));
    return true;
}

/* A frame from the cache, refilled if need be. */
static inline MUST_USE bool cache_take(struct frames *frames, struct frames_cache *cache,
                                       uint64_t *ret_pfn)
{
    return cache_pop(cache, ret_pfn) ||
           (cache_refill(frames, cache) && cache_pop(cache, ret_pfn));
}

/*
 * Gives one frame to the word whose other frames the cache holds already: then the block is known
 * to be managed, open and not whole, and only the tree's bit remains to be looked at. False: the
 * long way must be gone.
 */
static inline MUST_USE bool cache_give(_Atomic uint64_t *mask_word, const _Atomic uint64_t *word,
                                       uint64_t pfn, enum frames_status *ret_status)
{
    uint64_t mask = word_peek(mask_word);
    uint64_t bit = frame_bit(pfn);

    if (mask == 0)
        return false;
    if (((mask | word_load(word)) & bit) != 0) {
        *ret_status = FRAMES_ALREADY_FREE;
        return true;
    }
    word_store(mask_word, mask | bit);
    *ret_status = FRAMES_OK;
    return true;
}

static inline MUST_USE bool cache_free(struct frames_cache *cache, uint64_t pfn,
                                       enum frames_status *ret_status)
{
    uint64_t base = word_base(pfn);

    if (cache->take_base == base)
        return cache_give(&cache->take_mask, cache->take_word, pfn, ret_status);
    if (cache->give_base == base)
        return cache_give(&cache->give_mask, cache->give_word, pfn, ret_status);
    return false;
}

#endif
