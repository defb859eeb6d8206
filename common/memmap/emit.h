/* SPDX-License-Identifier: MIT */
/*
 * Private to the sweep: pages with the same cover become regions, and are accounted for. For one
 * source file alone; the contracts speak in the words of classes.h and output.h.
 */
#ifndef GROMA_MEMMAP_EMIT_H
#define GROMA_MEMMAP_EMIT_H

#include "memmap/classes.h"
#include "memmap/output.h"

/*@ requires \valid_read(sweep) && \valid_read(span);
    assigns \nothing;
    ensures \result == (span->form == SPAN_CLAIM
        ? ((uint32_t)(span->origin - sweep->entry_count) | MEMMAP_ORIGIN_CLAIM) : span->origin); */
static uint32_t origin_of_span(const struct sweep *sweep, const struct span *span)
{
    return span->form == SPAN_CLAIM ? (span->origin - sweep->entry_count) | MEMMAP_ORIGIN_CLAIM
                                    : span->origin;
}

/*@ // The map can be written, and stands apart from all else.
    predicate map_apart{L}(struct sweep *s, integer more) = map_open(s->map, more) &&
        \separated(s, s->report, s->spans + (0 .. s->count - 1), s->next + (0 .. s->count), s->map,
                   s->map->regions + (0 .. s->map->capacity - 1)); */

/*@ requires sweep_open(sweep);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn;
    ensures stays: stays_open{Pre,Here,Here}(sweep) && heads_same{Pre,Here}(sweep, -1);
    ensures first: \old(sweep->status) == MEMMAP_OK ==> sweep->status == status &&
        sweep->report->fault_claim == claim && sweep->report->fault_origin == origin &&
        sweep->report->fault_pfn == pfn;
    ensures later: \old(sweep->status) != MEMMAP_OK ==> sweep->status == \old(sweep->status) &&
        sweep->report->fault_claim == \old(sweep->report->fault_claim) &&
        sweep->report->fault_origin == \old(sweep->report->fault_origin) &&
        sweep->report->fault_pfn == \old(sweep->report->fault_pfn); */
static void fail(struct sweep *sweep, enum memmap_status status, uint32_t claim, uint32_t origin,
                 uint64_t pfn)
{
    if (sweep->status != MEMMAP_OK)
        return;
    sweep->status = status;
    sweep->report->fault_claim = claim;
    sweep->report->fault_origin = origin;
    sweep->report->fault_pfn = pfn;
}

/* ---- a span that nothing else covers --------------------------------------------------- */

/*@ // In B, the spans are those of A.
    predicate firsts_kept{A,B}(struct span *s, integer n) = \forall integer i; 0 <= i < n ==>
        \at(s[i].first_pfn, A) == \at(s[i].first_pfn, B);
    predicate ends_kept{A,B}(struct span *s, integer n) = \forall integer i; 0 <= i < n ==>
        \at(s[i].end_pfn, A) == \at(s[i].end_pfn, B);
    predicate loaded_kept{A,B}(struct span *s, integer n) = \forall integer i; 0 <= i < n ==>
        \at(s[i].loaded, A) == \at(s[i].loaded, B);
    predicate forms_kept{A,B}(struct span *s, integer n) = \forall integer i; 0 <= i < n ==>
        \at(s[i].form, A) == \at(s[i].form, B);
    predicate kinds_kept{A,B}(struct span *s, integer n) = \forall integer i; 0 <= i < n ==>
        \at(s[i].kind, A) == \at(s[i].kind, B);
    predicate spans_kept{A,B}(struct span *s, integer n) = firsts_kept{A,B}(s, n) &&
        ends_kept{A,B}(s, n) && loaded_kept{A,B}(s, n) && forms_kept{A,B}(s, n) &&
        kinds_kept{A,B}(s, n);
    predicate same_spans{S,T}(struct sweep *s, integer n) =
        \at(s->spans, S) == \at(s->spans, T) && \at(s->next, S) == \at(s->next, T) &&
        forms_kept{S,T}(\at(s->spans, S), n) && kinds_kept{S,T}(\at(s->spans, S), n); */

/*@ requires sweep_open(sweep) && map_apart(sweep, 0) && index < sweep->count;
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages;
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count);
    ensures same: same{Pre,Here}(sweep->map->regions, 0, sweep->map->count);
    // A loaded claim that no entry covers is a fault; the first fault is kept.
    ensures status: sweep->status == (\old(sweep->status) == MEMMAP_OK &&
        \old(sweep->spans[index].loaded) != 0 ? MEMMAP_CLAIM_MISSES : \old(sweep->status));
    ensures fault: \old(sweep->status) == MEMMAP_OK && \old(sweep->spans[index].loaded) != 0 ==>
        sweep->report->fault_pfn == \old(sweep->spans[index].first_pfn) &&
        sweep->report->fault_claim == (sweep->report->fault_origin & 0x7fffffff); */
static void count_alone(struct sweep *sweep, size_t index)
{
    const struct span *span = &sweep->spans[index];
    uint64_t page_count = span->end_pfn - span->first_pfn;
    uint32_t origin = origin_of_span(sweep, span);

    if (span->form != SPAN_CLAIM)
        sweep->report->stated.pages += page_count;
    else
        sweep->report->claimed.pages += page_count;
    if (span->loaded != 0)
        fail(sweep, MEMMAP_CLAIM_MISSES, origin & ~MEMMAP_ORIGIN_CLAIM, origin, span->first_pfn);
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert loaded: loaded_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert forms: forms_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert kinds: kinds_kept{Pre,Here}(sweep->spans, sweep->count);
}

/*@ requires sweep_open(sweep) && map_apart(sweep, first_pfn == 0 ? 2 : 1);
    requires made_to(sweep->map->regions, sweep->map->count, first_pfn);
    requires joined: goes <==> joins(sweep->map->regions, sweep->map->count, first_pfn, kind,
                                     attributes);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    assigns sweep->map->count, sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures count: \old(sweep->map->count) <= sweep->map->count <=
        \old(sweep->map->count) + (first_pfn == 0 ? 2 : 1);
    ensures made: made_to(sweep->map->regions, sweep->map->count, end_pfn);
    ensures put: put{Pre,Here}(sweep->map->regions, \old(sweep->map->count), sweep->map->count,
                               first_pfn, end_pfn, kind);
    ensures stays: stays_open{Pre,Here,Here}(sweep) && heads_same{Pre,Here}(sweep, -1);
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count); */
static inline void put_range(struct sweep *sweep, bool goes, uint64_t first_pfn, uint64_t end_pfn,
                             unsigned kind, uint64_t attributes, uint32_t origin,
                             unsigned flags)
{
    put_known(sweep->map, goes, first_pfn, end_pfn, kind, attributes, origin, flags);
    //@ assert size: sweep->count == \at(sweep->count, Pre);
    //@ assert counts: counts_same{Pre,Here}(sweep);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
    //@ assert heads: heads_same{Pre,Here}(sweep, -1);
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert loaded: loaded_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert forms: forms_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert kinds: kinds_kept{Pre,Here}(sweep->spans, sweep->count);
}

/*@ requires sweep_open(sweep) && index < sweep->count && span_good(sweep->spans + index);
    requires map_apart(sweep, sweep->spans[index].first_pfn == 0 ? 2 : 1);
    requires made_to(sweep->map->regions, sweep->map->count, sweep->spans[index].first_pfn);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->map->count, sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures count: \old(sweep->map->count) <= sweep->map->count <= \old(sweep->map->count) +
        (\old(sweep->spans[index].first_pfn) == 0 ? 2 : 1);
    ensures made: made_to(sweep->map->regions, sweep->map->count,
                          \old(sweep->spans[index].end_pfn));
    ensures put: put{Pre,Here}(sweep->map->regions, \old(sweep->map->count), sweep->map->count,
        \old(sweep->spans[index].first_pfn), \old(sweep->spans[index].end_pfn),
        \old(sweep->spans[index].kind));
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count); */
static void emit_alone(struct sweep *sweep, size_t index)
{
    const struct span *span = &sweep->spans[index];
    bool goes;

    count_alone(sweep, index);
    //@ assert size: sweep->count == \at(sweep->count, Pre);
    //@ assert regions: sweep->map->count == \at(sweep->map->count, Pre);
    //@ assert apart: map_apart(sweep, sweep->spans[index].first_pfn == 0 ? 2 : 1);
    //@ assert open: sweep_open(sweep) && span_good(sweep->spans + index);
    //@ assert same: same{Pre,Here}(sweep->map->regions, 0, sweep->map->count);
    /*@ assert span: span->first_pfn == \at(sweep->spans[\at(index, Here)].first_pfn, Pre) &&
        span->end_pfn == \at(sweep->spans[\at(index, Here)].end_pfn, Pre) &&
        span->kind == \at(sweep->spans[\at(index, Here)].kind, Pre); */
    //@ assert made: made_to(sweep->map->regions, sweep->map->count, sweep->spans[index].first_pfn);
    goes = goes_on(sweep->map, span->first_pfn, span->kind, span->attributes);
    put_range(sweep, goes, span->first_pfn, span->end_pfn, span->kind, span->attributes,
              origin_of_span(sweep, span), 0);
    //@ assert size_still: sweep->count == \at(sweep->count, Pre);
    /*@ assert put: put{Pre,Here}(sweep->map->regions, \at(sweep->map->count, Pre),
        sweep->map->count, \at(sweep->spans[\at(index, Here)].first_pfn, Pre),
        \at(sweep->spans[\at(index, Here)].end_pfn, Pre),
        \at(sweep->spans[\at(index, Here)].kind, Pre)); */
}

/* ---- spans that cover each other ------------------------------------------------------- */

/*@ // The highest kind of an open class.
    predicate is_top{L}(struct sweep *s, integer kind) = 0 <= kind < SWEEP_CLAIM &&
        (bit_set(s->class_mask, kind) || bit_set(s->class_mask, kind + SWEEP_CLAIM)) &&
        \forall integer c; 0 <= c < SWEEP_CLASSES && class_kind(c) > kind ==>
            !bit_set(s->class_mask, c);
    // Between A and B, pages [first, end) got the highest open kind; nothing else changed.
    predicate puts_top{A,B}(struct sweep *s, integer first, integer end) =
        \forall integer k; is_top{A}(s, k) ==> put{A,B}(\at(s->map->regions, A),
            \at(s->map->count, A), \at(s->map->count, B), first, end, k); */

/*@ requires \valid_read(sweep);
    requires open: \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(sweep->class_mask, c);
    assigns \nothing;
    ensures is_top(sweep, \result); */
static inline unsigned top_kind(const struct sweep *sweep)
{
    uint32_t of_entries = entry_kinds(sweep);
    uint32_t of_claims = claim_kinds(sweep);
    uint32_t kinds = of_entries | of_claims;

    /*@ assert either: \forall integer k; 0 <= k < SWEEP_CLAIM ==>
        (bit_set(kinds, k) <==> bit_set(of_entries, k) || bit_set(of_claims, k)); */
    /*@ assert covered: \forall integer c; 0 <= c < SWEEP_CLASSES &&
        bit_set(sweep->class_mask, c) ==> bit_set(kinds, class_kind(c)); */
    //@ assert some: \exists integer k; 0 <= k < SWEEP_CLAIM && bit_set(kinds, k);
    return bit_highest(kinds);
}

/* Is the loaded claim that covers the pages from `pfn` on really ours, and has it kept them? */
/*@ requires sweep_open(sweep) && mask_sound(sweep) && sweep->loaded_claim < sweep->count;
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    requires is_top(sweep, kind);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->heads[0 .. SWEEP_CLASSES - 1];
    ensures open: open_linked{Here,Here}(sweep);
    ensures stays: stays_open{Pre,Here,Here}(sweep); */
static void check_loaded_claim(struct sweep *sweep, unsigned kind, uint64_t pfn)
{
    const struct span *claim = &sweep->spans[sweep->loaded_claim];
    uint32_t kinds = entry_kinds(sweep);
    enum memmap_status status = MEMMAP_OK;
    uint32_t origin;

    if (sweep->loaded_count > 1 || kind != claim->kind)
        status = MEMMAP_CLAIM_LOST;
    else if ((kinds & memmap_kind_bit(MEMMAP_LOADER_RECLAIMABLE)) == 0)
        status = MEMMAP_CLAIM_MISSES;
    if (status == MEMMAP_OK)
        return;
    if (status == MEMMAP_CLAIM_MISSES && kinds != 0)
        kind = bit_highest(kinds);
    origin = origin_of_span(sweep, decider(sweep, kind, pfn));
    //@ ghost Decided: ;
    fail(sweep, status, claim->origin - sweep->entry_count, origin, pfn);
    //@ assert kept: links_kept{Decided,Here,Here}(sweep, sweep->count);
}

/*@ requires \valid_read(sweep);
    assigns \nothing; */
static inline uint64_t covered_attributes(const struct sweep *sweep)
{
    return entry_kinds(sweep) != 0
               ? (sweep->bits_always | sweep->bits_now) ^ MEMMAP_CAPABILITIES : 0;
}

/*@ requires \valid_read(sweep);
    assigns \nothing; */
static inline unsigned covered_flags(const struct sweep *sweep)
{
    uint32_t kinds = entry_kinds(sweep);

    return (sweep->depth > 1 ? MEMMAP_SHARED : 0) |
           ((kinds & (kinds - 1)) != 0 ? MEMMAP_CONFLICT : 0);
}

/* Accounts for pages, and looks at who has them; `kind` is the highest one. */
/*@ requires sweep_open(sweep) && map_apart(sweep, 0);
    requires mask_sound(sweep) && sweep->loaded_claim < sweep->count && is_top(sweep, kind);
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->heads[0 .. SWEEP_CLASSES - 1];
    ensures stays: stays_open{Pre,Here,Here}(sweep);
    ensures open: open_linked{Here,Here}(sweep);
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count);
    ensures same: same{Pre,Here}(sweep->map->regions, 0, sweep->map->count) &&
        sweep->map->count == \old(sweep->map->count); */
static inline void count_covered(struct sweep *sweep, uint64_t first_pfn, uint64_t end_pfn,
                                 unsigned kind)
{
    if (entry_kinds(sweep) != 0)
        sweep->report->stated.pages += end_pfn - first_pfn;
    else
        sweep->report->claimed.pages += end_pfn - first_pfn;
    if (sweep->loaded_count > 0)
        check_loaded_claim(sweep, kind, first_pfn);
    //@ assert counts: counts_same{Pre,Here}(sweep);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
    //@ assert firsts: firsts_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert ends: ends_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert loaded: loaded_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert forms: forms_kept{Pre,Here}(sweep->spans, sweep->count);
    //@ assert kinds: kinds_kept{Pre,Here}(sweep->spans, sweep->count);
}

/* Who decides over pages of an open kind; nobody asks where they go on in the last region. */
/*@ requires sweep_open(sweep) && map_apart(sweep, 0) && mask_sound(sweep);
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    requires is_top(sweep, kind);
    assigns sweep->heads[0 .. SWEEP_CLASSES - 1];
    ensures open: open_linked{Here,Here}(sweep);
    ensures stays: stays_open{Pre,Here,Here}(sweep);
    ensures within: tails_within(sweep, sweep->count); */
static inline uint32_t origin_of_covered(struct sweep *sweep, bool goes, uint64_t first_pfn,
                                         unsigned kind)
{
    if (goes)
        return 0;
    return origin_of_span(sweep, decider(sweep, kind, first_pfn));
}

/* The pages [first_pfn, end_pfn) in which nothing begins or ends. */
/*@ requires sweep_open(sweep) && map_apart(sweep, first_pfn == 0 ? 2 : 1);
    requires mask_sound(sweep) && sweep->loaded_claim < sweep->count;
    requires spans_good(sweep->spans, sweep->count);
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    requires open: \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(sweep->class_mask, c);
    requires made_to(sweep->map->regions, sweep->map->count, first_pfn);
    requires first_pfn < end_pfn <= PFN_END;
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->heads[0 .. SWEEP_CLASSES - 1], sweep->map->count,
            sweep->map->regions[0 .. sweep->map->capacity - 1];
    ensures count: \old(sweep->map->count) <= sweep->map->count <=
        \old(sweep->map->count) + (first_pfn == 0 ? 2 : 1);
    ensures made: made_to(sweep->map->regions, sweep->map->count, end_pfn);
    ensures put: puts_top{Pre,Here}(sweep, first_pfn, end_pfn);
    ensures stays: stays_open{Pre,Here,Here}(sweep);
    ensures open: open_linked{Here,Here}(sweep);
    ensures kept: spans_kept{Pre,Here}(sweep->spans, sweep->count); */
static void emit_covered(struct sweep *sweep, uint64_t first_pfn, uint64_t end_pfn)
{
    unsigned kind = top_kind(sweep);
    uint64_t attributes = covered_attributes(sweep);
    uint32_t origin;
    bool goes;

    //@ assert unique: \forall integer k; is_top(sweep, k) ==> k == kind;
    /*@ assert known: \forall integer c; 0 <= c < SWEEP_CLASSES && bit_set(sweep->class_mask, c) ==>
        span_class(sweep->spans + sweep->heads[c]) == c && sweep->heads[c] < sweep->count; */
    /*@ assert entry: bit_set(sweep->class_mask, kind) ==>
        span_good(sweep->spans + sweep->heads[kind]); */
    /*@ assert claim: bit_set(sweep->class_mask, kind + SWEEP_CLAIM) ==>
        span_good(sweep->spans + sweep->heads[kind + SWEEP_CLAIM]); */
    //@ assert kind: kind < MEMMAP_KIND_COUNT;
    count_covered(sweep, first_pfn, end_pfn, kind);
    //@ assert size: sweep->count == \at(sweep->count, Pre);
    //@ assert mask: sweep->class_mask == \at(sweep->class_mask, Pre);
    //@ assert top: is_top(sweep, kind);
    //@ assert sound: mask_sound(sweep);
    //@ assert within: tails_within(sweep, sweep->count);
    goes = goes_on(sweep->map, first_pfn, kind, attributes);
    //@ ghost Counted: ;
    origin = origin_of_covered(sweep, goes, first_pfn, kind);
    //@ assert stays: stays_open{Counted,Here,Here}(sweep);
    //@ assert within1: tails_within(sweep, sweep->count);
    //@ assert open: open_linked{Here,Here}(sweep);
    //@ assert apart: sweep_open(sweep) && map_apart(sweep, first_pfn == 0 ? 2 : 1);
    //@ assert same: same{Pre,Here}(sweep->map->regions, 0, sweep->map->count);
    //@ assert made: made_to(sweep->map->regions, sweep->map->count, first_pfn);
    /*@ assert joined: goes <==> joins(sweep->map->regions, sweep->map->count, first_pfn, kind,
                                       attributes); */
    //@ ghost Decided: ;
    put_range(sweep, goes, first_pfn, end_pfn, kind, attributes, origin, covered_flags(sweep));
    //@ assert links: links_same{Decided,Here,Here}(sweep, sweep->count);
    //@ assert stays2: stays_open{Decided,Here,Here}(sweep);
    /*@ assert fewer: \forall integer c; 0 <= c < SWEEP_CLASSES && sweep->open_counts[c] > 0 ==>
        \at(sweep->open_counts[c], Decided) > 0; */
    //@ assert linked: links_kept{Decided,Here,Here}(sweep, sweep->count);
    //@ assert spans2: same_spans{Decided,Here}(sweep, sweep->count);
    //@ assert open2: open_linked{Decided,Here}(sweep);
    /*@ assert put: put{Pre,Here}(sweep->map->regions, \at(sweep->map->count, Pre),
                                  sweep->map->count, first_pfn, end_pfn, kind); */
    //@ assert stays3: stays_open{Pre,Counted,Here}(sweep);
    //@ assert stays4: stays_open{Counted,Decided,Here}(sweep);
    //@ assert kept2: spans_kept{Decided,Here}(sweep->spans, sweep->count);
    //@ assert kept3: spans_kept{Pre,Counted}(sweep->spans, sweep->count);
    //@ assert kept4: spans_kept{Counted,Decided}(sweep->spans, sweep->count);
}

#endif
