/* SPDX-License-Identifier: MIT */
/*
 * Which frames are under management at all, to the frame, and the bookkeeping that came later.
 * Asked only for blocks that are not managed as a whole, and for ranges.
 */
#include "frames/tree.h"

static uint64_t region_end(const struct frames_region *region)
{
    return word_load(&region->end_pfn) & ~REGION_UNACCEPTED;
}

static const struct frames_later *next_later(const struct frames_later *later)
{
    return atomic_load_explicit(&later->next, memory_order_acquire);
}

static const struct frames_later *first_later(const struct frames *frames)
{
    return atomic_load_explicit(&frames->later, memory_order_acquire);
}

const struct frames_span *frames_find_later(const struct frames *frames, uint64_t number)
{
    for (const struct frames_later *later = first_later(frames); later != NULL;
         later = next_later(later)) {
        if (number >= later->span.first_block && number < later->span.end_block)
            return &later->span;
    }
    return NULL;
}

/* The first of the sorted regions that ends above pfn. */
static size_t find_sorted(const struct frames *frames, uint64_t pfn)
{
    size_t low = 0;
    size_t high = frames->sorted_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (region_end(&frames->regions[middle]) > pfn)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The lowest region that ends above first_pfn and begins below end_pfn, or some such. */
static const struct frames_region *find_overlap(const struct frames *frames, uint64_t first_pfn,
                                                uint64_t end_pfn)
{
    size_t region_count = (size_t)word_load(&frames->region_count);
    size_t i = find_sorted(frames, first_pfn);

    if (i < frames->sorted_count && frames->regions[i].first_pfn < end_pfn)
        return &frames->regions[i];
    for (i = frames->sorted_count; i < region_count; i++) {
        const struct frames_region *region = &frames->regions[i];
        if (region->first_pfn < end_pfn && region_end(region) > first_pfn)
            return region;
    }
    for (const struct frames_later *later = first_later(frames); later != NULL;
         later = next_later(later)) {
        if (later->has_region && later->region.first_pfn < end_pfn &&
            region_end(&later->region) > first_pfn)
            return &later->region;
    }
    return NULL;
}

const struct frames_region *region_find(const struct frames *frames, uint64_t pfn,
                                        uint64_t *ret_end_pfn)
{
    const struct frames_region *region = find_overlap(frames, pfn, pfn + 1);

    if (region != NULL)
        *ret_end_pfn = region_end(region);
    return region;
}

bool region_overlaps(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    return find_overlap(frames, first_pfn, end_pfn) != NULL;
}

enum frames_status range_is_managed(const struct frames *frames, uint64_t first_pfn,
                                    uint64_t end_pfn)
{
    if (first_pfn >= end_pfn || end_pfn > word_load(&frames->end_pfn))
        return FRAMES_OUT_OF_RANGE;
    while (first_pfn < end_pfn) {
        uint64_t region_end_pfn;
        if (region_find(frames, first_pfn, &region_end_pfn) == NULL)
            return FRAMES_NOT_OURS;
        first_pfn = region_end_pfn;
    }
    return FRAMES_OK;
}

/* ---- spans ------------------------------------------------------------------------------- */

static const struct frames_span *later_from(const struct frames_later *later)
{
    while (later != NULL && later->span.first_block == later->span.end_block)
        later = atomic_load_explicit(&later->next, memory_order_acquire);
    return later == NULL ? NULL : &later->span;
}

const struct frames_span *frames_next_span(const struct frames *frames,
                                           const struct frames_span *span)
{
    const struct frames_span *next;

    if (span >= frames->spans && span < frames->spans + frames->span_count)
        return span == frames->spans ? NULL : span - 1;
    if (span == NULL)
        next = later_from(atomic_load_explicit(&frames->later, memory_order_acquire));
    else
        next = later_from(atomic_load_explicit(
            &((const struct frames_later *)(const void *)span)->next, memory_order_acquire));
    if (next == NULL && frames->span_count > 0)
        next = frames->spans + frames->span_count - 1;
    return next;
}
