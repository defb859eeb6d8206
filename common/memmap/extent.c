/* SPDX-License-Identifier: MIT */
/* The one place where an entry's bytes become pages; see extent.h. */
#include "memmap/extent.h"

/*@ requires \valid_read(entry) && \valid(ret_extent) && \separated(entry, ret_extent);
    requires entry_decoded(entry);
    assigns *ret_extent;
    ensures extent_sound(ret_extent);
    ensures byte_of(ret_extent->first_pfn, ret_extent->first_offset) == entry->base_bytes;
    ensures \result <==> entry_end(entry) <= 0x10000000000000000;
    ensures \result ==> byte_of(ret_extent->end_pfn, ret_extent->end_offset) == entry_end(entry);
    ensures !\result ==> ret_extent->end_pfn == PFN_END && ret_extent->end_offset == 0; */
bool memmap_extent_of_entry(const struct memmap_entry *entry, struct extent *ret_extent)
{
    uint64_t first_pfn = entry->base_bytes / PAGE_BYTES;
    uint64_t offset = entry->base_bytes % PAGE_BYTES;
    uint64_t rest = offset + entry->tail_bytes;
    uint64_t end_pfn;

    //@ assert entry->base_bytes == byte_of(first_pfn, offset);
    //@ assert entry_end(entry) == byte_of(first_pfn + entry->page_count, rest);
    //@ assert rest == rest / 4096 * 4096 + rest % 4096;
    *ret_extent = (struct extent){
        .first_pfn = first_pfn, .first_offset = (uint32_t)offset, .end_pfn = PFN_END};
    if (entry->page_count > PFN_END - first_pfn)
        return false;
    end_pfn = first_pfn + entry->page_count + rest / PAGE_BYTES;
    //@ assert entry_end(entry) == byte_of(end_pfn, rest % 4096);
    if (end_pfn > PFN_END || (end_pfn == PFN_END && rest % PAGE_BYTES != 0))
        return false;
    ret_extent->end_pfn = end_pfn;
    ret_extent->end_offset = (uint32_t)(rest % PAGE_BYTES);
    //@ assert ret_extent->end_pfn == end_pfn && ret_extent->end_offset == rest % 4096;
    return true;
}

/*@ requires \valid_read(extent) && \valid(ret_first_pfn) && \valid(ret_end_pfn);
    requires \separated(ret_first_pfn, ret_end_pfn);
    requires \separated(extent, ret_first_pfn, ret_end_pfn);
    requires extent_sound(extent);
    assigns *ret_first_pfn, *ret_end_pfn;
    ensures *ret_end_pfn <= width_pfn && *ret_end_pfn <= PFN_END && *ret_first_pfn <= PFN_END;
    // Usable: the whole pages inside. Anything else: the pages in which it has a byte.
    ensures \forall integer p; *ret_first_pfn <= p < *ret_end_pfn <==> p < width_pfn &&
        (kind == MEMMAP_USABLE ? page_inside(extent, p) : page_touched(extent, p)); */
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
