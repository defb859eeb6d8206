/* SPDX-License-Identifier: MIT */
/* Private to the engine: cuts and merges of regions in a map, for what changes it in place. */
#ifndef GROMA_MEMMAP_CUT_H
#define GROMA_MEMMAP_CUT_H

#include "memmap/pages.h"

C_DECLARATIONS_BEGIN

/* Index of the first region that ends above pfn; count where none does. O(log count). */
size_t memmap_first_ending_above(const struct memmap *map, uint64_t pfn);

/* Does a cut at pfn split a region? O(log count). */
bool memmap_cut_splits(const struct memmap *map, uint64_t pfn);

/* Splits the region around pfn, if any; the array has room for one more then. O(count). */
void memmap_cut_at(struct memmap *map, uint64_t pfn);

/* Merges equal neighbours in the whole map. O(count). */
void memmap_merge_neighbours(struct memmap *map);

/*@ requires from <= 0x7ffffffffffffff && to <= 0x7ffffffffffffff;
    requires \valid(regions + to) && \valid_read(regions + from);
    assigns regions[to];
    ensures copied{Pre,Here}(regions, from, to);
    ensures same{Pre,Here}(regions, 0, to);
    ensures same{Pre,Here}(regions, to + 1, 0x800000000000000); */
static inline void memmap_copy_region(struct memmap_region *regions, size_t from, size_t to)
{
    regions[to] = regions[from];
}

/*@ assigns \nothing;
    ensures \result <==> !(first_pfn < end_pfn <= PFN_END); */
static inline bool memmap_range_is_bad(uint64_t first_pfn, uint64_t end_pfn)
{
    return first_pfn >= end_pfn || end_pfn > PFN_END;
}

C_DECLARATIONS_END

#endif
