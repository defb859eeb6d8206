/* SPDX-License-Identifier: MIT */
/* Private to the engine: spans in the order of the sweep. */
#ifndef GROMA_MEMMAP_ORDER_H
#define GROMA_MEMMAP_ORDER_H

#include "memmap/cover.h"

/*@ // How many of places [low, high) have index i.
    logic integer times{L}(struct place *a, integer low, integer high, integer i) =
        high <= low ? 0 : times(a, low, high - 1, i) + (a[high - 1].index == i ? 1 : 0);
    // As many places of [low, low + n) are in the box of all keys as have the index.
    predicate boxed_is_times{L}(struct place *a, integer low, integer n) =
        \forall integer i; 0 <= i ==>
            placed(a + low, 0, n, 0, UINT64_MAX, i, -1) == times(a, low, low + n, i);
    predicate times_in_parts{L}(struct place *a, integer low, integer high, integer n) =
        \forall integer i; 0 <= i ==> times(a, 0, n, i) ==
            times(a, 0, low, i) + times(a, low, high, i) + times(a, high, n, i);
    // Each index stands in b as often as in a.
    predicate indexes_permuted{A,B}(struct place *a, struct place *b, integer low, integer high) =
        \forall integer i; 0 <= i ==> times{A}(a, low, high, i) == times{B}(b, low, high, i);
    predicate indexes_below{L}(struct place *a, integer low, integer high, integer limit) =
        \forall integer k; low <= k < high ==> a[k].index < limit;
    predicate indexes_stay{A,B}(struct place *a, struct place *b, integer low, integer high) =
        \forall integer k; low <= k < high ==> \at(a[k].index, A) == \at(b[k].index, B);
    predicate indexes_moved{A,B}(struct place *from, struct place *to, integer low, integer n) =
        \forall integer k; 0 <= k < n ==> \at(to[low + k].index, B) == \at(from[k].index, A);
    predicate keys_stay{A,B}(struct place *a, integer low, integer high) =
        \forall integer k; low <= k < high ==> \at(a[k].key, A) == \at(a[k].key, B);
    predicate keys_within{L}(struct place *a, integer low, integer high) =
        \forall integer k; low <= k < high ==> 0 <= a[k].key <= UINT64_MAX && 0 <= a[k].index;
    // Each index of b stands in a, too.
    predicate all_found{A,B}(struct place *a, struct place *b, integer low, integer high) =
        \forall integer k; low <= k < high ==> times{A}(a, low, high, \at(b[k].index, B)) > 0;
    predicate all_indexes{L}(struct place *a, integer n) =
        \forall integer i; 0 <= i < n ==> times(a, 0, n, i) > 0;
    predicate firsts_filled{L}(struct place *a, struct span *s, integer n) =
        \forall integer j; 0 <= j < n ==> a[j].key == s[j].first_pfn && a[j].index == j;
    // The span of place k of a begins on the page that was key k of b.
    predicate begin_at{K,L,S}(struct place *a, struct place *b, struct span *s, integer low,
                              integer high) =
        \forall integer k; low <= k < high ==>
            \at(s[\at(a[k].index, L)].first_pfn, S) == \at(b[k].key, K);
    predicate all_begin_on{L,S}(struct place *a, struct span *s, integer low, integer high,
                                integer pfn) =
        \forall integer k; low <= k < high ==>
            \at(s[\at(a[k].index, L)].first_pfn, S) == pfn;
    // rank_at of the spans of the first n places.
    logic integer rank_of{L}(struct span *s, integer p) =
        s->first_pfn <= p && p < s->end_pfn ? s->kind : -1;
    logic integer rank_by{L,S}(struct span *s, struct place *a, integer n, integer p) =
        n <= 0 ? -1 : \max(rank_by{L,S}(s, a, n - 1, p), rank_of{S}(s + \at(a[n - 1].index, L), p));
    */

/*@ // Spans that are rounded are of entries of the source: those say more than the span.
    predicate spans_keyed{L}(struct memmap_source *source, struct span *s, integer n) =
        source_opened(source) && n <= 0x7fffffff && \valid_read(s + (0 .. n - 1)) &&
        \forall integer k; 0 <= k < n ==> s[k].form == SPAN_ROUNDED ==>
            s[k].origin < source->count;
    predicate firsts_stay{A,B}(struct span *s, integer n) = \forall integer k; 0 <= k < n ==>
        \at(s[k].first_pfn, B) == \at(s[k].first_pfn, A);
    predicate spans_as{A,B}(struct span *s, integer n) = \forall integer k; 0 <= k < n ==>
        \at(s[k].first_pfn, B) == \at(s[k].first_pfn, A) &&
        \at(s[k].end_pfn, B) == \at(s[k].end_pfn, A) &&
        \at(s[k].origin, B) == \at(s[k].origin, A) &&
        \at(s[k].kind, B) == \at(s[k].kind, A) && \at(s[k].form, B) == \at(s[k].form, A) &&
        \at(s[k].loaded, B) == \at(s[k].loaded, A); */

/*@ predicate keys_rise{L}(struct place *a, integer n) =
        \forall integer j, k; 0 <= j <= k < n ==> a[j].key <= a[k].key;
    predicate firsts_in_order{L,S}(struct place *a, struct span *s, integer n) =
        \forall integer j, k; 0 <= j <= k < n ==>
            \at(s[\at(a[j].index, L)].first_pfn, S) <= \at(s[\at(a[k].index, L)].first_pfn, S);
    predicate all_begin_by{L}(struct span *s, integer n, integer pfn) =
        \forall integer k; 0 <= k < n ==> s[k].first_pfn <= pfn;
    predicate span_sound{L}(struct span *s) = s->first_pfn <= PFN_END && s->end_pfn <= PFN_END &&
        s->kind < MEMMAP_KIND_COUNT && s->loaded <= 1;
    predicate spans_all_sound{L}(struct span *s, integer n) =
        \forall integer k; 0 <= k < n ==> span_sound(s + k);
    predicate is_copy{A,B}(struct span *from, struct span *to) =
        \at(to->first_pfn, B) == \at(from->first_pfn, A) &&
        \at(to->end_pfn, B) == \at(from->end_pfn, A) &&
        \at(to->kind, B) == \at(from->kind, A) && \at(to->form, B) == \at(from->form, A) &&
        \at(to->loaded, B) == \at(from->loaded, A) &&
        \at(to->origin, B) == \at(from->origin, A) &&
        \at(to->attributes, B) == \at(from->attributes, A); */

/*
 * Puts the spans that are not empty in order: by their first pages, and where several begin on the
 * same one, by their keys (span.h), the weightiest first; counts duplicates. Returns how many there
 * are. `places`, `spare` and `ordered` hold n each. O(n) where they are nearly in order, O(n log n)
 * at worst.
 */
size_t memmap_order_spans(const struct memmap_source *source, const struct span *spans, size_t n,
                          struct place *places, struct place *spare, struct span *ordered,
                          struct memmap_report *report);

#endif
