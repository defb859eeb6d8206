/* SPDX-License-Identifier: MIT */
/* Private to the engine: what a change of kinds does to a map, as the proofs speak of it. No code. */
#ifndef GROMA_MEMMAP_CHANGES_H
#define GROMA_MEMMAP_CHANGES_H

#include "memmap/pages.h"

/*@ lemma same_sorted{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        sorted{A}(r, n) ==> sorted{B}(r, n);
    lemma same_sound{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        sound{A}(r, n) ==> sound{B}(r, n);
    lemma same_merged{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        merged{A}(r, n) ==> merged{B}(r, n); */

/*@ // Regions [from, to) inside [first, end) of a kind in low .. high have `kind` in B.
    predicate changed{A,B}(struct memmap_region *r, integer from, integer to, integer first,
                           integer end, integer low, integer high, integer kind) =
        \forall integer i; from <= i < to ==>
            \at(r[i].first_pfn, B) == \at(r[i].first_pfn, A) &&
            \at(r[i].end_pfn, B) == \at(r[i].end_pfn, A) &&
            \at(r[i].attributes, B) == \at(r[i].attributes, A) &&
            \at(r[i].kind, B) == (first <= \at(r[i].first_pfn, A) && \at(r[i].end_pfn, A) <= end &&
                low <= \at(r[i].kind, A) && \at(r[i].kind, A) <= high ? kind : \at(r[i].kind, A));
    lemma changed_kind{A,B}: \forall struct memmap_region *r, integer n, first, end, low, high,
        kind, p; 0 <= n ==> 0 <= low ==> changed{A,B}(r, 0, n, first, end, low, high, kind) ==>
        is_seam{A}(r, n, first) ==> is_seam{A}(r, n, end) ==>
        kind_at{B}(r, n, p) == (first <= p && p < end && low <= kind_at{A}(r, n, p) &&
            kind_at{A}(r, n, p) <= high ? kind : kind_at{A}(r, n, p));
    lemma changed_attributes{A,B}: \forall struct memmap_region *r, integer n, first, end, low,
        high, kind, p; 0 <= n ==> changed{A,B}(r, 0, n, first, end, low, high, kind) ==>
        attributes_at{B}(r, n, p) == attributes_at{A}(r, n, p);
    // Pages from `end` on are those that no change touches.
    lemma changed_pages{A,B}: \forall struct memmap_region *r, integer n, first, end, low, high,
        kind, to, l, h; 0 <= n ==> changed{A,B}(r, 0, n, first, end, low, high, kind) ==>
        pages_in{B}(r, n, end, to, l, h) == pages_in{A}(r, n, end, to, l, h);
    lemma changed_order{A,B}: \forall struct memmap_region *r, integer n, first, end, low, high,
        kind; changed{A,B}(r, 0, n, first, end, low, high, kind) ==> sound{A}(r, n) ==>
        sorted{A}(r, n) ==> sound{B}(r, n) && sorted{B}(r, n); */

/*@ predicate room{L}(struct memmap *m, integer first, integer end) =
        (m->count < m->capacity || (is_seam(m->regions, m->count, first) &&
                                    is_seam(m->regions, m->count, end))) &&
        (m->count + 1 < m->capacity || is_seam(m->regions, m->count, first) ||
                                       is_seam(m->regions, m->count, end));
    logic integer kind_after(integer before, integer p, integer first, integer end, integer low,
                             integer high, integer kind) =
        first <= p && p < end && low <= before && before <= high ? kind : before;
    predicate map_unchanged{A,B}(struct memmap *m) =
        \at(m->count, A) == \at(m->count, B) && \at(m->regions, A) == \at(m->regions, B) &&
        \forall integer i; 0 <= i < \at(m->count, A) ==>
            \at(m->regions[i], B) == \at(m->regions[i], A);
    // Exactly the pages of [first, end) of a kind in low .. high changed, and only their kind.
    predicate map_changed{A,B}(struct memmap *m, integer first, integer end, integer low,
                               integer high, integer kind) =
        (\forall integer p; kind_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            kind_after(kind_at{A}(\at(m->regions, A), \at(m->count, A), p), p, first, end, low,
                       high, kind)) &&
        (\forall integer p; attributes_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            attributes_at{A}(\at(m->regions, A), \at(m->count, A), p)); */

#endif
