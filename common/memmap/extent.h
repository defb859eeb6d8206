/* SPDX-License-Identifier: MIT */
/* Private to the engine: where an entry begins and ends, as stated and rounded to pages. */
#ifndef GROMA_MEMMAP_EXTENT_H
#define GROMA_MEMMAP_EXTENT_H

#include "memmap/source.h"

/*
 * A range as stated, [first, end), each bound a page and a byte in it (0..4095). The end may be
 * 2^64: page PFN_END, byte 0.
 */
struct extent {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint32_t first_offset;
    uint32_t end_offset;
};

/* The extent of an entry; false where it ends beyond 2^64 (then ret_extent ends there). */
bool memmap_extent_of_entry(const struct memmap_entry *entry, struct extent *ret_extent);

/* Does it begin and end on page bounds? */
static inline bool extent_is_aligned(const struct extent *extent)
{
    return extent->first_offset == 0 && extent->end_offset == 0;
}

/* Does it reach over page `width_pfn`? */
static inline bool extent_reaches_over(const struct extent *extent, uint64_t width_pfn)
{
    return extent->end_pfn > width_pfn || (extent->end_pfn == width_pfn && extent->end_offset != 0);
}

/* The whole pages inside it: usable memory shrinks to them. Maybe none: end <= first. */
static inline void extent_round_inward(const struct extent *extent, uint64_t *ret_first_pfn,
                                       uint64_t *ret_end_pfn)
{
    *ret_first_pfn = extent->first_pfn + (extent->first_offset != 0);
    *ret_end_pfn = extent->end_pfn;
}

/* The pages it has a byte in: every other kind grows to them. */
static inline void extent_round_outward(const struct extent *extent, uint64_t *ret_first_pfn,
                                        uint64_t *ret_end_pfn)
{
    *ret_first_pfn = extent->first_pfn;
    *ret_end_pfn = extent->end_pfn + (extent->end_offset != 0);
}

/* Rounded by its kind and clipped at the address width. Maybe empty: end <= first. */
void memmap_extent_pages(const struct extent *extent, enum memmap_kind kind, uint64_t width_pfn,
                  uint64_t *ret_first_pfn, uint64_t *ret_end_pfn);

#endif
