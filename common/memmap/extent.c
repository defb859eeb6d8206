/* SPDX-License-Identifier: MIT */
/* The one place where an entry's bytes become pages; see extent.h. */
#include "memmap/extent.h"

bool memmap_extent_of_entry(const struct memmap_entry *entry, struct extent *ret_extent)
{
    uint64_t first_pfn = entry->base_bytes / PAGE_BYTES;
    uint64_t offset = entry->base_bytes % PAGE_BYTES;
    uint64_t rest = offset + entry->tail_bytes;
    uint64_t end_pfn;

    *ret_extent = (struct extent){
        .first_pfn = first_pfn, .first_offset = (uint32_t)offset, .end_pfn = PFN_END};
    if (entry->page_count > PFN_END - first_pfn)
        return false;
    end_pfn = first_pfn + entry->page_count + rest / PAGE_BYTES;
    if (end_pfn > PFN_END || (end_pfn == PFN_END && rest % PAGE_BYTES != 0))
        return false;
    ret_extent->end_pfn = end_pfn;
    ret_extent->end_offset = (uint32_t)(rest % PAGE_BYTES);
    return true;
}

void memmap_extent_pages(const struct extent *extent, enum memmap_kind kind, uint64_t width_pfn,
                  uint64_t *ret_first_pfn, uint64_t *ret_end_pfn)
{
    if (kind == MEMMAP_USABLE)
        extent_round_inward(extent, ret_first_pfn, ret_end_pfn);
    else
        extent_round_outward(extent, ret_first_pfn, ret_end_pfn);
    if (*ret_end_pfn > width_pfn)
        *ret_end_pfn = width_pfn;
}
