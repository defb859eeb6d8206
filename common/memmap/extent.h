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

/*@ logic integer byte_of(integer pfn, integer offset) = pfn * 4096 + offset;
    logic integer entry_end{L}(struct memmap_entry *e) =
        e->base_bytes + e->page_count * 4096 + e->tail_bytes;
    predicate extent_sound{L}(struct extent *x) =
        x->first_pfn < PFN_END && x->end_pfn <= PFN_END &&
        x->first_offset < 4096 && x->end_offset < 4096 &&
        (x->end_pfn == PFN_END ==> x->end_offset == 0) &&
        byte_of(x->first_pfn, x->first_offset) <= byte_of(x->end_pfn, x->end_offset);
    // Does page p lie wholly inside; has the extent a byte in it?
    predicate page_inside{L}(struct extent *x, integer p) =
        byte_of(x->first_pfn, x->first_offset) <= byte_of(p, 0) &&
        byte_of(p + 1, 0) <= byte_of(x->end_pfn, x->end_offset);
    predicate page_touched{L}(struct extent *x, integer p) =
        byte_of(x->first_pfn, 0) <= byte_of(p, 0) < byte_of(x->end_pfn, x->end_offset); */

/* The extent of an entry; false where it ends beyond 2^64 (then ret_extent ends there). */
bool memmap_extent_of_entry(const struct memmap_entry *entry, struct extent *ret_extent);

/* Does it begin and end on page bounds? */
/*@ requires \valid_read(extent);
    assigns \nothing;
    ensures \result <==> extent->first_offset == 0 && extent->end_offset == 0; */
static inline bool extent_is_aligned(const struct extent *extent)
{
    return extent->first_offset == 0 && extent->end_offset == 0;
}

/* Does it reach over page `width_pfn`? */
/*@ requires \valid_read(extent);
    assigns \nothing;
    ensures extent->end_offset < 4096 ==> (\result <==>
        byte_of(extent->end_pfn, extent->end_offset) > byte_of(width_pfn, 0)); */
static inline bool extent_reaches_over(const struct extent *extent, uint64_t width_pfn)
{
    return extent->end_pfn > width_pfn || (extent->end_pfn == width_pfn && extent->end_offset != 0);
}

/* The whole pages inside it: usable memory shrinks to them. Maybe none: end <= first. */
/*@ requires \valid_read(extent) && \valid(ret_first_pfn) && \valid(ret_end_pfn);
    requires \separated(ret_first_pfn, ret_end_pfn);
    requires \separated(extent, ret_first_pfn, ret_end_pfn);
    requires extent_sound(extent);
    assigns *ret_first_pfn, *ret_end_pfn;
    ensures *ret_end_pfn <= PFN_END && *ret_first_pfn <= PFN_END;
    ensures \forall integer p; *ret_first_pfn <= p < *ret_end_pfn <==> page_inside(extent, p); */
static inline void extent_round_inward(const struct extent *extent, uint64_t *ret_first_pfn,
                                       uint64_t *ret_end_pfn)
{
    *ret_first_pfn = extent->first_pfn + (extent->first_offset != 0);
    *ret_end_pfn = extent->end_pfn;
}

/* The pages it has a byte in: every other kind grows to them. */
/*@ requires \valid_read(extent) && \valid(ret_first_pfn) && \valid(ret_end_pfn);
    requires \separated(ret_first_pfn, ret_end_pfn);
    requires \separated(extent, ret_first_pfn, ret_end_pfn);
    requires extent_sound(extent);
    assigns *ret_first_pfn, *ret_end_pfn;
    ensures *ret_end_pfn <= PFN_END && *ret_first_pfn < PFN_END;
    ensures *ret_first_pfn == extent->first_pfn;
    ensures \forall integer p; *ret_first_pfn <= p < *ret_end_pfn <==> page_touched(extent, p); */
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
