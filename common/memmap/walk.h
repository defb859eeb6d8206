/* SPDX-License-Identifier: MIT */
/*
 * Private to the sweep: the walk over a cluster, from bound to bound. For one source file alone.
 *
 *   spans   |----a----|           opened: a, b       ends, in order: a b c
 *              |----b----|        closed: a
 *                   |--c--|
 *                     ^ pfn       between two bounds in a row the cover is the same
 */
#ifndef GROMA_MEMMAP_WALK_H
#define GROMA_MEMMAP_WALK_H

#include "memmap/emit.h"

/* Over spans [first, end), which overlap without a gap. */
struct sweep_walk {
    const struct place *ends; /* of all of them, in order */
    size_t first;
    size_t end;
    size_t opened;     /* one past the last span that opened */
    size_t closed;     /* ends that passed */
    uint64_t open_pfn; /* where span `opened` begins; UINT64_MAX where all opened */
};

/*@ // Each of spans (first, end) begins before one that stands before it ends.
    predicate reaches{L}(struct span *s, integer first, integer i) =
        \exists integer j; first <= j < i && s[i].first_pfn < s[j].end_pfn;
    predicate no_gap{L}(struct span *s, integer first, integer end) =
        \forall integer i; first < i < end ==> reaches(s, first, i); */

/*@ // Sorted ends of spans [first, end): by each page as many of a class as spans end;
    predicate ends_counted{L}(struct place *a, struct span *s, integer first, integer end) =
        \forall integer c, p; 0 <= c ==>
            placed(a, 0, end - first, 0, p, -1, c) == ended(s, first, end, c, p);
    // each belongs to a span;
    predicate ends_members{L}(struct place *a, integer first, integer end) =
        \forall integer j; 0 <= j < end - first ==> first <= a[j].index < end;
    predicate ends_keys{L}(struct place *a, struct span *s, integer first, integer end) =
        \forall integer j; 0 <= j < end - first ==> s[a[j].index].end_pfn == a[j].key;
    predicate ends_classes{L}(struct place *a, struct span *s, integer first, integer end) =
        \forall integer j; 0 <= j < end - first ==> span_class(s + a[j].index) == a[j].what;
    // all spans end by the last.
    predicate ends_sorted{L}(struct place *a, struct span *s, integer first, integer end) =
        places_in_order(a, 0, end - first) && ends_counted(a, s, first, end) &&
        ends_members(a, first, end) && ends_keys(a, s, first, end) &&
        ends_classes(a, s, first, end) && spans_end_by(s, first, end, a[end - first - 1].key);
    predicate keys_kept{A,B}(struct place *a, integer m) = \forall integer j; 0 <= j < m ==>
        \at(a[j].key, A) == \at(a[j].key, B);
    predicate indexes_kept{A,B}(struct place *a, integer m) = \forall integer j; 0 <= j < m ==>
        \at(a[j].index, A) == \at(a[j].index, B);
    predicate whats_kept{A,B}(struct place *a, integer m) = \forall integer j; 0 <= j < m ==>
        \at(a[j].what, A) == \at(a[j].what, B);
    predicate places_kept{A,B}(struct place *a, integer m) = keys_kept{A,B}(a, m) &&
        indexes_kept{A,B}(a, m) && whats_kept{A,B}(a, m);
    // Open at L: of spans [first, opened) those that the first `closed` ends have not closed.
    predicate counted{L,S}(struct sweep *s, struct place *a, integer first, integer opened,
                           integer closed) =
        \forall integer c; 0 <= c < SWEEP_CLASSES ==> \at(s->open_counts[c], L) ==
            of_class{S}(\at(s->spans, S), first, opened, c) -
            placed{S}(a, 0, closed, 0, PFN_END, -1, c);
    // Open at L: what covers page p.
    predicate cover_counted{L,S}(struct sweep *s, integer p) =
        \forall integer c; 0 <= c < SWEEP_CLASSES ==> \at(s->open_counts[c], L) ==
            covering{S}(\at(s->spans, S), 0, \at(s->count, S), c, p);
    // The map at L says of page p what the spans at S say of it.
    predicate page_swept{L,S}(struct sweep *s, integer p) =
        kind_at{L}(\at(s->map->regions, L), \at(s->map->count, L), p) ==
            kept_kind(p, rank_at{S}(\at(s->spans, S), \at(s->count, S), p));
    predicate swept{L,S}(struct sweep *s, integer pfn) =
        \forall integer p; p < pfn ==> page_swept{L,S}(s, p);
    predicate pages_swept{L,S}(struct memmap_region *r, integer n, struct span *s, integer count,
                               integer pfn) =
        \forall integer p; p < pfn ==>
            kind_at{L}(r, n, p) == kept_kind(p, rank_at{S}(s, count, p));
    // Links and counts are sound where spans [0, opened) have opened.
    predicate classes_sound{L,S}(struct sweep *s, integer opened) = linked{L,S}(s, opened) &&
        mask_sound{L}(s) && \at(s->loaded_claim, L) < \at(s->count, S);
    predicate none_open{L}(struct sweep *s) =
        \forall integer c; 0 <= c < SWEEP_CLASSES ==> s->open_counts[c] == 0;
    // The regions so far end by pfn, and are `most` at most.
    predicate made_by{L}(struct sweep *s, integer pfn, integer most) =
        made_to(s->map->regions, s->map->count, pfn) && s->map->count <= most;
    // Spans [first, end) are a cluster.
    predicate is_cluster{L}(struct sweep *s, integer first, integer end) =
        0 <= first < end <= s->count && spans_good(s->spans, s->count) &&
        spans_begin_in_order(s->spans, s->count) && no_gap(s->spans, first, end) &&
        spans_end_by(s->spans, 0, first, s->spans[first].first_pfn) &&
        (end < s->count ==> spans_end_by(s->spans, first, end, s->spans[end].first_pfn));
    // The walk has passed what begins by pfn and what ends by it; nothing does before `next`.
    predicate between{L,S}(struct sweep *s, struct place *a, integer first, integer end,
                           integer opened, integer closed, integer pfn, integer next) =
        is_cluster{S}(s, first, end) && ends_sorted{S}(a, \at(s->spans, S), first, end) &&
        first <= opened <= end && 0 <= closed < end - first &&
        counted{L,S}(s, a, first, opened, closed) && mask_sound{L}(s) &&
        begin_by{S}(\at(s->spans, S), first, opened, pfn) && keys_by{S}(a, 0, closed, pfn) &&
        spans_begin_from{S}(\at(s->spans, S), opened, end, next) &&
        next <= \at(a[closed].key, S) && (opened == first ==> next <= pfn) &&
        (opened == end ==> next == \at(a[closed].key, S)); */

/*@ // What the walk reads and writes stands apart from each other;
    predicate walk_near{L}(struct sweep *s, struct sweep_walk *w) =
        \valid(w) && w->first < w->end <= s->count && sweep_open(s) &&
        \valid_read(w->ends + (0 .. w->end - w->first - 1)) &&
        \separated(s, w->ends + (0 .. w->end - w->first - 1), w) &&
        \separated(s->report, w->ends + (0 .. w->end - w->first - 1)) &&
        \separated(s->next + (0 .. s->count), w->ends + (0 .. w->end - w->first - 1)) &&
        \separated(s->report, w) && \separated(s->next + (0 .. s->count), w) &&
        \separated(s->spans + (0 .. s->count - 1), w);
    // the map, too, and it has room.
    predicate walk_apart{L}(struct sweep *s, struct sweep_walk *w) =
        walk_near(s, w) && map_apart(s, 0) && 2 * s->count + 1 <= s->map->capacity &&
        \separated(s->map, w->ends + (0 .. w->end - w->first - 1)) &&
        \separated(s->map->regions + (0 .. s->map->capacity - 1),
                   w->ends + (0 .. w->end - w->first - 1)) &&
        \separated(s->map, w) && \separated(s->map->regions + (0 .. s->map->capacity - 1), w);
    predicate walk_inside{L}(struct sweep *s, struct sweep_walk *w) =
        w->first <= w->opened <= w->end <= s->count && w->closed <= w->end - w->first;
    predicate walk_over{L}(struct sweep *s, struct sweep_walk *w) =
        is_cluster(s, w->first, w->end) && ends_sorted(w->ends, s->spans, w->first, w->end);
    // The walk stands on page pfn: what begins before has opened, what ends before has closed.
    predicate walk_stands{L}(struct sweep *s, struct sweep_walk *w, integer pfn) =
        walk_inside(s, w) && begin_by(s->spans, w->first, w->opened, pfn) &&
        keys_by(w->ends, 0, w->closed, pfn) && pfn <= w->open_pfn &&
        (w->opened == w->first ==> pfn == w->open_pfn) &&
        w->open_pfn == (w->opened < w->end ? s->spans[w->opened].first_pfn : UINT64_MAX) &&
        pfn <= w->ends[w->closed == w->end - w->first ? w->closed - 1 : w->closed].key;
    // Links and counts are those of the bounds that are passed.
    predicate walk_counts{L}(struct sweep *s, struct sweep_walk *w) =
        counted{L,L}(s, w->ends, w->first, w->opened, w->closed) &&
        classes_sound{L,L}(s, w->opened);
    // Up to pfn the map says what the spans say; `more`: for a bound that is not passed yet.
    predicate walk_swept{L}(struct sweep *s, struct sweep_walk *w, integer pfn, integer more) =
        made_by(s, pfn, w->first + w->opened + w->closed + more) && swept{L,L}(s, pfn);
    // In B, the walk has passed what it had in A.
    predicate walk_still{A,B}(struct sweep *s, struct sweep_walk *w) =
        \at(w->opened, A) == \at(w->opened, B) && \at(w->closed, A) == \at(w->closed, B) &&
        \at(w->open_pfn, A) == \at(w->open_pfn, B);
    // In B, spans and ends are those of A.
    predicate walk_kept{A,B}(struct sweep *s, struct sweep_walk *w) =
        spans_kept{A,B}(\at(s->spans, A), \at(s->count, A)) &&
        places_kept{A,B}(\at(w->ends, A), \at(w->end, A) - \at(w->first, A)) &&
        \at(s->spans, A) == \at(s->spans, B) && \at(s->count, A) == \at(s->count, B) &&
        \at(s->next, A) == \at(s->next, B) && \at(s->map, A) == \at(s->map, B) &&
        \at(w->ends, A) == \at(w->ends, B) && \at(w->first, A) == \at(w->first, B) &&
        \at(w->end, A) == \at(w->end, B); */

/* Puts out pages [pfn, next_pfn); what the walk goes over stays. */
/*@ requires walk_apart(sweep, walk) && map_apart(sweep, pfn == 0 ? 2 : 1);
    requires mask_sound(sweep) && sweep->loaded_claim < sweep->count;
    requires spans_good(sweep->spans, sweep->count);
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    requires open: \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(sweep->class_mask, c);
    requires made_to(sweep->map->regions, sweep->map->count, pfn);
    requires pfn < next_pfn <= PFN_END;
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->heads[0 .. SWEEP_CLASSES - 1], sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures count: \old(sweep->map->count) <= sweep->map->count <=
        \old(sweep->map->count) + (pfn == 0 ? 2 : 1);
    ensures made: made_to(sweep->map->regions, sweep->map->count, next_pfn);
    ensures put: puts_top{Pre,Here}(sweep, pfn, next_pfn);
    ensures stays: stays_open{Pre,Here,Here}(sweep);
    ensures open: open_linked{Here,Here}(sweep);
    ensures mask: mask_sound(sweep);
    ensures claim: sweep->loaded_claim == \old(sweep->loaded_claim);
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures still: walk_still{Pre,Here}(sweep, walk); */
static inline void walk_emit(struct sweep *sweep, uint64_t pfn, uint64_t next_pfn)
/*@ ghost (const struct sweep_walk *walk) */
{
    emit_covered(sweep, pfn, next_pfn);
    //@ assert keys: keys_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert indexes: indexes_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert whats: whats_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert own: sweep->class_mask == \at(sweep->class_mask, Pre);
    //@ assert size: sweep->count == \at(sweep->count, Pre);
    //@ assert first: walk->first == \at(walk->first, Pre) && walk->end == \at(walk->end, Pre);
}

/* Puts out the pages up to the next bound, which have the same cover. Returns the bound. */
/*@ requires walk_apart(sweep, walk) && walk_over(sweep, walk) && walk_stands(sweep, walk, pfn);
    requires walk_counts(sweep, walk) && walk_swept(sweep, walk, pfn, 0);
    requires walk->closed < walk->end - walk->first;
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->heads[0 .. SWEEP_CLASSES - 1], sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures bound: \result == \min(walk->open_pfn, walk->ends[walk->closed].key);
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures still: walk_still{Pre,Here}(sweep, walk);
    ensures linked: linked{Here,Here}(sweep, walk->opened);
    ensures mask: mask_sound(sweep);
    ensures claim: sweep->loaded_claim < sweep->count;
    ensures counts: counted{Here,Here}(sweep, walk->ends, walk->first, walk->opened,
                                       walk->closed);
    ensures made: made_by(sweep, \result, walk->first + walk->opened + walk->closed + 1);
    ensures swept: swept{Here,Here}(sweep, \result); */
static inline uint64_t walk_pages(struct sweep *sweep, const struct sweep_walk *walk, uint64_t pfn)
{
    uint64_t end_pfn = walk->ends[walk->closed].key;
    uint64_t next_pfn = walk->open_pfn < end_pfn ? walk->open_pfn : end_pfn;

    if (next_pfn == pfn) {
        //@ assert kept0: walk_kept{Pre,Here}(sweep, walk);
        //@ assert mask0: mask_sound(sweep);
        return next_pfn;
    }
    /*@ assert between: between{Here,Here}(sweep, walk->ends, walk->first, walk->end, walk->opened,
                                           walk->closed, pfn, next_pfn); */
    /*@ assert some: \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(sweep->class_mask, c); */
    //@ assert room: map_apart(sweep, pfn == 0 ? 2 : 1);
    //@ assert made: made_to(sweep->map->regions, sweep->map->count, pfn);
    //@ assert width: next_pfn <= PFN_END;
    //@ assert none: pfn == 0 ==> sweep->map->count == 0;
    //@ assert begun: walk->opened > walk->first;
    walk_emit(sweep, pfn, next_pfn) /*@ ghost (walk) */;
    //@ assert drawn: swept{Here,Pre}(sweep, next_pfn);
    //@ assert kept1: walk_kept{Pre,Here}(sweep, walk);
    //@ assert mask1: mask_sound(sweep);
    //@ assert linked: linked{Here,Here}(sweep, \at(walk->opened, Pre));
    /*@ assert counted: counted{Here,Here}(sweep, walk->ends, walk->first, walk->opened,
                                           walk->closed); */
    //@ assert swept: swept{Here,Here}(sweep, next_pfn);
    //@ assert most: made_by(sweep, next_pfn, walk->first + walk->opened + walk->closed + 1);
    return next_pfn;
}

/* Passes the next end. */
/*@ requires walk_near(sweep, walk) && walk_over(sweep, walk);
    requires walk->first <= walk->opened <= walk->end;
    requires walk->closed < walk->end - walk->first;
    requires spans_begin_from(sweep->spans, walk->opened, walk->end,
                              walk->ends[walk->closed].key);
    requires keys_by(walk->ends, 0, walk->closed, walk->ends[walk->closed].key);
    requires walk_counts(sweep, walk);
    assigns walk->closed, sweep->bits_now, sweep->bit_counts[0 .. 63], sweep->loaded_count,
            sweep->open_counts[0 .. SWEEP_CLASSES - 1], sweep->class_mask, sweep->depth;
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures closed: walk->closed == \old(walk->closed) + 1;
    ensures linked: linked{Here,Here}(sweep, walk->opened);
    ensures mask: mask_sound(sweep);
    ensures claim: sweep->loaded_claim < sweep->count;
    ensures counts: counted{Here,Here}(sweep, walk->ends, walk->first, walk->opened,
                                       walk->closed); */
static inline void walk_end(struct sweep *sweep, struct sweep_walk *walk)
{
    const struct place *place = &walk->ends[walk->closed];

    //@ assert member: place->index < sweep->count && span_good(sweep->spans + place->index);
    //@ assert class: place->what == span_class(sweep->spans + place->index) < SWEEP_CLASSES;
    //@ assert width: place->key <= PFN_END;
    //@ assert open: sweep->open_counts[place->what] > 0;
    close_span(sweep, place->index, place->what);
    walk->closed++;
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert loaded: loaded_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert forms: forms_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert kinds: kinds_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert keys: keys_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert indexes: indexes_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert whats: whats_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert kept: walk_kept{Pre,Here}(sweep, walk);
    //@ assert counted: counts_change{Pre,Here}(sweep, \at(walk->ends[walk->closed].what, Pre), -1);
    //@ assert links: links_kept{Pre,Here,Here}(sweep, \at(sweep->count, Pre));
    //@ assert mask: mask_sound(sweep);
    //@ assert claim: sweep->loaded_claim == \at(sweep->loaded_claim, Pre);
    //@ assert linked: linked{Here,Here}(sweep, walk->opened);
    /*@ assert here: counted{Here,Here}(sweep, walk->ends, walk->first, walk->opened,
                                        walk->closed); */
}

/* Passes the next beginning. */
/*@ requires walk_near(sweep, walk) && walk_over(sweep, walk);
    requires walk->first <= walk->opened < walk->end;
    requires walk->closed <= walk->end - walk->first;
    requires walk_counts(sweep, walk);
    assigns walk->opened, walk->open_pfn, sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. sweep->count - 1], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth;
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures opened: walk->opened == \old(walk->opened) + 1;
    ensures open_pfn: walk->open_pfn ==
        (walk->opened < walk->end ? sweep->spans[walk->opened].first_pfn : UINT64_MAX);
    ensures counts: walk_counts(sweep, walk); */
static inline void walk_beginning(struct sweep *sweep, struct sweep_walk *walk)
{
    /*@ assert most: \forall integer c; 0 <= c < SWEEP_CLASSES ==>
        sweep->open_counts[c] <= walk->opened; */
    open_span(sweep, (uint32_t)walk->opened);
    walk->opened++;
    walk->open_pfn =
        walk->opened < walk->end ? sweep->spans[walk->opened].first_pfn : UINT64_MAX;
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert loaded: loaded_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert forms: forms_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert kinds: kinds_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
    //@ assert keys: keys_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert indexes: indexes_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert whats: whats_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    //@ assert kept: walk_kept{Pre,Here}(sweep, walk);
    /*@ assert counted: counts_change{Pre,Here}(sweep,
        span_class{Pre}(\at(sweep->spans, Pre) + \at(walk->opened, Pre)), 1); */
    //@ assert linked: linked{Here,Here}(sweep, walk->opened);
    //@ assert mask: mask_sound(sweep);
}

/* To the next bound, and over it; of ends and beginnings on one page, ends come first. */
/*@ requires walk_apart(sweep, walk) && walk_over(sweep, walk) && walk_stands(sweep, walk, pfn);
    requires walk_counts(sweep, walk) && walk_swept(sweep, walk, pfn, 0);
    requires walk->closed < walk->end - walk->first;
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
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures further: walk->opened + walk->closed == \old(walk->opened + walk->closed) + 1;
    ensures apart: walk_apart(sweep, walk);
    ensures room: sweep->map->capacity == \old(sweep->map->capacity);
    ensures over: walk_over(sweep, walk);
    ensures stands: walk_stands(sweep, walk, \result);
    ensures counts: walk_counts(sweep, walk);
    ensures swept: walk_swept(sweep, walk, \result, 0); */
static inline uint64_t walk_step(struct sweep *sweep, struct sweep_walk *walk, uint64_t pfn)
{
    const uint64_t end_pfn = walk->ends[walk->closed].key;
    uint64_t next_pfn = walk_pages(sweep, walk, pfn);

    //@ ghost Drawn: ;
    //@ assert size1: sweep->count == \at(sweep->count, Pre);
    //@ assert room1: sweep->map->capacity == \at(sweep->map->capacity, Pre);
    //@ assert first1: walk->first == \at(walk->first, Pre) && walk->end == \at(walk->end, Pre);
    //@ assert most1: sweep->map->count <= 2 * sweep->count < sweep->map->capacity;
    //@ assert closed1: walk->closed == \at(walk->closed, Pre);
    //@ assert open1: walk->open_pfn == \at(walk->open_pfn, Pre);
    //@ assert key1: walk->ends[walk->closed].key == end_pfn;
    //@ assert apart1: walk_apart(sweep, walk);
    //@ assert over1: walk_over(sweep, walk);
    //@ assert stands0: walk_stands{Pre}(sweep, walk, \at(next_pfn, Here));
    //@ assert stands1: walk_stands(sweep, walk, next_pfn);
    //@ assert begins1: begin_by(sweep->spans, walk->first, walk->opened, next_pfn);
    //@ assert keys1: keys_by(walk->ends, 0, walk->closed, next_pfn);
    //@ assert counts1: walk_counts(sweep, walk);
    //@ assert from1: spans_begin_from(sweep->spans, walk->opened, walk->end, next_pfn);
    //@ assert width1: next_pfn <= PFN_END;
    /*@ assert pages1: pages_swept{Here,Here}(sweep->map->regions, sweep->map->count, sweep->spans,
                                              sweep->count, next_pfn); */
    if (end_pfn == next_pfn) {
        walk_end(sweep, walk);
        //@ assert same2: same{Drawn,Here}(sweep->map->regions, 0, \at(sweep->map->count, Drawn));
        //@ assert kept2: walk_kept{Pre,Here}(sweep, walk);
        //@ assert count2: sweep->count == \at(sweep->count, Drawn);
        //@ assert room2: sweep->map->capacity == \at(sweep->map->capacity, Drawn);
        //@ assert first2: walk->first == \at(walk->first, Drawn);
        //@ assert end2: walk->end == \at(walk->end, Drawn);
        //@ assert apart2: walk_apart(sweep, walk);
        //@ assert over2: walk_over(sweep, walk);
        //@ assert open2: walk->open_pfn == \at(walk->open_pfn, Drawn);
        //@ assert passed2: walk->opened == \at(walk->opened, Drawn);
        //@ assert ended2: walk->closed == \at(walk->closed, Drawn) + 1;
        //@ assert bound2: next_pfn == \at(walk->ends[walk->closed].key, Drawn);
        //@ assert inside2: walk_inside(sweep, walk);
        //@ assert begins2: begin_by(sweep->spans, walk->first, walk->opened, next_pfn);
        //@ assert keys2: keys_by(walk->ends, 0, walk->closed, next_pfn);
        //@ assert next2: next_pfn <= walk->open_pfn;
        /*@ assert key2: next_pfn <= walk->ends[walk->closed == walk->end - walk->first ?
            walk->closed - 1 : walk->closed].key; */
        //@ assert only2: walk->opened == walk->first ==> next_pfn == walk->open_pfn;
        /*@ assert pfn2: walk->open_pfn == (walk->opened < walk->end ?
            sweep->spans[walk->opened].first_pfn : UINT64_MAX); */
        //@ assert stands2: walk_stands(sweep, walk, next_pfn);
        //@ assert counts2: walk_counts(sweep, walk);
        //@ assert size2: sweep->map->count == \at(sweep->map->count, Drawn);
        /*@ assert pages2: pages_swept{Here,Drawn}(sweep->map->regions, sweep->map->count,
            \at(sweep->spans, Drawn), \at(sweep->count, Drawn), next_pfn); */
        //@ assert moved2: swept{Here,Drawn}(sweep, next_pfn);
        //@ assert swept2: swept{Here,Here}(sweep, next_pfn);
        /*@ assert further2: walk->opened + walk->closed ==
            \at(walk->opened + walk->closed, Pre) + 1; */
        /*@ assert made2: made_by(sweep, next_pfn, walk->first + walk->opened + walk->closed); */
    } else {
        walk_beginning(sweep, walk);
        //@ assert same3: same{Drawn,Here}(sweep->map->regions, 0, \at(sweep->map->count, Drawn));
        //@ assert kept3: walk_kept{Pre,Here}(sweep, walk);
        //@ assert count3: sweep->count == \at(sweep->count, Drawn);
        //@ assert room3: sweep->map->capacity == \at(sweep->map->capacity, Drawn);
        //@ assert first3: walk->first == \at(walk->first, Drawn);
        //@ assert end3: walk->end == \at(walk->end, Drawn);
        //@ assert apart3: walk_apart(sweep, walk);
        //@ assert over3: walk_over(sweep, walk);
        //@ assert passed3: walk->closed == \at(walk->closed, Drawn);
        //@ assert opened3: walk->opened == \at(walk->opened, Drawn) + 1;
        //@ assert bound3: next_pfn == \at(walk->open_pfn, Drawn);
        //@ assert some3: \at(walk->first, Drawn) < \at(walk->end, Drawn);
        /*@ assert open3: walk->open_pfn == (walk->opened < walk->end ?
            sweep->spans[walk->opened].first_pfn : UINT64_MAX); */
        //@ assert inside3: walk_inside(sweep, walk);
        //@ assert begins3: begin_by(sweep->spans, walk->first, walk->opened, next_pfn);
        //@ assert keys3: keys_by(walk->ends, 0, walk->closed, next_pfn);
        //@ assert next3: next_pfn <= walk->open_pfn;
        //@ assert last3: walk->ends[walk->closed].key == end_pfn;
        /*@ assert key3: next_pfn <= walk->ends[walk->closed == walk->end - walk->first ?
            walk->closed - 1 : walk->closed].key; */
        //@ assert only3: walk->opened == walk->first ==> next_pfn == walk->open_pfn;
        //@ assert stands3: walk_stands(sweep, walk, next_pfn);
        //@ assert counts3: walk_counts(sweep, walk);
        //@ assert size3: sweep->map->count == \at(sweep->map->count, Drawn);
        /*@ assert pages3: pages_swept{Here,Drawn}(sweep->map->regions, sweep->map->count,
            \at(sweep->spans, Drawn), \at(sweep->count, Drawn), next_pfn); */
        //@ assert moved3: swept{Here,Drawn}(sweep, next_pfn);
        //@ assert swept3: swept{Here,Here}(sweep, next_pfn);
        /*@ assert further3: walk->opened + walk->closed ==
            \at(walk->opened + walk->closed, Pre) + 1; */
        /*@ assert made3: made_by(sweep, next_pfn, walk->first + walk->opened + walk->closed); */
    }
    return next_pfn;
}

/* From `pfn`, where the first span begins, to the last end, which is returned. */
/*@ requires walk_apart(sweep, walk) && walk_over(sweep, walk) && walk_stands(sweep, walk, pfn);
    requires walk_counts(sweep, walk) && walk_swept(sweep, walk, pfn, 0);
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
    ensures kept: walk_kept{Pre,Here}(sweep, walk);
    ensures closed: walk->closed == walk->end - walk->first;
    ensures stands: walk_stands(sweep, walk, \result);
    ensures counts: walk_counts(sweep, walk);
    ensures swept: walk_swept(sweep, walk, \result, 0); */
static uint64_t walk_cluster(struct sweep *sweep, struct sweep_walk *walk, uint64_t pfn)
{
    /*@ loop invariant kept: walk_kept{Pre,Here}(sweep, walk);
        loop invariant room: sweep->map->capacity == \at(sweep->map->capacity, Pre);
        loop invariant size: sweep->count == \at(sweep->count, Pre);
        loop invariant first: walk->first == \at(walk->first, Pre);
        loop invariant end: walk->end == \at(walk->end, Pre);
        loop invariant apart: walk_apart(sweep, walk);
        loop invariant over: walk_over(sweep, walk);
        loop invariant stands: walk_stands(sweep, walk, pfn);
        loop invariant counts: walk_counts(sweep, walk);
        loop invariant swept: walk_swept(sweep, walk, pfn, 0);
        loop assigns pfn, walk->opened, walk->closed, walk->open_pfn, sweep->status,
            sweep->report->fault_claim, sweep->report->fault_origin, sweep->report->fault_pfn,
            sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. \at(sweep->count, Pre) - 1],
            sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth, sweep->map->count,
            sweep->map->regions[0 .. \at(sweep->map->capacity, Pre) - 1];
        loop variant 2 * walk->end - walk->first - walk->opened - walk->closed; */
    while (walk->closed < walk->end - walk->first) {
        pfn = walk_step(sweep, walk, pfn);
        //@ assert spans: spans_kept{Pre,Here}(sweep->spans, \at(sweep->count, Pre));
        //@ assert places: places_kept{Pre,Here}(walk->ends, \at(walk->end - walk->first, Pre));
    }
    return pfn;
}

#endif
