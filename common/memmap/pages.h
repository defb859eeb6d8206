/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: what a map says of its pages, as the proofs speak of it. No code.
 * A map's capacity is at most 2^59 - 1: so many regions of 32 bytes fit in memory.
 * r: the regions, n: how many of them count, p: a page.
 */
#ifndef GROMA_MEMMAP_PAGES_H
#define GROMA_MEMMAP_PAGES_H

#include "memmap/memmap.h"

/*@ predicate map_writable{L}(struct memmap *m) =
        \valid(m) && m->count <= m->capacity <= 0x7ffffffffffffff &&
        \valid(m->regions + (0 .. m->capacity - 1)) &&
        \separated(m, m->regions + (0 .. m->capacity - 1));
    predicate sound{L}(struct memmap_region *r, integer n) =
        \forall integer i; 0 <= i < n ==> r[i].first_pfn < r[i].end_pfn <= PFN_END;
    predicate sorted{L}(struct memmap_region *r, integer n) =
        \forall integer i, j; 0 <= i < j < n ==> r[i].end_pfn <= r[j].first_pfn;
    // A cut at pfn would split no region.
    predicate is_seam{L}(struct memmap_region *r, integer n, integer pfn) =
        \forall integer i; 0 <= i < n ==> r[i].end_pfn <= pfn || pfn <= r[i].first_pfn;

    // Kind and attributes of a page; -1 in a hole.
    logic integer kind_at{L}(struct memmap_region *r, integer n, integer p) =
        n <= 0 ? -1 : r[n - 1].first_pfn <= p && p < r[n - 1].end_pfn ? r[n - 1].kind :
            kind_at(r, n - 1, p);
    logic integer attributes_at{L}(struct memmap_region *r, integer n, integer p) =
        n <= 0 ? -1 : r[n - 1].first_pfn <= p && p < r[n - 1].end_pfn ? r[n - 1].attributes :
            attributes_at(r, n - 1, p);

    predicate same{A,B}(struct memmap_region *r, integer from, integer to) =
        \forall integer i; from <= i < to ==>
            \at(r[i].first_pfn, B) == \at(r[i].first_pfn, A) &&
            \at(r[i].end_pfn, B) == \at(r[i].end_pfn, A) &&
            \at(r[i].kind, B) == \at(r[i].kind, A) &&
            \at(r[i].attributes, B) == \at(r[i].attributes, A);
    predicate copied{A,B}(struct memmap_region *r, integer from, integer to) =
        \at(r[to].first_pfn, B) == \at(r[from].first_pfn, A) &&
        \at(r[to].end_pfn, B) == \at(r[from].end_pfn, A) &&
        \at(r[to].kind, B) == \at(r[from].kind, A) &&
        \at(r[to].attributes, B) == \at(r[from].attributes, A);
    lemma same_kind{A,B}: \forall struct memmap_region *r, integer n, p; 0 <= n ==>
        same{A,B}(r, 0, n) ==> kind_at{B}(r, n, p) == kind_at{A}(r, n, p);
    lemma same_attributes{A,B}: \forall struct memmap_region *r, integer n, p; 0 <= n ==>
        same{A,B}(r, 0, n) ==> attributes_at{B}(r, n, p) == attributes_at{A}(r, n, p); */

/*@ logic integer overlap(integer from, integer to, integer first, integer end) =
        \max(0, \min(to, end) - \max(from, first));
    // Pages of [first, end) whose kind lies in low .. high.
    logic integer pages_in{L}(struct memmap_region *r, integer n, integer first, integer end,
                              integer low, integer high) =
        n <= 0 ? 0 : pages_in(r, n - 1, first, end, low, high) +
            (low <= r[n - 1].kind && r[n - 1].kind <= high ?
                overlap(r[n - 1].first_pfn, r[n - 1].end_pfn, first, end) : 0);
    predicate end_by{L}(struct memmap_region *r, integer n, integer pfn) =
        \forall integer i; 0 <= i < n ==> r[i].end_pfn <= pfn;
    predicate begin_from{L}(struct memmap_region *r, integer m, integer n, integer pfn) =
        \forall integer i; m <= i < n ==> pfn <= r[i].first_pfn;
    lemma pages_below{L}: \forall struct memmap_region *r, integer n, first, end, low, high;
        0 <= n ==> end_by(r, n, first) ==> pages_in(r, n, first, end, low, high) == 0;
    lemma pages_above{L}: \forall struct memmap_region *r, integer m, n, first, end, low, high;
        0 <= m <= n ==> begin_from(r, m, n, end) ==>
        pages_in(r, n, first, end, low, high) == pages_in(r, m, first, end, low, high);
    lemma same_pages{A,B}: \forall struct memmap_region *r, integer n, first, end, low, high;
        0 <= n ==> same{A,B}(r, 0, n) ==>
        pages_in{B}(r, n, first, end, low, high) == pages_in{A}(r, n, first, end, low, high); */

/*@ predicate merged{L}(struct memmap_region *r, integer n) =
        \forall integer i; 0 < i < n ==> r[i - 1].end_pfn != r[i].first_pfn ||
            r[i - 1].kind != r[i].kind || r[i - 1].attributes != r[i].attributes;
    // The first n regions are in normal form, and none reaches beyond pfn.
    predicate made_to{L}(struct memmap_region *r, integer n, integer pfn) =
        sound(r, n) && sorted(r, n) && merged(r, n) && end_by(r, n, pfn);
    // What becomes of a page whose highest kind is `kind`: page 0 is never usable.
    logic integer kept_kind(integer p, integer kind) =
        p == 0 && kind == MEMMAP_USABLE ? MEMMAP_RESERVED : kind; */

/*@ // Each region's kind is a known one; where that of its first page is.
    predicate all_known{L}(struct memmap_region *r, integer n) =
        \forall integer i; 0 <= i < n ==> r[i].kind < MEMMAP_KIND_COUNT;
    predicate firsts_known{L}(struct memmap_region *r, integer n) =
        \forall integer i; 0 <= i < n ==> r[i].kind < MEMMAP_KIND_COUNT ||
            kind_at(r, n, r[i].first_pfn) >= MEMMAP_KIND_COUNT; */

#endif
