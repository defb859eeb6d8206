/* SPDX-License-Identifier: MIT */
/*
 * The per-CPU cache: the rest of one claimed word to hand out (take), and one word's worth of
 * frames given back (give). Its owner writes it with plain stores; others only add up the masks.
 * A frame that moves between tree and cache is never out of sight: `busy` is set before a word is
 * claimed, and the tree has a frame before the mask forgets it.
 */
#include "frames/cache.h"

static const struct plan claim_plan = {
    .count = 1,
    .align_count = 1,
    .end_pfn = PFN_END,
    .starts = UINT64_MAX,
    .pair_starts = UINT64_C(0x5555555555555555),
    .claim_word = true,
};

/* Gives frames back that are the cache's own. One that was freed meanwhile by someone who did not
 * have it is left as it is, and counted. */
static void give_word(struct frames *frames, uint64_t base_pfn, uint64_t mask)
{
    const struct frames_span *span = frames_find_span(frames, base_pfn >> BLOCK_SHIFT);
    struct block block = block_of(span, base_pfn >> BLOCK_SHIFT);
    _Atomic uint64_t *word = frame_word(&block, base_pfn);

    if (block_give(frames, &block, word, mask))
        return;
    for (; mask != 0; mask &= mask - 1) {
        if (!block_give(frames, &block, word, mask & (UINT64_C(0) - mask)))
            word_add(&frames->refused_count, 1);
    }
}

static void flush_give(struct frames *frames, struct frames_cache *cache)
{
    uint64_t mask = word_peek(&cache->give_mask);

    if (mask != 0)
        give_word(frames, cache->give_base, mask);
    word_store(&cache->give_mask, 0);
}

static void flush_take(struct frames *frames, struct frames_cache *cache)
{
    uint64_t mask = word_peek(&cache->take_mask);

    if (mask != 0)
        give_word(frames, cache->take_base & ~CACHE_NO_GIVE, mask);
    word_store(&cache->take_mask, 0);
}

static void fill(struct frames_cache *cache, const struct taken *taken, uint64_t no_give)
{
    cache->take_base = taken->pfn | no_give;
    cache->take_word = taken->word;
    word_store(&cache->take_mask, taken->mask);
}

/* Claims what is in no free quarter, from the line that the last word came from. */
MUST_USE static bool claim_near(struct frames_cache *cache)
{
    uint64_t base_pfn = cache->take_base & ~CACHE_NO_GIVE;
    unsigned i = (unsigned)(base_pfn >> WORD_SHIFT) & (LINE_WORDS - 1);
    struct taken taken;

    if (cache->take_word == NULL ||
        !line_claim((struct frames_line *)(void *)(cache->take_word - i), FIT_LOOSE, base_pfn,
                    &taken))
        return false;
    fill(cache, &taken, cache->take_base & CACHE_NO_GIVE);
    return true;
}

/* Anything from there, as long as most blocks around are whole: then nobody needs the runs. */
MUST_USE static bool take_rest(struct frames *frames, const struct frames_cache *cache,
                               struct taken *taken)
{
    uint64_t base_pfn = cache->take_base & ~CACHE_NO_GIVE;
    struct block block;

    if (cache->take_word == NULL)
        return false;
    block = block_of(frames_find_span(frames, base_pfn >> BLOCK_SHIFT), base_pfn >> BLOCK_SHIFT);
    return bit_count(word_load(&block.group->words[WHOLE])) >= GROUP_BLOCKS / 2 &&
           line_claim(block.line, FIT_ANY, base_pfn, taken);
}

/* Claims what is free of a word; take_mask is 0. */
MUST_USE static bool claim(struct frames *frames, struct frames_cache *cache)
{
    struct taken taken;
    struct block block;

    if (claim_near(cache))
        return true;
    if (!take_rest(frames, cache, &taken) && !frames_take(frames, &claim_plan, &taken))
        return false;
    block = block_of(frames_find_span(frames, taken.pfn >> BLOCK_SHIFT), taken.pfn >> BLOCK_SHIFT);
    fill(cache, &taken, group_says(&block, MANAGED) ? 0 : CACHE_NO_GIVE);
    return true;
}

bool cache_refill(struct frames *frames, struct frames_cache *cache)
{
    uint64_t given = word_peek(&cache->give_mask);
    bool is_claimed;

    if (given != 0) {
        cache->take_base = cache->give_base;
        cache->take_word = cache->give_word;
        word_store(&cache->take_mask, given);
        word_store(&cache->give_mask, 0);
        return true;
    }
    word_store(&cache->busy, 1);
    is_claimed = claim(frames, cache);
    word_store(&cache->busy, 0);
    return is_claimed;
}

enum frames_status cache_park_long(struct frames *frames, struct frames_cache *cache,
                                   const struct frames_span *span, uint64_t pfn)
{
    struct block block = block_of(span, pfn >> BLOCK_SHIFT);
    uint64_t base = word_base(pfn);
    uint64_t bit = frame_bit(pfn);
    _Atomic uint64_t *word = frame_word(&block, pfn);

    if ((word_load(word) & bit) != 0 || cache_overlaps(cache, pfn, pfn + 1))
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    if (word_peek(&cache->take_mask) == 0 && cache->give_base != base) {
        cache->take_base = base;
        cache->take_word = word;
    }
    if (cache->take_base == base) {
        word_store(&cache->take_mask, word_peek(&cache->take_mask) | bit);
        return FRAMES_OK;
    }
    if (cache->give_base != base) {
        flush_give(frames, cache);
        cache->give_base = base;
        cache->give_word = word;
        return block_give_run(frames, &block, word, pfn, 1, false);
    }
    word_store(&cache->give_mask, word_peek(&cache->give_mask) | bit);
    return FRAMES_OK;
}

bool cache_overlaps(const struct frames_cache *cache, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t take = range_mask(cache->take_base & ~CACHE_NO_GIVE, WORD_SHIFT, first_pfn, end_pfn);
    uint64_t give = range_mask(cache->give_base, WORD_SHIFT, first_pfn, end_pfn);

    return (take & word_peek(&cache->take_mask)) != 0 || (give & word_peek(&cache->give_mask)) != 0;
}

/* ---- service ------------------------------------------------------------------------------ */

static struct frames_cache *first_cache(const struct frames *frames)
{
    return atomic_load_explicit(&frames->caches, memory_order_acquire);
}

void frames_cache_init(struct frames *frames, struct frames_cache *cache)
{
    for (const struct frames_cache *each = first_cache(frames); each != NULL; each = each->next) {
        if (each == cache) {
            (void)frames_cache_drain(frames, cache);
            return;
        }
    }
    *cache = (struct frames_cache){.next = first_cache(frames)};
    atomic_store_explicit(&frames->caches, cache, memory_order_release);
}

uint64_t frames_cache_drain(struct frames *frames, struct frames_cache *cache)
{
    uint64_t count = bit_count(word_peek(&cache->take_mask)) +
                     (uint64_t)bit_count(word_peek(&cache->give_mask));

    flush_take(frames, cache);
    flush_give(frames, cache);
    return count;
}

void frames_cache_close(struct frames *frames, struct frames_cache *cache)
{
    struct frames_cache *each = first_cache(frames);

    (void)frames_cache_drain(frames, cache);
    if (each == cache) {
        atomic_store_explicit(&frames->caches, cache->next, memory_order_release);
        return;
    }
    for (; each != NULL; each = each->next) {
        if (each->next == cache) {
            each->next = cache->next;
            return;
        }
    }
}

uint64_t frames_parked_count(const struct frames *frames)
{
    uint64_t count = moves_under_way(word_load(&frames->moves));

    for (const struct frames_cache *cache = first_cache(frames); cache != NULL;
         cache = cache->next) {
        count += word_load(&cache->busy);
        count += bit_count(word_load(&cache->take_mask));
        count += bit_count(word_load(&cache->give_mask));
    }
    return count;
}
