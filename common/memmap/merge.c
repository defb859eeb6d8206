/* SPDX-License-Identifier: MIT */
/*
 * Merges in place; see cut.h. The contracts speak in the words of pages.h.
 *
 *   kept        next                kept
 *   |--------|  |----|----|   ->    |-------------|----|     where both say the same of their pages
 */
#include "memmap/cut.h"

/*@ predicate alike{L}(struct memmap_region *r, integer i, integer j) =
        r[i].end_pfn == r[j].first_pfn && r[i].kind == r[j].kind &&
        r[i].attributes == r[j].attributes; */

/* Are two regions equal neighbours? */
/*@ requires \valid_read(left) && \valid_read(right);
    assigns \nothing;
    ensures \result <==> left->end_pfn == right->first_pfn && left->kind == right->kind &&
        left->attributes == right->attributes; */
static bool are_alike(const struct memmap_region *left, const struct memmap_region *right)
{
    return left->end_pfn == right->first_pfn && left->kind == right->kind &&
           left->attributes == right->attributes;
}

/* Lets a region take in its right neighbour, which is alike. */
/*@ requires \valid(region) && \valid_read(next) && \separated(region, next);
    assigns region->flags, region->end_pfn;
    ensures region->end_pfn == next->end_pfn; */
static void take_in(struct memmap_region *region, const struct memmap_region *next)
{
    if (region->origin != next->origin)
        region->flags |= MEMMAP_SHARED;
    region->flags |= next->flags;
    region->end_pfn = next->end_pfn;
}

/*@ // In B, the first m regions say of each page what the first n and region `next` say in A.
    predicate kinds_joined{A,B}(struct memmap_region *r, integer n, integer next, integer m) =
        \forall integer p; kind_at{B}(r, m, p) ==
            (\at(r[next].first_pfn, A) <= p && p < \at(r[next].end_pfn, A) ?
                \at(r[next].kind, A) : kind_at{A}(r, n, p));
    predicate attributes_joined{A,B}(struct memmap_region *r, integer n, integer next, integer m) =
        \forall integer p; attributes_at{B}(r, m, p) ==
            (\at(r[next].first_pfn, A) <= p && p < \at(r[next].end_pfn, A) ?
                \at(r[next].attributes, A) : attributes_at{A}(r, n, p)); */

/*@ predicate ends_alike{A,B}(struct memmap_region *r, integer i, integer j) =
        \at(r[j].end_pfn, B) == \at(r[i].end_pfn, A); */

/*@ // The last of n regions ends in B where region `next` does in A.
    predicate widened{A,B}(struct memmap_region *r, integer n, integer next) =
        same{A,B}(r, 0, n - 1) &&
        \at(r[n - 1].first_pfn, B) == \at(r[n - 1].first_pfn, A) &&
        \at(r[n - 1].end_pfn, B) == \at(r[next].end_pfn, A) &&
        \at(r[n - 1].kind, B) == \at(r[n - 1].kind, A) &&
        \at(r[n - 1].attributes, B) == \at(r[n - 1].attributes, A);
    lemma widen_sound{A,B}: \forall struct memmap_region *r, integer n, next; 0 < n ==>
        widened{A,B}(r, n, next) ==> sound{A}(r, n) ==>
        \at(r[n - 1].end_pfn, A) < \at(r[next].end_pfn, A) <= PFN_END ==> sound{B}(r, n);
    lemma widen_sorted{A,B}: \forall struct memmap_region *r, integer n, next; 0 < n ==>
        widened{A,B}(r, n, next) ==> sorted{A}(r, n) ==> sorted{B}(r, n);
    lemma widen_merged{A,B}: \forall struct memmap_region *r, integer n, next; 0 < n ==>
        widened{A,B}(r, n, next) ==> merged{A}(r, n) ==> merged{B}(r, n); */

/* Widens the last of the `kept` regions by region `next`. */
/*@ requires 0 < kept <= next <= 0x7ffffffffffffff && \valid(regions + (0 .. next));
    requires alike(regions, kept - 1, next) && sound(regions, kept) && sorted(regions, kept);
    requires regions[next].first_pfn < regions[next].end_pfn <= PFN_END && merged(regions, kept);
    assigns regions[kept - 1];
    ensures ends_alike{Pre,Here}(regions, next, kept - 1);
    ensures sound(regions, kept) && sorted(regions, kept) && merged(regions, kept);
    ensures kinds_joined{Pre,Here}(regions, kept, next, kept);
    ensures attributes_joined{Pre,Here}(regions, kept, next, kept); */
static void widen_last(struct memmap_region *regions, size_t kept, size_t next)
{
    take_in(&regions[kept - 1], &regions[next]);
    //@ assert same{Pre,Here}(regions, 0, kept - 1);
    //@ assert widened{Pre,Here}(regions, kept, next);
}

/*@ lemma append_sound{A,B}: \forall struct memmap_region *r, integer k, next; 0 <= k ==>
        same{A,B}(r, 0, k) ==> copied{A,B}(r, next, k) ==> sound{A}(r, k) ==>
        \at(r[next].first_pfn, A) < \at(r[next].end_pfn, A) <= PFN_END ==> sound{B}(r, k + 1);
    lemma append_sorted{A,B}: \forall struct memmap_region *r, integer k, next; 0 <= k ==>
        same{A,B}(r, 0, k) ==> copied{A,B}(r, next, k) ==> sound{A}(r, k) ==> sorted{A}(r, k) ==>
        (k > 0 ==> \at(r[k - 1].end_pfn, A) <= \at(r[next].first_pfn, A)) ==> sorted{B}(r, k + 1);
    lemma append_merged{A,B}: \forall struct memmap_region *r, integer k, next; 0 <= k ==>
        same{A,B}(r, 0, k) ==> copied{A,B}(r, next, k) ==> merged{A}(r, k) ==>
        (k > 0 ==> !alike{A}(r, k - 1, next)) ==> merged{B}(r, k + 1); */

/* Appends region `next` to the `kept` ones. */
/*@ requires kept <= next <= 0x7ffffffffffffff && \valid(regions + (0 .. next));
    requires sound(regions, kept) && sorted(regions, kept) && merged(regions, kept);
    requires regions[next].first_pfn < regions[next].end_pfn <= PFN_END;
    requires kept > 0 ==> regions[kept - 1].end_pfn <= regions[next].first_pfn;
    requires kept > 0 ==> !alike(regions, kept - 1, next);
    assigns regions[kept];
    ensures ends_alike{Pre,Here}(regions, next, kept);
    ensures sound(regions, kept + 1) && sorted(regions, kept + 1) && merged(regions, kept + 1);
    ensures kinds_joined{Pre,Here}(regions, kept, next, kept + 1);
    ensures attributes_joined{Pre,Here}(regions, kept, next, kept + 1); */
static void take_region(struct memmap_region *regions, size_t kept, size_t next)
{
    memmap_copy_region(regions, next, kept);
}

/* Merges region `next` into the last of the `kept` ones or appends it; how many are kept then. */
/*@ requires kept <= next <= 0x7ffffffffffffff && \valid(regions + (0 .. next));
    requires sound(regions, kept) && sorted(regions, kept) && merged(regions, kept);
    requires regions[next].first_pfn < regions[next].end_pfn <= PFN_END;
    requires kept > 0 ==> regions[kept - 1].end_pfn <= regions[next].first_pfn;
    assigns regions[0 .. next];
    ensures 0 < \result <= next + 1;
    ensures ends_alike{Pre,Here}(regions, next, \result - 1);
    ensures sound(regions, \result) && sorted(regions, \result) && merged(regions, \result);
    ensures kinds_joined{Pre,Here}(regions, kept, next, \result);
    ensures attributes_joined{Pre,Here}(regions, kept, next, \result); */
static size_t merge_one(struct memmap_region *regions, size_t kept, size_t next)
{
    if (kept > 0 && are_alike(&regions[kept - 1], &regions[next])) {
        widen_last(regions, kept, next);
        return kept;
    }
    take_region(regions, kept, next);
    kept++;
    //@ assert sound(regions, kept) && sorted(regions, kept) && merged(regions, kept);
    return kept;
}

/* Merges equal neighbours; how many regions there are then. */
/*@ requires count <= 0x7ffffffffffffff && \valid(regions + (0 .. count - 1));
    requires sound(regions, count) && sorted(regions, count);
    assigns regions[0 .. count - 1];
    ensures \result <= count;
    ensures sound(regions, \result) && sorted(regions, \result) && merged(regions, \result);
    ensures \forall integer p; kind_at(regions, \result, p) == kind_at{Pre}(regions, count, p);
    ensures \forall integer p;
        attributes_at(regions, \result, p) == attributes_at{Pre}(regions, count, p); */
static size_t merge_regions(struct memmap_region *regions, size_t count)
{
    size_t kept = 0;

    /*@ loop invariant 0 <= kept <= i <= count && (kept > 0 <==> i > 0);
        loop invariant sound(regions, kept) && sorted(regions, kept) && merged(regions, kept);
        loop invariant kept > 0 ==> ends_alike{Pre,Here}(regions, i - 1, kept - 1);
        loop invariant same{Pre,Here}(regions, i, count);
        loop invariant \forall integer p; kind_at(regions, kept, p) == kind_at{Pre}(regions, i, p);
        loop invariant \forall integer p;
            attributes_at(regions, kept, p) == attributes_at{Pre}(regions, i, p);
        loop assigns i, kept, regions[0 .. count - 1];
        loop variant count - i; */
    for (size_t i = 0; i < count; i++)
        kept = merge_one(regions, kept, i);
    return kept;
}

/* Merges equal neighbours in the whole map. */
/*@ requires map_writable(map);
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    assigns map->count, map->regions[0 .. map->count - 1];
    ensures map->count <= \old(map->count);
    ensures sound(map->regions, map->count) && sorted(map->regions, map->count) &&
        merged(map->regions, map->count);
    ensures \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_at{Pre}(map->regions, \old(map->count), p);
    ensures \forall integer p; attributes_at(map->regions, map->count, p) ==
        attributes_at{Pre}(map->regions, \old(map->count), p); */
void memmap_merge_neighbours(struct memmap *map)
{
    size_t count = merge_regions(map->regions, map->count);

    //@ ghost Merged: ;
    map->count = count;
    //@ assert same{Merged,Here}(map->regions, 0, count);
}
