/* SPDX-License-Identifier: MIT */
/* A cache's short ways, for frames.c; see cache.c. Private to common/frames. */
#ifndef GROMA_FRAMES_CACHE_H
#define GROMA_FRAMES_CACHE_H

#include "frames/give.h"
#include "frames/search.h"

#define CACHE_NO_GIVE FRAMES_CACHE_NO_GIVE

/* Fills an empty take_mask: with what was given back, else from the tree. */
MUST_USE bool cache_refill(struct frames *frames, struct frames_cache *cache);

/* Every case of cache_park; also where the cache has frames of this word, or others to be
 * flushed. */
MUST_USE enum frames_status cache_park_long(struct frames *frames, struct frames_cache *cache,
                              const struct frames_span *span, uint64_t pfn);

/* Is a frame of [first_pfn, end_pfn) parked in the cache? */
bool cache_overlaps(const struct frames_cache *cache, uint64_t first_pfn, uint64_t end_pfn);

/* The same for `count` frames of one word that are aligned to their size. */
static inline bool cache_has_of_word(const struct frames_cache *cache, uint64_t first_pfn,
                                     unsigned count)
{
    uint64_t base = word_base(first_pfn);
    uint64_t mask = aligned_run_mask(first_pfn, count);

    return ((cache->take_base & ~CACHE_NO_GIVE) == base &&
            (word_peek(&cache->take_mask) & mask) != 0) ||
           (cache->give_base == base && (word_peek(&cache->give_mask) & mask) != 0);
}

/* The same for an order of a word and more. */
static inline bool cache_has_of_order(const struct frames_cache *cache, uint64_t first_pfn,
                                      unsigned order)
{
    return (((cache->take_base ^ first_pfn) >> order == 0 && word_peek(&cache->take_mask) != 0) ||
            ((cache->give_base ^ first_pfn) >> order == 0 && word_peek(&cache->give_mask) != 0));
}

/* A frame from the cache, refilled if need be. */
MUST_USE static inline bool cache_take(struct frames *frames, struct frames_cache *cache,
                                       uint64_t *ret_pfn)
{
    return frames_cache_pop(cache, ret_pfn) ||
           (cache_refill(frames, cache) && frames_cache_pop(cache, ret_pfn));
}

/*
 * Parks a frame of a block that is MANAGED, open and not whole; ALREADY_FREE is counted. The first
 * frame of a word goes to take_mask where that is empty, else to the tree: the next ones of that
 * word are parked.
 */
static inline __attribute__((always_inline)) MUST_USE enum frames_status
cache_park(struct frames *frames, struct frames_cache *cache, const struct block *block,
           uint64_t pfn)
{
    uint64_t base = word_base(pfn);
    _Atomic uint64_t *word = frame_word(block, pfn);

    if ((cache->take_base & ~CACHE_NO_GIVE) == base || cache->give_base == base ||
        word_peek(&cache->give_mask) != 0)
        return cache_park_long(frames, cache, block->span, pfn);
    if (word_peek(&cache->take_mask) != 0) {
        cache->give_base = base;
        cache->give_word = word;
        return block_give_run(frames, block, word, pfn, 1, false);
    }
    if ((word_load(word) & frame_bit(pfn)) != 0)
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    cache->take_base = base;
    cache->take_word = word;
    word_store(&cache->take_mask, frame_bit(pfn));
    return FRAMES_OK;
}

#endif
