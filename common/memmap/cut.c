/* SPDX-License-Identifier: MIT */
/*
 * Cuts in place; see cut.h. The contracts speak in the words of pages.h.
 *
 *           pfn
 *   |--------+--------|----|  ->  |--------|--------|----|
 */
#include "memmap/cut.h"

/* Index of the first region that ends above pfn; count where none does. */
/*@ requires map_readable(map) && map_ordered(map);
    assigns \nothing;
    ensures \result <= map->count;
    ensures \forall integer i; 0 <= i < \result ==> map->regions[i].end_pfn <= pfn;
    ensures \forall integer i; \result <= i < map->count ==> map->regions[i].end_pfn > pfn; */
size_t memmap_first_ending_above(const struct memmap *map, uint64_t pfn)
{
    size_t low = 0;
    size_t high = map->count;

    /*@ loop invariant 0 <= low <= high <= map->count;
        loop invariant \forall integer i; 0 <= i < low ==> map->regions[i].end_pfn <= pfn;
        loop invariant \forall integer i; high <= i < map->count ==>
            map->regions[i].end_pfn > pfn;
        loop assigns low, high;
        loop variant high - low; */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->regions[middle].end_pfn <= pfn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does a cut at pfn split a region? */
/*@ requires map_readable(map) && map_ordered(map);
    assigns \nothing;
    ensures \result <==> !is_seam(map->regions, map->count, pfn); */
bool memmap_cut_splits(const struct memmap *map, uint64_t pfn)
{
    size_t index = memmap_first_ending_above(map, pfn);

    return index < map->count && map->regions[index].first_pfn < pfn;
}

/*@ // From region `index` on, every region stands one place higher in B, `index` twice.
    predicate moved_up{A,B}(struct memmap_region *r, integer index, integer n) =
        \forall integer i; index < i <= n ==>
            \at(r[i].first_pfn, B) == \at(r[i - 1].first_pfn, A) &&
            \at(r[i].end_pfn, B) == \at(r[i - 1].end_pfn, A) &&
            \at(r[i].kind, B) == \at(r[i - 1].kind, A) &&
            \at(r[i].attributes, B) == \at(r[i - 1].attributes, A);
    // Region `index` of A is two in B, which adjoin at pfn; all else is as it was.
    predicate cut{A,B}(struct memmap_region *r, integer index, integer n, integer pfn) =
        same{A,B}(r, 0, index) &&
        moved_up{A,B}(r, index + 1, n) &&
        \at(r[index].first_pfn, A) < pfn < \at(r[index].end_pfn, A) &&
        \at(r[index].first_pfn, B) == \at(r[index].first_pfn, A) &&
        \at(r[index].end_pfn, B) == pfn && \at(r[index + 1].first_pfn, B) == pfn &&
        \at(r[index + 1].end_pfn, B) == \at(r[index].end_pfn, A) &&
        \at(r[index].kind, B) == \at(r[index].kind, A) &&
        \at(r[index + 1].kind, B) == \at(r[index].kind, A) &&
        \at(r[index].attributes, B) == \at(r[index].attributes, A) &&
        \at(r[index + 1].attributes, B) == \at(r[index].attributes, A);
    lemma cut_sound{A,B}: \forall struct memmap_region *r, integer index, n, pfn;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==> sound{A}(r, n) ==> sound{B}(r, n + 1);
    lemma cut_pairs{A,B}: \forall struct memmap_region *r, integer index, n, pfn, i, j;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==> sound{A}(r, n) ==> sorted{A}(r, n) ==>
        0 <= i < j <= n ==> \at(r[i].end_pfn, B) <= \at(r[j].first_pfn, B);
    lemma cut_sorted{A,B}: \forall struct memmap_region *r, integer index, n, pfn;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==> sound{A}(r, n) ==> sorted{A}(r, n) ==>
        sorted{B}(r, n + 1);
    lemma cut_makes_seam{A,B}: \forall struct memmap_region *r, integer index, n, pfn;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==> sorted{A}(r, n) ==> sound{A}(r, n) ==>
        is_seam{B}(r, n + 1, pfn);
    lemma cut_keeps_seams{A,B}: \forall struct memmap_region *r, integer index, n, pfn, q;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==> is_seam{A}(r, n, q) ==>
        is_seam{B}(r, n + 1, q);
    lemma cut_keeps_kind{A,B}: \forall struct memmap_region *r, integer index, n, pfn, p;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==>
        kind_at{B}(r, n + 1, p) == kind_at{A}(r, n, p);
    lemma cut_keeps_attributes{A,B}: \forall struct memmap_region *r, integer index, n, pfn, p;
        0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==>
        attributes_at{B}(r, n + 1, p) == attributes_at{A}(r, n, p);
    lemma moved_one_more{A,B,C}: \forall struct memmap_region *r, integer i, n; 0 < i <= n ==>
        moved_up{A,B}(r, i, n) ==> same{A,B}(r, 0, i + 1) ==> copied{B,C}(r, i - 1, i) ==>
        same{B,C}(r, i + 1, n + 1) ==> moved_up{A,C}(r, i - 1, n);
    // Region `index` ends at pfn in B, where the next one begins; all else is as it was.
    predicate parted{A,B}(struct memmap_region *r, integer index, integer n, integer pfn) =
        same{A,B}(r, 0, index) && same{A,B}(r, index + 2, n + 1) &&
        \at(r[index].first_pfn, B) == \at(r[index].first_pfn, A) &&
        \at(r[index].end_pfn, B) == pfn && \at(r[index + 1].first_pfn, B) == pfn &&
        \at(r[index + 1].end_pfn, B) == \at(r[index + 1].end_pfn, A) &&
        \at(r[index].kind, B) == \at(r[index].kind, A) &&
        \at(r[index + 1].kind, B) == \at(r[index + 1].kind, A) &&
        \at(r[index].attributes, B) == \at(r[index].attributes, A) &&
        \at(r[index + 1].attributes, B) == \at(r[index + 1].attributes, A);
    lemma shifted_and_parted{A,B,C}: \forall struct memmap_region *r, integer index, n, pfn;
        0 <= index < n ==> \at(r[index].first_pfn, A) < pfn < \at(r[index].end_pfn, A) ==>
        same{A,B}(r, 0, index + 1) ==> moved_up{A,B}(r, index, n) ==>
        parted{B,C}(r, index, n, pfn) ==> cut{A,C}(r, index, n, pfn);
    lemma overlap_parts: \forall integer a, p, b, first, end; a < p < b ==>
        overlap(a, p, first, end) + overlap(p, b, first, end) == overlap(a, b, first, end);
    lemma cut_keeps_pages{A,B}: \forall struct memmap_region *r, integer index, n, pfn, first, end,
        low, high; 0 <= index < n ==> cut{A,B}(r, index, n, pfn) ==>
        pages_in{B}(r, n + 1, first, end, low, high) == pages_in{A}(r, n, first, end, low, high); */

/* Moves the regions from `index` on one place up; region `index` stands twice then. */
/*@ requires index <= count <= 0x7ffffffffffffff && \valid(regions + (0 .. count));
    assigns regions[index .. count];
    ensures same{Pre,Here}(regions, 0, index + 1) && moved_up{Pre,Here}(regions, index, count); */
static void shift_up(struct memmap_region *regions, size_t index, size_t count)
{
    /*@ loop invariant index <= i <= count;
        loop invariant same{Pre,Here}(regions, 0, i + 1);
        loop invariant moved_up{Pre,Here}(regions, i, count);
        loop assigns i, regions[index .. count];
        loop variant i; */
    for (size_t i = count; i > index; i--) {
        size_t below = i - 1;
        //@ assert below == i - 1;
        memmap_copy_region(regions, below, i);
        //@ assert same{LoopCurrent,Here}(regions, i + 1, count + 1);
        //@ assert moved_up{Pre,Here}(regions, i - 1, count);
    }
}

/* Ends a region at pfn, where the one behind it begins: one region more. */
/*@ requires map_writable(map) && index < map->count < map->capacity;
    assigns map->count, map->regions[index].end_pfn, map->regions[index + 1].first_pfn;
    ensures map->count == \old(map->count) + 1;
    ensures parted{Pre,Here}(map->regions, index, \old(map->count), pfn); */
static void part_at(struct memmap *map, size_t index, uint64_t pfn)
{
    map->regions[index].end_pfn = pfn;
    map->regions[index + 1].first_pfn = pfn;
    map->count++;
}

/* Splits region `index` at pfn. */
/*@ requires map_writable(map) && index < map->count < map->capacity;
    requires map->regions[index].first_pfn < pfn < map->regions[index].end_pfn;
    assigns map->count, map->regions[index .. map->count];
    ensures map->count == \old(map->count) + 1;
    ensures cut{Pre,Here}(map->regions, index, \old(map->count), pfn); */
static void split_region(struct memmap *map, size_t index, uint64_t pfn)
{
    shift_up(map->regions, index, map->count);
    //@ assert map_writable(map) && map->count == \at(map->count, Pre);
    //@ ghost Shifted: ;
    part_at(map, index, pfn);
    //@ assert parted{Shifted,Here}(map->regions, index, \at(map->count, Pre), pfn);
}

/* Splits the region around pfn, if any; the array has room. */
/*@ requires map_writable(map) && map_ordered(map);
    requires is_seam(map->regions, map->count, pfn) || map->count < map->capacity;
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map) && map_ordered(map);
    ensures \old(map->count) <= map->count <= \old(map->count) + 1;
    ensures is_seam{Pre}(map->regions, \old(map->count), pfn) ==> map->count == \old(map->count);
    ensures is_seam(map->regions, map->count, pfn);
    ensures \forall integer q; is_seam{Pre}(map->regions, \old(map->count), q) ==>
        is_seam(map->regions, map->count, q);
    ensures \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_at{Pre}(map->regions, \old(map->count), p);
    ensures \forall integer p; attributes_at(map->regions, map->count, p) ==
        attributes_at{Pre}(map->regions, \old(map->count), p);
    ensures \forall integer first, end, low, high;
        pages_in(map->regions, map->count, first, end, low, high) ==
        pages_in{Pre}(map->regions, \old(map->count), first, end, low, high); */
void memmap_cut_at(struct memmap *map, uint64_t pfn)
{
    size_t index = memmap_first_ending_above(map, pfn);

    /*@ assert \forall integer i; index < i < map->count ==>
            map->regions[index].end_pfn <= map->regions[i].first_pfn; */
    /*@ assert (index < map->count ==> map->regions[index].first_pfn >= pfn) ==>
            is_seam(map->regions, map->count, pfn); */
    if (index >= map->count || map->regions[index].first_pfn >= pfn)
        return;
    split_region(map, index, pfn);
    //@ assert cut{Pre,Here}(map->regions, index, \at(map->count, Pre), pfn);
    //@ assert sound(map->regions, map->count) && sorted(map->regions, map->count);
    //@ assert is_seam(map->regions, map->count, pfn);
}
