/* SPDX-License-Identifier: MIT */
/* The sweep; see sweep.h. */
#include "memmap/walk.h"

/*@ predicate ends_apart{L}(struct sweep *s, integer m) =
        \valid(s->ends + (0 .. m - 1)) && \valid(s->spare + (0 .. m - 1)) &&
        \separated(s, s->spans + (0 .. s->count - 1), s->ends + (0 .. m - 1),
                   s->spare + (0 .. m - 1)); */

/*@ requires sweep_open(sweep) && first < end <= sweep->count && ends_apart(sweep, end - first);
    requires spans_good(sweep->spans, sweep->count);
    assigns sweep->ends[0 .. end - first - 1];
    ensures filled: ends_filled(sweep->ends, sweep->spans, first, end - first);
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count); */
static inline void fill_ends(struct sweep *sweep, size_t first, size_t end)
{
    /*@ loop invariant first <= i <= end;
        loop invariant ends_filled(sweep->ends, sweep->spans, first, i - first);
        loop invariant spans_kept{Pre,Here}(sweep->spans, sweep->count);
        loop assigns i, sweep->ends[0 .. end - first - 1];
        loop variant end - i; */
    for (size_t i = first; i < end; i++)
        sweep->ends[i - first] = (struct place){.key = sweep->spans[i].end_pfn,
                                                .index = (uint32_t)i,
                                                .what = class_of(&sweep->spans[i])};
}

/* The ends of spans [first, end), in order. */
/*@ requires sweep_open(sweep) && first < end <= sweep->count && ends_apart(sweep, end - first);
    requires spans_good(sweep->spans, sweep->count);
    assigns sweep->ends[0 .. end - first - 1], sweep->spare[0 .. end - first - 1];
    assigns \result \from sweep->ends, sweep->spare, sweep->spans[first .. end - 1];
    ensures either: \result == sweep->ends || \result == sweep->spare;
    ensures order: places_in_order(\result, 0, end - first);
    ensures counts: \forall integer c, p; 0 <= c ==>
        placed(\result, 0, end - first, 0, p, -1, c) ==
            ended{Pre}(sweep->spans, first, end, c, p);
    ensures members: \forall integer j; 0 <= j < end - first ==> first <= \result[j].index < end;
    ensures keys: \forall integer j; 0 <= j < end - first ==>
        sweep->spans[\result[j].index].end_pfn == \result[j].key;
    ensures classes: \forall integer j; 0 <= j < end - first ==>
        span_class(sweep->spans + \result[j].index) == \result[j].what;
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count); */
static const struct place *sort_ends(struct sweep *sweep, size_t first, size_t end)
{
    const struct place *sorted;

    fill_ends(sweep, first, end);
    //@ ghost Filled: ;
    /*@ assert counted: \forall integer c, p; 0 <= c ==>
        placed(sweep->ends, 0, end - first, 0, p, -1, c) ==
            ended(sweep->spans, first, end, c, p); */
    //@ assert kept1: spans_kept{Pre,Here}(sweep->spans, sweep->count);
    /*@ assert before: \forall integer c, p; ended(sweep->spans, first, end, c, p) ==
            ended{Pre}(sweep->spans, first, end, c, p); */
    sorted = memmap_places_sort(sweep->ends, sweep->spare, end - first);
    /*@ assert permuted: places_permuted{Filled,Here}(\at(sweep->ends, Filled), sorted, 0,
                                                      end - first); */
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, sweep->count);
    /*@ assert once: \forall integer j; 0 <= j < end - first ==>
        placed{Filled}(sweep->ends, 0, end - first, sorted[j].key, sorted[j].key, sorted[j].index,
                       sorted[j].what) > 0; */
    /*@ assert members: \forall integer j; 0 <= j < end - first ==>
        first <= sorted[j].index < end; */
    //@ assert ends2: ends_kept{Filled,Here}(sweep->spans, sweep->count);
    /*@ assert keys: \forall integer j; 0 <= j < end - first ==>
        \at(sweep->spans[\at(sorted[j].index, Here)].end_pfn, Filled) == sorted[j].key; */
    return sorted;
}

/* Spans [first, end), which overlap without a gap. */
static void sweep_cluster(struct sweep *sweep, size_t first, size_t end)
{
    const uint64_t first_pfn = sweep->spans[first].first_pfn;
    struct sweep_walk walk = {.ends = sort_ends(sweep, first, end), .first = first, .end = end,
                              .opened = first, .closed = 0, .open_pfn = first_pfn};

    walk_cluster(sweep, &walk, first_pfn);
}

/* One past the last span that overlaps, over any number of others, the span `first`. */
/*@ requires first < count && \valid_read(spans + (0 .. count - 1));
    assigns \nothing;
    ensures first < \result <= count;
    ensures no_gap: no_gap(spans, first, \result);
    ensures last: \result < count ==>
        spans_end_by(spans, first, \result, spans[\result].first_pfn); */
static size_t cluster_end(const struct span *spans, size_t first, size_t count)
{
    uint64_t end_pfn = spans[first].end_pfn;
    size_t i = first + 1;

    /*@ loop invariant first < i <= count;
        loop invariant spans_end_by(spans, first, i, end_pfn);
        loop invariant \exists integer j; first <= j < i && spans[j].end_pfn == end_pfn;
        loop invariant no_gap(spans, first, i);
        loop assigns i, end_pfn;
        loop variant count - i; */
    for (; i < count && spans[i].first_pfn < end_pfn; i++) {
        //@ assert reaches(spans, first, i);
        if (spans[i].end_pfn > end_pfn)
            end_pfn = spans[i].end_pfn;
    }
    return i;
}

void memmap_sweep_spans(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count;) {
        size_t end = cluster_end(sweep->spans, i, sweep->count);
        if (end == i + 1)
            emit_alone(sweep, i);
        else
            sweep_cluster(sweep, i, end);
        i = end;
    }
}
