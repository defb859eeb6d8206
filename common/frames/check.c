/* SPDX-License-Identifier: MIT */
/* Statistics and the consistency check; see frames.h. Both only read. */
#include "frames/harden.h"

/* ---- statistics --------------------------------------------------------------------------- */

static enum frames_zone zone_of(uint64_t pfn)
{
    if (pfn < FRAMES_LOW_END)
        return FRAMES_ZONE_LOW;
    return pfn < FRAMES_4G_END ? FRAMES_ZONE_4G : FRAMES_ZONE_HIGH;
}

/* Counts the maximal aligned blocks of a free run, as a buddy allocator would cut it. */
static void count_run(struct frames_stats *stats, uint64_t first_pfn, uint64_t end_pfn)
{
    struct frames_zone_stats *zone = &stats->zones[zone_of(first_pfn)];

    stats->largest_run_count = max_u64(stats->largest_run_count, end_pfn - first_pfn);
    stats->free_count += end_pfn - first_pfn;
    zone->free_count += end_pfn - first_pfn;
    while (first_pfn < end_pfn) {
        unsigned aligned_order = bit_lowest(first_pfn | UINT64_C(1) << FRAMES_MAX_ORDER);
        unsigned fitting_order = bit_highest(end_pfn - first_pfn);
        unsigned order = aligned_order < fitting_order ? aligned_order : fitting_order;
        zone->free_by_order[order]++;
        first_pfn += UINT64_C(1) << order;
    }
}

/* Free runs of a span, cut at 1 MiB. (Spans end at 4 GiB.) */
static void count_span(const struct frames_span *span, struct frames_stats *stats)
{
    uint64_t end_pfn = block_pfn(span->end_block);
    uint64_t run_first = block_pfn(span->first_block);

    for (uint64_t pfn = run_first; pfn < end_pfn;) {
        bool is_free;
        uint64_t limit = pfn < FRAMES_LOW_END ? FRAMES_LOW_END : end_pfn;
        uint64_t stop = span_stretch(span, pfn, limit, &is_free);
        if (!is_free || pfn == FRAMES_LOW_END) {
            if (run_first < pfn)
                count_run(stats, run_first, pfn);
            run_first = is_free ? pfn : stop;
        }
        pfn = stop;
    }
    if (run_first < end_pfn)
        count_run(stats, run_first, end_pfn);
}

static uint64_t region_frames(const struct frames_region *region)
{
    return (word_load(&region->end_pfn) & ~REGION_UNACCEPTED) - region->first_pfn;
}

static uint64_t count_managed(const struct frames *frames)
{
    uint64_t region_count = word_load(&frames->region_count);
    uint64_t total = 0;

    for (uint64_t i = 0; i < region_count; i++)
        total += region_frames(&frames->regions[i]);
    for (const struct frames_later *later =
             atomic_load_explicit(&frames->later, memory_order_acquire);
         later != NULL; later = atomic_load_explicit(&later->next, memory_order_acquire)) {
        if (later->has_region)
            total += region_frames(&later->region);
    }
    return total;
}

void frames_stats(const struct frames *frames, struct frames_stats *ret_stats)
{
    struct frames_stats stats = {
        .total_count = count_managed(frames),
        .parked_count = frames_parked_count(frames),
        .refused_count = word_load(&frames->refused_count),
    };

    for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
         span = frames_next_span(frames, span))
        count_span(span, &stats);
    stats.free_count += stats.parked_count;
    *ret_stats = stats;
}

/* ---- the check ---------------------------------------------------------------------------- */

/* The frames of a word that are under management. */
static uint64_t managed_mask(const struct frames *frames, uint64_t base_pfn)
{
    uint64_t mask = 0;

    for (uint64_t i = 0; i < WORD_FRAMES; i++) {
        if (range_is_managed(frames, base_pfn + i, base_pfn + i + 1) == FRAMES_OK)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

/* Free frames of a line: none where the block is whole, only managed ones, and a hint to them, whose
 * own hint in the row was looked at before. */
static bool line_is_consistent(const struct frames *frames, const struct block *block)
{
    bool is_managed = group_says(block, MANAGED);

    for (unsigned i = 0; i < LINE_WORDS; i++) {
        uint64_t base = block_pfn(block->number) + ((uint64_t)i << WORD_SHIFT);
        uint64_t bits = word_load(&block->line->words[i]);
        if (bits == 0)
            continue;
        if (group_says(block, WHOLE) || !group_says(block, SOME) ||
            (!is_managed && (bits & ~managed_mask(frames, base)) != 0))
            return false;
    }
    return true;
}

static bool block_is_consistent(const struct frames *frames, const struct block *block)
{
    uint64_t first_pfn = block_pfn(block->number);
    bool is_managed = range_is_managed(frames, first_pfn, first_pfn + BLOCK_FRAMES) == FRAMES_OK;

    if (group_says(block, MANAGED) != is_managed ||
        (group_says(block, WHOLE) && (!is_managed || !row_says(block, WHOLE))) ||
        (group_says(block, SOME) && (!group_says(block, LINED) || !row_says(block, SOME))))
        return false;
    return !group_says(block, LINED) ||
           (line_is_consistent(frames, block) && harden_is_consistent(block->line));
}

/* A giant that is free as a whole is managed as a whole; one that is not ready says nothing. */
static bool giant_is_consistent(const struct frames *frames, const struct block *block)
{
    uint64_t first_pfn = block_pfn(block->number);

    if (row_says(block, SOME) || row_says(block, WHOLE))
        return false;
    return !row_says(block, GIANT) ||
           (first_pfn % GIANT_FRAMES == 0 &&
            range_is_managed(frames, first_pfn, first_pfn + GIANT_FRAMES) == FRAMES_OK);
}

static bool span_is_consistent(const struct frames *frames, const struct frames_span *span)
{
    uint64_t number = span->first_block;

    while (number < span->end_block) {
        struct block block = block_of(span, number);
        if (row_says(&block, READY)) {
            if (row_says(&block, GIANT) || !block_is_consistent(frames, &block))
                return false;
            number++;
        } else {
            if (!giant_is_consistent(frames, &block))
                return false;
            number = giant_first(number) + GIANT_BLOCKS;
        }
    }
    return true;
}

/* What a cache holds is managed and not free in the tree. */
static bool cached_are_consistent(const struct frames *frames, uint64_t base_pfn, uint64_t mask)
{
    for (; mask != 0; mask &= mask - 1) {
        uint64_t pfn = base_pfn + bit_lowest(mask);
        if (range_is_managed(frames, pfn, pfn + 1) != FRAMES_OK ||
            range_count_free(frames, pfn, pfn + 1) != 0)
            return false;
    }
    return true;
}

enum frames_status frames_check(const struct frames *frames)
{
    if (moves_under_way(word_load(&frames->moves)) != 0 || word_load(&frames->seekers) != 0)
        return FRAMES_CORRUPT;
    for (const struct frames_span *span = frames_next_span(frames, NULL); span != NULL;
         span = frames_next_span(frames, span)) {
        if (!span_is_consistent(frames, span))
            return FRAMES_CORRUPT;
    }
    for (const struct frames_cache *cache =
             atomic_load_explicit(&frames->caches, memory_order_acquire);
         cache != NULL; cache = cache->next) {
        if (!cached_are_consistent(frames, word_base(cache->take_base),
                                   word_load(&cache->take_mask)) ||
            !cached_are_consistent(frames, cache->give_base, word_load(&cache->give_mask)))
            return FRAMES_CORRUPT;
    }
    return FRAMES_OK;
}
