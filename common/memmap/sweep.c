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
    ensures sorted: ends_sorted(\result, sweep->spans, first, end);
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
    /*@ assert counts: \forall integer c, p; 0 <= c ==>
        placed(sorted, 0, end - first, 0, p, -1, c) ==
            ended{Pre}(sweep->spans, first, end, c, p); */
    //@ assert kept2: spans_kept{Pre,Here}(sweep->spans, sweep->count);
    /*@ assert still: \forall integer c, p; ended(sweep->spans, first, end, c, p) ==
            ended{Pre}(sweep->spans, first, end, c, p); */
    //@ assert counts1: ends_counted(sorted, sweep->spans, first, end);
    //@ assert keys1: ends_keys(sorted, sweep->spans, first, end);
    //@ assert classes1: ends_classes(sorted, sweep->spans, first, end);
    //@ assert order1: places_in_order(sorted, 0, end - first);
    //@ assert members1: ends_members(sorted, first, end);
    //@ assert good: spans_good(sweep->spans, sweep->count);
    //@ assert last: spans_end_by(sweep->spans, first, end, sorted[end - first - 1].key);
    return sorted;
}

/* ---- from seam to seam: where nothing is open ------------------------------------------- */

/*@ // All can be read and written, and the map has room for all.
    predicate sweep_sound{L}(struct sweep *s) =
        sweep_valid(s) && sweep_apart(s) && \valid(s->map) &&
        2 * s->count + 1 <= s->map->capacity <= 0x7ffffffffffffff &&
        \valid(s->map->regions + (0 .. s->map->capacity - 1));
    predicate sweep_in_line{L}(struct sweep *s) = spans_good(s->spans, s->count) &&
        spans_begin_in_order(s->spans, s->count);
    // Where span i begins; behind the last one, the end of all pages.
    logic integer seam_pfn{L}(struct sweep *s, integer i) =
        i < s->count ? s->spans[i].first_pfn : PFN_END;
    // Spans [0, i) ended by pfn, nothing is open, and up to pfn the map says what the spans say.
    predicate done_by{L}(struct sweep *s, integer i, integer pfn) =
        spans_end_by(s->spans, 0, i, pfn) && classes_sound{L,L}(s, i) && none_open(s) &&
        made_by(s, pfn, 2 * i) && swept{L,L}(s, pfn);
    predicate at_seam{L}(struct sweep *s, integer i) =
        0 <= i <= s->count && sweep_in_line(s) && done_by(s, i, seam_pfn(s, i));
    // In B, the arrays are those of A, and so are the spans.
    predicate arrays_kept{A,B}(struct sweep *s) = \at(s->report, A) == \at(s->report, B) &&
        \at(s->spans, A) == \at(s->spans, B) && \at(s->count, A) == \at(s->count, B) &&
        \at(s->next, A) == \at(s->next, B) && \at(s->ends, A) == \at(s->ends, B) &&
        \at(s->spare, A) == \at(s->spare, B) && \at(s->map, A) == \at(s->map, B) &&
        \at(s->map->regions, A) == \at(s->map->regions, B) &&
        \at(s->map->capacity, A) == \at(s->map->capacity, B);
    predicate sweep_kept{A,B}(struct sweep *s) = arrays_kept{A,B}(s) &&
        spans_kept{A,B}(\at(s->spans, A), \at(s->count, A));
    // In B, what is open is as in A, too,
    predicate sweep_rests{A,B}(struct sweep *s) = sweep_kept{A,B}(s) && counts_same{A,B}(s) &&
        tails_same{A,B}(s, -1) && \at(s->class_mask, A) == \at(s->class_mask, B) &&
        \at(s->loaded_claim, A) == \at(s->loaded_claim, B);
    // and so is the map;
    predicate sweep_same{A,B}(struct sweep *s) = sweep_rests{A,B}(s) &&
        \at(s->map->count, A) == \at(s->map->count, B) &&
        same{A,B}(\at(s->map->regions, A), 0, \at(s->map->count, A));
    // or span i, which stands alone, was put out.
    predicate alone_put{A,B}(struct sweep *s, integer i) = sweep_rests{A,B}(s) &&
        at_seam{A}(s, i) && is_cluster{A}(s, i, i + 1) &&
        \at(s->map->count, B) <= \at(s->map->count, A) + 2 &&
        made_to{B}(\at(s->map->regions, B), \at(s->map->count, B),
                   \at(s->spans[i].end_pfn, A)) &&
        put{A,B}(\at(s->map->regions, A), \at(s->map->count, A), \at(s->map->count, B),
                 \at(s->spans[i].first_pfn, A), \at(s->spans[i].end_pfn, A),
                 \at(s->spans[i].kind, A));
    // Nothing of spans [first, end) has been passed.
    predicate walk_begins{L}(struct sweep *s, struct sweep_walk *w) = w->opened == w->first &&
        w->closed == 0 && w->open_pfn == s->spans[w->first].first_pfn;
    // All of them has been passed.
    predicate walk_ended{L}(struct sweep *s, struct sweep_walk *w, integer pfn) =
        walk_over(s, w) && walk_stands(s, w, pfn) && w->closed == w->end - w->first &&
        walk_counts(s, w) && walk_swept(s, w, pfn, 0); */

/* From the seam before a cluster to its last end, which is returned, and so to the next seam. */
/*@ requires walk_apart(sweep, walk) && walk_over(sweep, walk) && walk_begins(sweep, walk);
    requires at_seam(sweep, walk->first);
    assigns walk->opened, walk->closed, walk->open_pfn, sweep->status,
            sweep->report->fault_claim, sweep->report->fault_origin, sweep->report->fault_pfn,
            sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. sweep->count - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures kept: sweep_kept{Pre,Here}(sweep);
    ensures seam: at_seam(sweep, \old(walk->end)); */
static inline uint64_t walk_from_seam(struct sweep *sweep, struct sweep_walk *walk)
{
    //@ ghost size_t *capacity = &sweep->map->capacity;
    /*@ assert apart: \separated(capacity, walk) && \separated(capacity, sweep) &&
        \separated(capacity, sweep->report) &&
        \separated(capacity, sweep->map->regions + (0 .. *capacity - 1)); */
    uint64_t pfn = walk_cluster(sweep, walk, walk->open_pfn);

    //@ assert room: sweep->map->capacity == \at(sweep->map->capacity, Pre);
    //@ assert arrays: arrays_kept{Pre,Here}(sweep);
    //@ assert over: walk_over(sweep, walk);
    //@ assert ended: walk_ended(sweep, walk, pfn);
    return pfn;
}

/* Spans [first, end), which overlap without a gap, and their ends in order. */
/*@ requires sweep_sound(sweep) && at_seam(sweep, first) && is_cluster(sweep, first, end);
    requires ends == sweep->ends || ends == sweep->spare;
    requires ends_sorted(ends, sweep->spans, first, end);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. sweep->count - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures kept: sweep_kept{Pre,Here}(sweep);
    ensures seam: at_seam(sweep, end); */
static inline void sweep_ends(struct sweep *sweep, const struct place *ends, size_t first,
                              size_t end)
{
    struct sweep_walk walk = {.ends = ends, .first = first, .end = end, .opened = first,
                              .closed = 0, .open_pfn = sweep->spans[first].first_pfn};

    walk_from_seam(sweep, &walk);
}

/* Spans [first, end), which overlap without a gap. */
/*@ requires sweep_sound(sweep) && at_seam(sweep, first) && is_cluster(sweep, first, end);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. sweep->count - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1],
            sweep->ends[0 .. sweep->count - 1], sweep->spare[0 .. sweep->count - 1];
    ensures kept: sweep_kept{Pre,Here}(sweep);
    ensures seam: at_seam(sweep, end); */
static void sweep_cluster(struct sweep *sweep, size_t first, size_t end)
{
    const struct place *ends = sort_ends(sweep, first, end);

    //@ ghost Sorted: ;
    //@ assert arrays: arrays_kept{Pre,Here}(sweep);
    //@ assert kept: spans_kept{Pre,Here}(\at(sweep->spans, Pre), \at(sweep->count, Pre));
    //@ assert counts: counts_same{Pre,Here}(sweep);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    /*@ assert words: sweep->class_mask == \at(sweep->class_mask, Pre) &&
        sweep->loaded_claim == \at(sweep->loaded_claim, Pre) &&
        sweep->map->count == \at(sweep->map->count, Pre); */
    //@ assert map: same{Pre,Here}(\at(sweep->map->regions, Pre), 0, \at(sweep->map->count, Pre));
    //@ assert same: sweep_same{Pre,Here}(sweep);
    //@ assert seam: at_seam(sweep, first) && is_cluster(sweep, first, end);
    //@ assert ready: sweep_sound(sweep);
    sweep_ends(sweep, ends, first, end);
    //@ assert kept1: sweep_kept{Sorted,Here}(sweep);
    //@ assert kept2: sweep_kept{Pre,Here}(sweep);
}

/* A span that nothing else covers. */
/*@ requires sweep_sound(sweep) && at_seam(sweep, index) && is_cluster(sweep, index, index + 1);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->map->count, sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures kept: sweep_kept{Pre,Here}(sweep);
    ensures seam: at_seam(sweep, index + 1); */
static inline void sweep_alone(struct sweep *sweep, size_t index)
{
    emit_alone(sweep, index);
    //@ assert arrays: arrays_kept{Pre,Here}(sweep);
    //@ assert kept: spans_kept{Pre,Here}(\at(sweep->spans, Pre), \at(sweep->count, Pre));
    //@ assert counts: counts_same{Pre,Here}(sweep);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert mask: sweep->class_mask == \at(sweep->class_mask, Pre);
    //@ assert claim: sweep->loaded_claim == \at(sweep->loaded_claim, Pre);
    //@ assert rests: sweep_rests{Pre,Here}(sweep);
    //@ assert put: alone_put{Pre,Here}(sweep, index);
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

/* From a seam to the next one, which is returned. */
/*@ requires sweep_sound(sweep) && at_seam(sweep, first) && first < sweep->count;
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. sweep->count - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1],
            sweep->ends[0 .. sweep->count - 1], sweep->spare[0 .. sweep->count - 1];
    ensures further: first < \result <= sweep->count;
    ensures kept: sweep_kept{Pre,Here}(sweep);
    ensures seam: at_seam(sweep, \result); */
static inline size_t sweep_from_seam(struct sweep *sweep, size_t first)
{
    size_t end = cluster_end(sweep->spans, first, sweep->count);

    //@ assert cluster: is_cluster(sweep, first, end);
    //@ assert next: first + 1 <= sweep->count;
    if (end == first + 1) {
        //@ assert one: end == first + 1;
        sweep_alone(sweep, first);
        //@ assert alone: at_seam(sweep, end);
    } else {
        sweep_cluster(sweep, first, end);
        //@ assert swept: at_seam(sweep, end);
    }
    return end;
}

void memmap_sweep_spans(struct sweep *sweep)
{
    /*@ loop invariant inside: i <= sweep->count;
        loop invariant kept: sweep_kept{Pre,Here}(sweep);
        loop invariant seam: sweep->count > 0 ==> at_seam(sweep, i);
        loop invariant none: sweep->count == 0 ==> sweep->map->count == 0;
        loop assigns i, sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. \at(sweep->count, Pre) - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. \at(sweep->map->capacity, Pre) - 1],
            sweep->ends[0 .. \at(sweep->count, Pre) - 1],
            sweep->spare[0 .. \at(sweep->count, Pre) - 1];
        loop variant sweep->count - i; */
    for (size_t i = 0; i < sweep->count;) {
        //@ ghost Before: ;
        i = sweep_from_seam(sweep, i);
        //@ assert again: sweep_kept{Before,Here}(sweep);
    }
    /*@ assert kinds: sweep->count > 0 ==> \forall integer p; page_swept{Here,Pre}(sweep, p) &&
        kind_at(sweep->map->regions, sweep->map->count, p) ==
        kept_kind(p, rank_at{Pre}(\at(sweep->spans, Pre), \at(sweep->count, Pre), p)); */
}
