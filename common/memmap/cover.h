/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: which spans cover a page, as the proofs speak of it. No code.
 * s: the spans, n: how many, p: a page, c: a class (see sweep.h). -1: nothing covers the page.
 */
#ifndef GROMA_MEMMAP_COVER_H
#define GROMA_MEMMAP_COVER_H

#include "memmap/place.h"
#include "memmap/span.h"

#define SWEEP_CLASSES 64u /* kinds of entries, then kinds of claims */
#define SWEEP_CLAIM   32u

/*@ logic integer span_class{L}(struct span *s) =
        s->kind + (s->form == SPAN_CLAIM ? SWEEP_CLAIM : 0);
    logic integer class_kind(integer c) = c < SWEEP_CLAIM ? c : c - SWEEP_CLAIM;
    predicate span_good{L}(struct span *s) =
        s->first_pfn < s->end_pfn <= PFN_END && s->kind < MEMMAP_KIND_COUNT && s->loaded <= 1;
    predicate spans_good{L}(struct span *s, integer n) =
        \forall integer i; 0 <= i < n ==> span_good(s + i);
    predicate spans_begin_in_order{L}(struct span *s, integer n) =
        \forall integer i, j; 0 <= i <= j < n ==> s[i].first_pfn <= s[j].first_pfn;
    // What the theorem of the sweep is about: a page becomes is the highest kind that covers it.
    logic integer rank_at{L}(struct span *s, integer n, integer p) =
        n <= 0 ? -1 : \max(rank_at(s, n - 1, p),
            s[n - 1].first_pfn <= p && p < s[n - 1].end_pfn ? s[n - 1].kind : -1);

    // Of spans [low, high) those of class c: all, those that end by page p, those that cover it.
    logic integer of_class{L}(struct span *s, integer low, integer high, integer c) =
        high <= low ? 0 :
            of_class(s, low, high - 1, c) + (span_class(s + (high - 1)) == c ? 1 : 0);
    logic integer ended{L}(struct span *s, integer low, integer high, integer c, integer p) =
        high <= low ? 0 : ended(s, low, high - 1, c, p) +
            (span_class(s + (high - 1)) == c && s[high - 1].end_pfn <= p ? 1 : 0);
    logic integer covering{L}(struct span *s, integer low, integer high, integer c, integer p) =
        high <= low ? 0 : covering(s, low, high - 1, c, p) +
            (span_class(s + (high - 1)) == c && s[high - 1].first_pfn <= p &&
             p < s[high - 1].end_pfn ? 1 : 0);
    // Spans [low, high) begin by page p, behind it, on it or behind, end by it; places likewise.
    predicate begin_by{L}(struct span *s, integer low, integer high, integer p) =
        \forall integer i; low <= i < high ==> s[i].first_pfn <= p;
    predicate begin_behind{L}(struct span *s, integer low, integer high, integer p) =
        \forall integer i; low <= i < high ==> p < s[i].first_pfn;
    predicate spans_begin_from{L}(struct span *s, integer low, integer high, integer p) =
        \forall integer i; low <= i < high ==> p <= s[i].first_pfn;
    predicate spans_end_by{L}(struct span *s, integer low, integer high, integer p) =
        \forall integer i; low <= i < high ==> s[i].end_pfn <= p;
    predicate keys_by{L}(struct place *a, integer low, integer high, integer p) =
        \forall integer j; low <= j < high ==> a[j].key <= p;
    predicate keys_behind{L}(struct place *a, integer low, integer high, integer p) =
        \forall integer j; low <= j < high ==> p < a[j].key;
    // Where spans [first, first + m) end: the places of a cluster, before they are sorted.
    predicate ends_filled{L}(struct place *a, struct span *s, integer first, integer m) =
        \forall integer j; 0 <= j < m ==> a[j].key == s[first + j].end_pfn &&
            a[j].index == first + j && a[j].what == span_class(s + (first + j)); */

#endif
