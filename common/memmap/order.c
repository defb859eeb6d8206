/* SPDX-License-Identifier: MIT */
/* The order of spans; see order.h. */
#include "memmap/order.h"

/*@ requires spans_keyed(source, spans, n) && \valid(places + (0 .. n - 1));
    requires \separated(source, spans + (0 .. n - 1), places + (0 .. n - 1));
    requires low <= high <= n && indexes_below(places, 0, n, n);
    assigns places[low .. high - 1];
    ensures stay: indexes_stay{Pre,Here}(places, places, 0, n);
    ensures opened: source_opened(source) && source->count == \old(source->count);
    ensures as: spans_as{Pre,Here}(spans, n); */
static inline void set_keys(const struct memmap_source *source, const struct span *spans, size_t n,
                            struct place *places, size_t low, size_t high, unsigned key)
{
    (void)n; /* only the contract speaks of it */
    /*@ loop invariant low <= i <= high && source_opened(source);
        loop invariant count: source->count == \at(source->count, Pre);
        loop invariant stay: indexes_stay{Pre,Here}(places, places, 0, n);
        loop invariant as: spans_as{Pre,Here}(spans, n);
        loop assigns i, places[low .. high - 1];
        loop variant high - i; */
    for (size_t i = low; i < high; i++) {
        const struct span *span = &spans[places[i].index];
        //@ assert below: places[i].index < n;
        //@ assert origin: span->origin == \at(spans[\at(places[i].index, Here)].origin, Pre);
        places[i].key = memmap_span_key(source, span, key);
    }
}

/*@ requires low + count <= 0x7fffffff && \valid_read(from + (0 .. count - 1));
    requires \valid(to + (low .. low + count - 1));
    requires \separated(from + (0 .. count - 1), to + (low .. low + count - 1));
    assigns to[low .. low + count - 1];
    ensures copied: indexes_moved{Pre,Here}(from, to, low, count); */
static inline void copy_places(const struct place *from, struct place *to, size_t low,
                               size_t count)
{
    /*@ loop invariant 0 <= i <= count && indexes_moved{Pre,Here}(from, to, low, i);
        loop assigns i, to[low .. low + count - 1];
        loop variant count - i; */
    for (size_t i = 0; i < count; i++)
        to[low + i] = from[i];
}

/* Sorts places [low, high) by their keys. */
/*@ requires low <= high <= 0x7fffffff && \valid(places + (low .. high - 1));
    requires \valid(spare + (0 .. high - low - 1));
    requires \separated(places + (low .. high - 1), spare + (0 .. high - low - 1));
    assigns places[low .. high - 1], spare[0 .. high - low - 1];
    ensures permuted: indexes_permuted{Pre,Here}(places, places, low, high); */
static inline void sort_part(struct place *places, struct place *spare, size_t low, size_t high)
{
    struct place *sorted = memmap_places_sort(places + low, spare, high - low);

    //@ assert permuted: places_permuted{Pre,Here}(places + low, sorted, 0, high - low);
    //@ assert within1: keys_within{Pre}(places, low, low + (high - low));
    //@ assert boxed1: boxed_is_times{Pre}(places, low, high - low);
    if (sorted != places + low) {
        //@ ghost Spare: ;
        //@ assert spare: sorted == spare;
        //@ assert within2: keys_within(spare, 0, 0 + (high - low));
        //@ assert boxed2: boxed_is_times(spare, 0, high - low);
        /*@ assert same: \forall integer i; 0 <= i ==>
            times{Pre}(places, low, low + (high - low), i) == times(spare, 0, high - low, i); */
        copy_places(spare, places, low, high - low);
        //@ assert moved: indexes_moved{Spare,Here}(spare, places, low, high - low);
        /*@ assert same2: \forall integer i; 0 <= i ==>
            times(places, low, low + (high - low), i) == times{Spare}(spare, 0, high - low, i); */
    }
    //@ assert within3: keys_within(places, low, low + (high - low));
    //@ assert boxed3: boxed_is_times(places, low, high - low);
    /*@ assert same3: \forall integer i; 0 <= i ==>
        times{Pre}(places, low, low + (high - low), i) ==
        times(places, low, low + (high - low), i); */
}

/*@ requires spans_keyed(source, spans, n) && \valid(places + (0 .. n - 1));
    requires low <= high <= n && indexes_below(places, 0, n, n);
    requires \valid(spare + (0 .. high - low - 1));
    requires \separated(source, spans + (0 .. n - 1), places + (0 .. n - 1),
                        spare + (0 .. high - low - 1));
    assigns places[low .. high - 1], spare[0 .. high - low - 1];
    ensures permuted: indexes_permuted{Pre,Here}(places, places, low, high);
    ensures others: indexes_stay{Pre,Here}(places, places, 0, low) &&
        indexes_stay{Pre,Here}(places, places, high, n);
    ensures opened: source_opened(source) && source->count == \old(source->count);
    ensures as: spans_as{Pre,Here}(spans, n); */
static inline void order_by_key(const struct memmap_source *source, const struct span *spans,
                                size_t n, struct place *places, struct place *spare, size_t low,
                                size_t high, unsigned key)
{
    set_keys(source, spans, n, places, low, high, key);
    //@ ghost Keyed: ;
    //@ assert same: indexes_permuted{Pre,Here}(places, places, low, high);
    sort_part(places, spare, low, high);
    //@ assert stay_low: indexes_stay{Keyed,Here}(places, places, 0, low);
    //@ assert stay_high: indexes_stay{Keyed,Here}(places, places, high, n);
    /*@ assert source: source->count == \at(source->count, Keyed) &&
        source->stride_bytes == \at(source->stride_bytes, Keyed) &&
        source->format == \at(source->format, Keyed); */
    //@ assert opened: source_opened(source);
    //@ assert as: spans_as{Keyed,Here}(spans, n);
}

/*@ requires spans_keyed(source, spans, n) && \valid_read(places + (0 .. n - 1));
    requires \valid(report) && low < high <= n && indexes_below(places, 0, n, n);
    requires \separated(report, source, spans + (0 .. n - 1), places + (0 .. n - 1));
    assigns report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
    ensures stay: indexes_stay{Pre,Here}(places, places, 0, n);
    ensures keys: keys_stay{Pre,Here}(places, 0, n);
    ensures opened: source_opened(source) && source->count == \old(source->count);
    ensures as: spans_as{Pre,Here}(spans, n); */
static inline void count_duplicates(const struct memmap_source *source, const struct span *spans,
                                    size_t n, const struct place *places, size_t low, size_t high,
                                    struct memmap_report *report)
{
    (void)n; /* only the contract speaks of it */
    /*@ loop invariant low + 1 <= i <= high && source_opened(source);
        loop invariant count: source->count == \at(source->count, Pre);
        loop invariant as: spans_as{Pre,Here}(spans, n);
        loop invariant indexes: indexes_stay{Pre,Here}(places, places, 0, n);
        loop assigns i, report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
        loop variant high - i; */
    for (size_t i = low + 1; i < high; i++) {
        const struct span *before = &spans[places[i - 1].index];
        const struct span *span = &spans[places[i].index];
        //@ assert below: places[i - 1].index < n && places[i].index < n;
        if (span->form != SPAN_CLAIM && !memmap_span_precedes(source, before, span))
            memmap_report_finding(report, MEMMAP_DUPLICATE, span->origin);
    }
}

/* Puts spans that begin on the same page in the order of their keys, and counts duplicates. */
/*@ requires spans_keyed(source, spans, n) && \valid(places + (0 .. n - 1));
    requires low < high <= n && indexes_below(places, 0, n, n);
    requires \valid(spare + (0 .. n - 1));
    requires \valid(report) && \separated(report, source, spans + (0 .. n - 1),
        places + (0 .. n - 1), spare + (0 .. n - 1));
    assigns places[low .. high - 1], spare[0 .. n - 1],
        report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
    ensures permuted: indexes_permuted{Pre,Here}(places, places, low, high);
    ensures others: indexes_stay{Pre,Here}(places, places, 0, low) &&
        indexes_stay{Pre,Here}(places, places, high, n);
    ensures keys: keys_stay{Pre,Here}(places, high, n);
    ensures keyed: spans_keyed(source, spans, n);
    ensures as: spans_as{Pre,Here}(spans, n); */
static void order_ties(const struct memmap_source *source, const struct span *spans, size_t n,
                       struct place *places, struct place *spare, size_t low, size_t high,
                       struct memmap_report *report)
{
    /*@ loop invariant 0 <= key <= SPAN_KEYS && spans_keyed(source, spans, n);
        loop invariant permuted: indexes_permuted{Pre,Here}(places, places, low, high);
        loop invariant stay_low: indexes_stay{Pre,Here}(places, places, 0, low);
        loop invariant stay_high: indexes_stay{Pre,Here}(places, places, high, n);
        loop invariant keys_high: keys_stay{Pre,Here}(places, high, n);
        loop invariant below: indexes_below(places, 0, n, n);
        loop invariant as: spans_as{Pre,Here}(spans, n);
        loop assigns key, places[low .. high - 1], spare[0 .. n - 1];
        loop variant key; */
    for (unsigned key = SPAN_KEYS; key > 0; key--) {
        //@ ghost Before: ;
        order_by_key(source, spans, n, places, spare, low, high, key - 1);
        //@ assert again: indexes_permuted{Before,Here}(places, places, low, high);
        //@ assert within: keys_within(places, low, high);
        //@ assert found: all_found{Before,Here}(places, places, low, high);
        //@ assert below1: indexes_below{Before}(places, low, high, n);
        //@ assert below2: indexes_below(places, low, high, n);
    }
    //@ ghost Ordered: ;
    count_duplicates(source, spans, n, places, low, high, report);
    //@ assert same: indexes_permuted{Ordered,Here}(places, places, low, high);
}

/* The same where there is more than one. */
/*@ requires spans_keyed(source, spans, n) && \valid(places + (0 .. n - 1));
    requires low < high <= n && indexes_below(places, 0, n, n);
    requires \valid(spare + (0 .. n - 1));
    requires \valid(report) && \separated(report, source, spans + (0 .. n - 1),
        places + (0 .. n - 1), spare + (0 .. n - 1));
    assigns places[low .. high - 1], spare[0 .. n - 1],
        report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
    ensures permuted: indexes_permuted{Pre,Here}(places, places, low, high);
    ensures others: indexes_stay{Pre,Here}(places, places, 0, low) &&
        indexes_stay{Pre,Here}(places, places, high, n);
    ensures keys: keys_stay{Pre,Here}(places, high, n);
    ensures keyed: spans_keyed(source, spans, n);
    ensures as: spans_as{Pre,Here}(spans, n);
    ensures found: all_found{Pre,Here}(places, places, low, high); */
static inline void order_run(const struct memmap_source *source, const struct span *spans,
                             size_t n, struct place *places, struct place *spare, size_t low,
                             size_t high, struct memmap_report *report)
{
    if (high - low > 1)
        order_ties(source, spans, n, places, spare, low, high, report);
    //@ assert permuted: indexes_permuted{Pre,Here}(places, places, low, high);
    //@ assert within: keys_within(places, low, high);
}

/* Where the places end that have the key of place `first`. */
/*@ requires first < count && \valid_read(places + (0 .. count - 1));
    assigns \nothing;
    ensures first < \result <= count;
    ensures same: \forall integer k; first <= k < \result ==> places[k].key == places[first].key; */
static inline size_t tie_end(const struct place *places, size_t first, size_t count)
{
    size_t end = first + 1;

    /*@ loop invariant first < end <= count;
        loop invariant \forall integer k; first <= k < end ==> places[k].key == places[first].key;
        loop assigns end;
        loop variant count - end; */
    while (end < count && places[end].key == places[first].key)
        end++;
    return end;
}

/* Goes through places in the order of their keys, their spans' first pages; see order_ties. */
/*@ requires spans_keyed(source, spans, n) && \valid(sorted + (0 .. n - 1));
    requires \valid(spare + (0 .. n - 1)) && indexes_below(sorted, 0, n, n);
    requires \valid(report) && \separated(report, source, spans + (0 .. n - 1),
        sorted + (0 .. n - 1), spare + (0 .. n - 1));
    requires keyed: begin_at{Here,Here,Here}(sorted, sorted, spans, 0, n);
    assigns sorted[0 .. n - 1], spare[0 .. n - 1],
        report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
    ensures permuted: indexes_permuted{Pre,Here}(sorted, sorted, 0, n);
    ensures keyed: begin_at{Pre,Here,Pre}(sorted, sorted, spans, 0, n);
    ensures as: spans_as{Pre,Here}(spans, n); */
static void order_runs(const struct memmap_source *source, const struct span *spans, size_t n,
                       struct place *sorted, struct place *spare, struct memmap_report *report)
{
    size_t first = 0;

    /*@ loop invariant 0 <= first <= n && spans_keyed(source, spans, n);
        loop invariant permuted: indexes_permuted{Pre,Here}(sorted, sorted, 0, n);
        loop invariant below: indexes_below(sorted, 0, n, n);
        loop invariant keyed: begin_at{Pre,Here,Pre}(sorted, sorted, spans, 0, first);
        loop invariant stay: indexes_stay{Pre,Here}(sorted, sorted, first, n);
        loop invariant keys: keys_stay{Pre,Here}(sorted, first, n);
        loop invariant as: spans_as{Pre,Here}(spans, n);
        loop assigns first, sorted[0 .. n - 1], spare[0 .. n - 1],
            report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
        loop variant n - first; */
    while (first < n) {
        size_t end = tie_end(sorted, first, n);
        //@ ghost uint64_t pfn = sorted[first].key;
        //@ ghost Before: ;
        //@ assert begin: all_begin_on{Here,Pre}(sorted, spans, first, end, pfn);
        order_run(source, spans, n, sorted, spare, first, end, report);
        //@ assert begin_still: all_begin_on{Here,Pre}(sorted, spans, first, end, pfn);
        /*@ assert pages: \forall integer k; first <= k < end ==>
            \at(sorted[k].key, Pre) == pfn; */
        //@ assert begin_part: begin_at{Pre,Here,Pre}(sorted, sorted, spans, first, end);
        //@ assert begin_low: begin_at{Pre,Here,Pre}(sorted, sorted, spans, 0, first);
        //@ assert parts: times_in_parts{Before}(sorted, first, end, n);
        //@ assert parts_now: times_in_parts{Here}(sorted, first, end, n);
        /*@ assert low: \forall integer i; 0 <= i ==>
            times{Before}(sorted, 0, first, i) == times(sorted, 0, first, i); */
        /*@ assert high: \forall integer i; 0 <= i ==>
            times{Before}(sorted, end, n, i) == times(sorted, end, n, i); */
        //@ assert again: indexes_permuted{Before,Here}(sorted, sorted, 0, n);
        //@ assert pre: indexes_permuted{Pre,Here}(sorted, sorted, 0, n);
        //@ assert some: keys_within(sorted, 0, n);
        //@ assert found: all_found{Pre,Here}(sorted, sorted, 0, n);
        first = end;
    }
}

/*@ requires \valid_read(span) && \valid(to + at) && \separated(span, to + at);
    assigns to[at];
    ensures copy: is_copy{Pre,Here}(span, to + at); */
static inline void copy_span(const struct span *span, struct span *to, size_t at)
{
    to[at] = *span;
}

/* Puts a span behind `count` others unless it is empty. Returns how many there are then. */
/*@ requires \valid_read(span) && \valid(ordered + (0 .. count)) && count < 0x7fffffff;
    requires \separated(span, ordered + (0 .. count)) && span_sound(span);
    requires spans_good(ordered, count) && spans_begin_in_order(ordered, count);
    requires all_begin_by(ordered, count, span->first_pfn);
    assigns ordered[count];
    ensures count: \result == count || \result == count + 1;
    ensures good: spans_good(ordered, \result);
    ensures order: spans_begin_in_order(ordered, \result);
    ensures before: all_begin_by(ordered, \result, \old(span->first_pfn));
    ensures rank: \forall integer p; rank_at(ordered, \result, p) ==
        \max(rank_at{Pre}(ordered, count, p), rank_of{Pre}(span, p)); */
static inline size_t take_one(const struct span *span, struct span *ordered, size_t count)
{
    if (span->first_pfn >= span->end_pfn)
        return count;
    copy_span(span, ordered, count);
    //@ assert kept: spans_as{Pre,Here}(ordered, count);
    /*@ assert rank_kept: \forall integer p;
        rank_at(ordered, count, p) == rank_at{Pre}(ordered, count, p); */
    /*@ assert rank_more: \forall integer p; rank_at(ordered, count + 1, p) ==
        \max(rank_at(ordered, count, p), rank_of{Pre}(span, p)); */
    return count + 1;
}

/* The spans of the places that are not empty, in this order. Returns how many there are. */
/*@ requires \valid_read(spans + (0 .. n - 1)) && \valid(ordered + (0 .. n - 1));
    requires n <= 0x7fffffff && \valid_read(sorted + (0 .. n - 1)) && indexes_below(sorted, 0, n, n);
    requires \separated(spans + (0 .. n - 1), sorted + (0 .. n - 1), ordered + (0 .. n - 1));
    requires firsts_in_order{Here,Here}(sorted, spans, n) && spans_all_sound(spans, n);
    assigns ordered[0 .. n - 1];
    ensures count: \result <= n;
    ensures good: spans_good(ordered, \result);
    ensures order: spans_begin_in_order(ordered, \result);
    ensures rank: \forall integer p;
        rank_at(ordered, \result, p) == rank_by{Pre,Pre}(spans, sorted, n, p); */
static size_t take_ordered(const struct span *spans, const struct place *sorted, size_t n,
                           struct span *ordered)
{
    size_t count = 0;
    size_t i = 0;

    /*@ loop invariant 0 <= count <= i <= n;
        loop invariant good: spans_good(ordered, count);
        loop invariant order: spans_begin_in_order(ordered, count);
        loop invariant before: i < n ==>
            all_begin_by(ordered, count, spans[sorted[i].index].first_pfn);
        loop invariant spans: spans_as{Pre,Here}(spans, n);
        loop invariant places: indexes_stay{Pre,Here}(sorted, sorted, 0, n);
        loop invariant rank: \forall integer p;
            rank_at(ordered, count, p) == rank_by{Pre,Pre}(spans, sorted, i, p);
        loop assigns i, count, ordered[0 .. n - 1];
        loop variant n - i; */
    for (; i < n; i++) {
        const struct span *span = &spans[sorted[i].index];
        //@ ghost Before: ;
        //@ assert below: sorted[i].index < n;
        //@ assert sound: span_sound(span);
        /*@ assert rank: \forall integer p; rank_of(span, p) ==
            rank_of{Pre}(spans + \at(sorted[\at(i, Here)].index, Pre), p); */
        /*@ assert next: i + 1 < n ==>
            span->first_pfn <= \at(spans[sorted[\at(i, Here) + 1].index].first_pfn, Pre); */
        count = take_one(span, ordered, count);
        //@ assert spans: spans_as{Before,Here}(spans, n);
        //@ assert places: indexes_stay{Before,Here}(sorted, sorted, 0, n);
        /*@ assert next_first: i + 1 < n ==> spans[sorted[i + 1].index].first_pfn ==
            \at(spans[sorted[\at(i, Here) + 1].index].first_pfn, Pre); */
        /*@ assert rank_step: \forall integer p; rank_by{Pre,Pre}(spans, sorted, i + 1, p) ==
            \max(rank_by{Pre,Pre}(spans, sorted, i, p), rank_of{Before}(span, p)); */
    }
    //@ assert end: i == n;
    /*@ assert rank: \forall integer p;
        rank_at(ordered, count, p) == rank_by{Pre,Pre}(spans, sorted, n, p); */
    return count;
}

/*@ requires \valid_read(spans + (0 .. n - 1)) && \valid(places + (0 .. n - 1));
    requires n <= 0x7fffffff && \separated(spans + (0 .. n - 1), places + (0 .. n - 1));
    assigns places[0 .. n - 1];
    ensures filled: firsts_filled(places, spans, n); */
static inline void fill_firsts(const struct span *spans, struct place *places, size_t n)
{
    /*@ loop invariant 0 <= i <= n && firsts_stay{Pre,Here}(spans, n);
        loop invariant keys: \forall integer j; 0 <= j < i ==>
            places[j].key == \at(spans[j].first_pfn, Pre);
        loop invariant indexes: \forall integer j; 0 <= j < i ==> places[j].index == j;
        loop assigns i, places[0 .. n - 1];
        loop variant n - i; */
    for (size_t i = 0; i < n; i++) {
        places[i].key = spans[i].first_pfn;
        places[i].index = (uint32_t)i;
        places[i].what = 0;
    }
}

/*@ requires spans_keyed(source, spans, n) && spans_all_sound(spans, n);
    requires \valid(places + (0 .. n - 1)) && \valid(spare + (0 .. n - 1)) && \valid(report);
    requires \valid(ordered + (0 .. n - 1));
    requires \separated(report, source, spans + (0 .. n - 1), places + (0 .. n - 1),
        spare + (0 .. n - 1), ordered + (0 .. n - 1));
    assigns ordered[0 .. n - 1], places[0 .. n - 1], spare[0 .. n - 1],
        report->counts[MEMMAP_DUPLICATE], report->firsts[MEMMAP_DUPLICATE];
    ensures count: \result <= n;
    ensures good: spans_good(ordered, \result);
    ensures order: spans_begin_in_order(ordered, \result);
    ensures rank: \forall integer p;
        rank_at(ordered, \result, p) == rank_at{Pre}(spans, n, p); */
size_t memmap_order_spans(const struct memmap_source *source, const struct span *spans, size_t n,
                          struct place *places, struct place *spare, struct span *ordered,
                          struct memmap_report *report)
{
    struct place *sorted, *other;

    fill_firsts(spans, places, n);
    //@ ghost Filled: ;
    //@ assert as1: spans_as{Pre,Here}(spans, n);
    //@ assert some: all_indexes(places, n);
    //@ assert below1: indexes_below(places, 0, n, n);
    //@ assert within1: keys_within(places, 0, n);
    //@ assert boxed1: boxed_is_times(places, 0, n);
    sorted = memmap_places_sort(places, spare, n);
    other = sorted == places ? spare : places;
    //@ ghost Sorted: ;
    /*@ assert apart: \separated(report, source, spans + (0 .. n - 1), sorted + (0 .. n - 1),
        other + (0 .. n - 1), ordered + (0 .. n - 1)); */
    //@ assert within2: keys_within(sorted, 0, n);
    //@ assert boxed2: boxed_is_times(sorted, 0, n);
    /*@ assert same: \forall integer i; 0 <= i ==>
        times{Filled}(places, 0, n, i) == times(sorted, 0, n, i); */
    //@ assert permuted: indexes_permuted{Filled,Here}(places, sorted, 0, n);
    //@ assert found: all_found{Filled,Here}(places, sorted, 0, n);
    //@ assert below: indexes_below(sorted, 0, n, n);
    /*@ assert once: \forall integer j; 0 <= j < n ==>
        placed{Filled}(places, 0, n, sorted[j].key, sorted[j].key, sorted[j].index, -1) > 0; */
    //@ assert as2: spans_as{Filled,Here}(spans, n);
    //@ assert keyed: begin_at{Here,Here,Here}(sorted, sorted, spans, 0, n);
    //@ assert as_sorted: spans_as{Pre,Here}(spans, n);
    /*@ assert source: source->count == \at(source->count, Pre) &&
        source->stride_bytes == \at(source->stride_bytes, Pre) &&
        source->format == \at(source->format, Pre); */
    //@ assert opened: source_opened(source);
    //@ assert keyed_spans: spans_keyed(source, spans, n);
    //@ assert valid: \valid(sorted + (0 .. n - 1)) && \valid(other + (0 .. n - 1));
    order_runs(source, spans, n, sorted, other, report);
    //@ assert as3: spans_as{Sorted,Here}(spans, n);
    //@ assert all: all_indexes(sorted, n);
    //@ assert within3: keys_within(sorted, 0, n);
    //@ assert found2: all_found{Sorted,Here}(sorted, sorted, 0, n);
    //@ assert below2: indexes_below(sorted, 0, n, n);
    //@ assert keyed2: begin_at{Sorted,Here,Here}(sorted, sorted, spans, 0, n);
    //@ assert rise: keys_rise{Sorted}(sorted, n);
    //@ assert in_order: firsts_in_order{Here,Here}(sorted, spans, n);
    //@ assert as4: spans_as{Pre,Here}(spans, n);
    //@ assert rank1: \forall integer p; rank_at(spans, n, p) == rank_at{Pre}(spans, n, p);
    /*@ assert rank2: \forall integer p;
        rank_by{Here,Here}(spans, sorted, n, p) == rank_at(spans, n, p); */
    return take_ordered(spans, sorted, n, ordered);
}
