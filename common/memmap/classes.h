/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: the spans that are open where the sweep stands, by class (entries of a
 * kind, claims of a kind): counted, and linked in the order in which they opened.
 */
#ifndef GROMA_MEMMAP_CLASSES_H
#define GROMA_MEMMAP_CLASSES_H

#include "base/bits.h"
#include "memmap/sweep.h"

/*@ // What is read and written stands apart from each other.
    predicate sweep_open{L}(struct sweep *s) =
        \valid(s) && \valid(s->report) && 0 < s->count <= 0x7fffffff &&
        \valid_read(s->spans + (0 .. s->count - 1)) && \valid(s->next + (0 .. s->count)) &&
        \separated(s, s->report, s->spans + (0 .. s->count - 1), s->next + (0 .. s->count));
    // A bit for each class that is open.
    predicate mask_sound{L}(struct sweep *s) = \forall integer c; 0 <= c < SWEEP_CLASSES ==>
        (bit_set(s->class_mask, c) <==> s->open_counts[c] > 0);
    // Links and counts as they are at L, spans at S.
    // From the head of class c, links lead upwards to its tail, over spans of that class alone.
    predicate class_linked{L,S}(struct sweep *s, integer c) =
        \at(s->heads[c], L) < \at(s->tails[c], L) &&
        span_class{S}(\at(s->spans, S) + \at(s->heads[c], L)) == c &&
        \forall integer i; \at(s->heads[c], L) <= i < \at(s->tails[c], L) - 1 &&
            span_class{S}(\at(s->spans, S) + i) == c ==>
            i < \at(\at(s->next, S)[i + 1], L) < \at(s->tails[c], L) &&
            span_class{S}(\at(s->spans, S) + \at(\at(s->next, S)[i + 1], L)) == c;
    predicate tails_within{L}(struct sweep *s, integer opened) =
        \forall integer c; 0 <= c < SWEEP_CLASSES ==> s->tails[c] <= opened;
    predicate tails_in_class{L,S}(struct sweep *s) =
        \forall integer c, i; 0 <= c < SWEEP_CLASSES && 0 <= i && \at(s->tails[c], L) == i + 1 ==>
            span_class{S}(\at(s->spans, S) + i) == c;
    predicate open_linked{L,S}(struct sweep *s) =
        \forall integer c; 0 <= c < SWEEP_CLASSES && \at(s->open_counts[c], L) > 0 ==>
            class_linked{L,S}(s, c);
    // No span of an open class is behind its tail.
    predicate tails_are_last{L,S}(struct sweep *s, integer opened) =
        \forall integer c, i; 0 <= c < SWEEP_CLASSES && \at(s->open_counts[c], L) > 0 &&
            \at(s->tails[c], L) <= i < opened ==> span_class{S}(\at(s->spans, S) + i) != c;
    predicate linked{L,S}(struct sweep *s, integer opened) = tails_within{L}(s, opened) &&
        tails_in_class{L,S}(s) && open_linked{L,S}(s) && tails_are_last{L,S}(s, opened);
    predicate heads_same{A,B}(struct sweep *s, integer but) =
        \forall integer c; 0 <= c < SWEEP_CLASSES && c != but ==>
            \at(s->heads[c], A) == \at(s->heads[c], B);
    predicate tails_same{A,B}(struct sweep *s, integer but) =
        \forall integer c; 0 <= c < SWEEP_CLASSES && c != but ==>
            \at(s->tails[c], A) == \at(s->tails[c], B);
    predicate counts_same{A,B}(struct sweep *s) = \forall integer c; 0 <= c < SWEEP_CLASSES ==>
        \at(s->open_counts[c], A) == \at(s->open_counts[c], B);
    predicate next_same{A,B,S}(struct sweep *s, integer opened, integer but) =
        \forall integer i; 0 <= i <= opened && i != but ==>
            \at(\at(s->next, S)[i], A) == \at(\at(s->next, S)[i], B);
    // In B, links are those of A;
    predicate links_same{A,B,S}(struct sweep *s, integer opened) =
        heads_same{A,B}(s, -1) && tails_same{A,B}(s, -1) && next_same{A,B,S}(s, opened, -1);
    // and no class is open that was not.
    predicate links_kept{A,B,S}(struct sweep *s, integer opened) = links_same{A,B,S}(s, opened) &&
        \forall integer c; 0 <= c < SWEEP_CLASSES && \at(s->open_counts[c], B) > 0 ==>
            \at(s->open_counts[c], A) > 0;
    // In B, the head of class c may be another.
    predicate head_moved{A,B,S}(struct sweep *s, integer opened, integer c) =
        heads_same{A,B}(s, c) && tails_same{A,B}(s, -1) && next_same{A,B,S}(s, opened, -1) &&
        counts_same{A,B}(s) && class_linked{B,S}(s, c);
    // In B, span `index` is the tail of class c, and follows the one that was it in A.
    predicate link_added{A,B,S}(struct sweep *s, integer index, integer c) =
        span_class{S}(\at(s->spans, S) + index) == c &&
        heads_same{A,B}(s, c) && tails_same{A,B}(s, c) && counts_same{A,B}(s) &&
        next_same{A,B,S}(s, index, \at(s->tails[c], A)) &&
        \at(s->tails[c], B) == index + 1 &&
        \at(\at(s->next, S)[\at(s->tails[c], A)], B) == index &&
        \at(s->heads[c], B) == (\at(s->open_counts[c], A) == 0 ? index : \at(s->heads[c], A));
    // In B, words that stand elsewhere than the sweep's are those of A.
    predicate words_kept{A,B}(struct sweep *s) = \forall uint32_t *p; \separated(s, p) ==>
        \separated(\at(s->report, A), p) ==>
        \separated(\at(s->next, A) + (0 .. \at(s->count, A)), p) ==> \at(*p, A) == \at(*p, B);
    // Between A and B, nothing opened, and nothing closed.
    predicate stays_open{A,B,S}(struct sweep *s) = counts_same{A,B}(s) && tails_same{A,B}(s, -1) &&
        next_same{A,B,S}(s, \at(s->count, S), -1);
    // Between A and B, `by` spans more of class c are open.
    predicate counts_change{A,B}(struct sweep *s, integer c, integer by) =
        \forall integer d; 0 <= d < SWEEP_CLASSES ==> \at(s->open_counts[d], B) ==
            \at(s->open_counts[d], A) + (d == c ? by : 0); */

/*@ requires class < SWEEP_CLASSES;
    assigns \nothing;
    ensures \result == 1 << class; */
static inline uint64_t class_bit(unsigned class)
{
    return UINT64_C(1) << class;
}

/*@ requires class < SWEEP_CLASSES;
    assigns \nothing;
    ensures !bit_set(\result, class);
    ensures \forall integer c; 0 <= c < SWEEP_CLASSES && c != class ==>
        (bit_set(\result, c) <==> bit_set(mask, c)); */
static inline uint64_t without_class(uint64_t mask, unsigned class)
{
    return mask & ~class_bit(class);
}

/* Kinds (bit k) of the entries that cover the place. */
/*@ requires \valid_read(sweep);
    assigns \nothing;
    ensures \forall integer k; 0 <= k < SWEEP_CLAIM ==>
        (bit_set(\result, k) <==> bit_set(sweep->class_mask, k)); */
static inline uint32_t entry_kinds(const struct sweep *sweep)
{
    return (uint32_t)sweep->class_mask;
}

/*@ requires \valid_read(sweep);
    assigns \nothing;
    ensures \forall integer k; 0 <= k < SWEEP_CLAIM ==>
        (bit_set(\result, k) <==> bit_set(sweep->class_mask, k + SWEEP_CLAIM)); */
static inline uint32_t claim_kinds(const struct sweep *sweep)
{
    return (uint32_t)(sweep->class_mask >> SWEEP_CLAIM);
}

/*@ requires \valid_read(span) && span_good(span);
    assigns \nothing;
    ensures \result == span_class(span) < SWEEP_CLASSES; */
static inline unsigned class_of(const struct span *span)
{
    return span->form == SPAN_CLAIM ? span->kind + SWEEP_CLAIM : span->kind;
}

/* ---- findings, attributes --------------------------------------------------------------- */

/* Counts a finding if there is one; whether there is, no branch can foresee. */
/*@ requires \valid(report) && finding < MEMMAP_FINDING_COUNT;
    assigns report->firsts[finding], report->counts[finding];
    ensures !is_one ==> report->firsts[finding] == \old(report->firsts[finding]) &&
        report->counts[finding] == \old(report->counts[finding]);
    ensures is_one ==> report->firsts[finding] == (\old(report->firsts[finding]) ==
        MEMMAP_NO_ORIGIN ? entry : \old(report->firsts[finding])); */
static inline void count_finding(struct memmap_report *report, enum memmap_finding finding,
                                 uint32_t entry, bool is_one)
{
    if (report->firsts[finding] == MEMMAP_NO_ORIGIN && is_one)
        report->firsts[finding] = entry;
    report->counts[finding] += is_one;
}

/* Findings that show when an entry opens over what is there already. */
/*@ requires \valid(sweep) && \valid(sweep->report) && \separated(sweep, sweep->report);
    requires \valid_read(span) && span_good(span);
    assigns sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1]; */
static inline void note_overlap(struct sweep *sweep, const struct span *span)
{
    uint32_t kinds = entry_kinds(sweep);
    uint32_t own = UINT32_C(1) << span->kind;

    count_finding(sweep->report, MEMMAP_OVERLAP, span->origin, (kinds & own) != 0);
    count_finding(sweep->report, MEMMAP_CONTRADICTION, span->origin, (kinds & ~own) != 0);
}

/*
 * Restrictions unite and capabilities intersect: with capabilities inverted both unite. What
 * every entry of the map has needs no counting.
 */
/*@ requires \valid_read(sweep) && \valid_read(span);
    assigns \nothing; */
static inline uint64_t counted_bits(const struct sweep *sweep, const struct span *span)
{
    return (span->attributes ^ MEMMAP_CAPABILITIES) & ~sweep->bits_always;
}

/*@ requires \valid(sweep);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63]; */
static inline void open_bits(struct sweep *sweep, uint64_t bits)
{
    sweep->bits_now |= bits;
    /*@ loop assigns bits, sweep->bit_counts[0 .. 63];
        loop variant bits; */
    for (; bits != 0; bits = bit_without_lowest(bits))
        sweep->bit_counts[bit_lowest(bits)]++;
}

/*@ requires \valid(sweep);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63]; */
static inline void close_bits(struct sweep *sweep, uint64_t bits)
{
    /*@ loop assigns bits, sweep->bits_now, sweep->bit_counts[0 .. 63];
        loop variant bits; */
    for (; bits != 0; bits = bit_without_lowest(bits)) {
        unsigned bit = bit_lowest(bits);
        if (--sweep->bit_counts[bit] == 0)
            sweep->bits_now &= ~(UINT64_C(1) << bit);
    }
}

/* ---- opening and closing ------------------------------------------------------------------ */

/* The tail of a class that is not open is a span that ended, or none: nobody follows it. */
/*@ requires sweep_open(sweep) && index < sweep->count && linked{Here,Here}(sweep, index);
    requires class < SWEEP_CLASSES && span_class(sweep->spans + index) == class;
    assigns sweep->next[sweep->tails[class]], sweep->heads[class], sweep->tails[class];
    ensures added: link_added{Pre,Here,Here}(sweep, index, class);
    ensures words: words_kept{Pre,Here}(sweep); */
static inline void link_span(struct sweep *sweep, uint32_t index, unsigned class)
{
    sweep->next[sweep->tails[class]] = index;
    sweep->heads[class] = sweep->open_counts[class] == 0 ? index : sweep->heads[class];
    sweep->tails[class] = index + 1;
}

/*@ requires \valid(sweep) && class < SWEEP_CLASSES && mask_sound(sweep);
    requires sweep->open_counts[class] < UINT32_MAX;
    assigns sweep->open_counts[class], sweep->class_mask, sweep->depth;
    ensures mask_sound(sweep) && counts_change{Pre,Here}(sweep, class, 1); */
static inline void count_open(struct sweep *sweep, unsigned class)
{
    sweep->open_counts[class]++;
    sweep->class_mask |= class_bit(class);
    sweep->depth++;
}

/*@ requires \valid(sweep) && class < SWEEP_CLASSES && mask_sound(sweep);
    requires sweep->open_counts[class] > 0;
    assigns sweep->open_counts[class], sweep->class_mask, sweep->depth;
    ensures mask_sound(sweep) && counts_change{Pre,Here}(sweep, class, -1); */
static inline void count_closed(struct sweep *sweep, unsigned class)
{
    sweep->open_counts[class]--;
    sweep->class_mask = sweep->open_counts[class] == 0 ? without_class(sweep->class_mask, class)
                                                       : sweep->class_mask;
    sweep->depth--;
}

/* What an entry or a claim that opens tells, but for its place among its class. */
/*@ requires sweep_open(sweep) && index < sweep->count && span_good(sweep->spans + index);
    requires sweep->loaded_claim < sweep->count;
    assigns sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim;
    ensures kept: links_kept{Pre,Here,Here}(sweep, sweep->count);
    ensures counts: counts_same{Pre,Here}(sweep);
    ensures claim: sweep->loaded_claim < sweep->count;
    ensures words: words_kept{Pre,Here}(sweep); */
static inline void note_open(struct sweep *sweep, uint32_t index)
{
    const struct span *span = &sweep->spans[index];

    if (span->form != SPAN_CLAIM) {
        note_overlap(sweep, span);
        open_bits(sweep, counted_bits(sweep, span));
    } else if (span->loaded != 0) {
        sweep->loaded_count++;
        sweep->loaded_claim = index;
    }
    //@ assert heads: heads_same{Pre,Here}(sweep, -1);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
}

/*@ requires sweep_open(sweep) && index < sweep->count && linked{Here,Here}(sweep, index);
    requires class < SWEEP_CLASSES && span_class(sweep->spans + index) == class;
    requires mask_sound(sweep) && sweep->open_counts[class] <= index;
    assigns sweep->next[0 .. index], sweep->heads[class], sweep->tails[class],
            sweep->open_counts[class], sweep->class_mask, sweep->depth;
    ensures within: tails_within(sweep, index + 1);
    ensures in_class: tails_in_class{Here,Here}(sweep);
    ensures last: tails_are_last{Here,Here}(sweep, index + 1);
    ensures open: open_linked{Here,Here}(sweep);
    ensures mask: mask_sound(sweep);
    ensures counts: counts_change{Pre,Here}(sweep, class, 1);
    ensures words: words_kept{Pre,Here}(sweep); */
static inline void join_class(struct sweep *sweep, uint32_t index, unsigned class)
{
    link_span(sweep, index, class);
    //@ ghost Linked: ;
    //@ assert counted: sweep->open_counts[class] <= index && mask_sound(sweep);
    //@ assert own: class_linked{Here,Here}(sweep, class) && sweep->tails[class] == index + 1;
    count_open(sweep, class);
    //@ assert heads: heads_same{Linked,Here}(sweep, -1);
    //@ assert tails: tails_same{Linked,Here}(sweep, -1);
    //@ assert next: next_same{Linked,Here,Here}(sweep, index + 1, -1);
    //@ assert in_class: tails_in_class{Linked,Here}(sweep);
    //@ assert linked_own: class_linked{Here,Here}(sweep, class);
    /*@ assert others: \forall integer c; 0 <= c < SWEEP_CLASSES && c != class &&
        sweep->open_counts[c] > 0 ==> \at(sweep->open_counts[c], Linked) > 0; */
}

/*@ requires sweep_open(sweep) && index < sweep->count && span_good(sweep->spans + index);
    requires linked{Here,Here}(sweep, index) && mask_sound(sweep);
    requires sweep->loaded_claim < sweep->count;
    requires \forall integer c; 0 <= c < SWEEP_CLASSES ==> sweep->open_counts[c] <= index;
    assigns sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. index], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth;
    ensures linked: linked{Here,Here}(sweep, index + 1);
    ensures mask: mask_sound(sweep);
    ensures claim: sweep->loaded_claim < sweep->count;
    ensures counts: counts_change{Pre,Here}(sweep, span_class(sweep->spans + index), 1);
    ensures words: words_kept{Pre,Here}(sweep); */
static inline void open_span(struct sweep *sweep, uint32_t index)
{
    unsigned class = class_of(&sweep->spans[index]);

    note_open(sweep, index);
    //@ assert size: sweep->count == \at(sweep->count, Pre);
    //@ assert kept: links_kept{Pre,Here,Here}(sweep, index);
    //@ assert mask: mask_sound(sweep);
    join_class(sweep, index, class);
}

/*@ requires sweep_open(sweep) && index < sweep->count && span_good(sweep->spans + index);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63], sweep->loaded_count;
    ensures kept: links_kept{Pre,Here,Here}(sweep, sweep->count);
    ensures counts: counts_same{Pre,Here}(sweep); */
static inline void note_closed(struct sweep *sweep, uint32_t index)
{
    const struct span *span = &sweep->spans[index];

    if (span->form != SPAN_CLAIM)
        close_bits(sweep, counted_bits(sweep, span));
    else
        sweep->loaded_count -= span->loaded;
    //@ assert heads: heads_same{Pre,Here}(sweep, -1);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
}

/*@ requires sweep_open(sweep) && index < sweep->count && span_good(sweep->spans + index);
    requires class == span_class(sweep->spans + index);
    requires mask_sound(sweep) && sweep->open_counts[class] > 0;
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63], sweep->loaded_count,
            sweep->open_counts[0 .. SWEEP_CLASSES - 1], sweep->class_mask, sweep->depth;
    ensures kept: links_kept{Pre,Here,Here}(sweep, sweep->count);
    ensures mask: mask_sound(sweep);
    ensures counts: counts_change{Pre,Here}(sweep, class, -1);
    ensures words: words_kept{Pre,Here}(sweep); */
static inline void close_span(struct sweep *sweep, uint32_t index, unsigned class)
{
    note_closed(sweep, index);
    //@ assert mask: mask_sound(sweep);
    count_closed(sweep, class);
}

/* ---- who decides ---------------------------------------------------------------------------- */

/* The first span of an open class that is still open at `pfn`; where all others ended, the tail. */
/*@ requires sweep_open(sweep) && class < SWEEP_CLASSES && sweep->tails[class] <= sweep->count;
    requires class_linked{Here,Here}(sweep, class);
    assigns sweep->heads[class];
    ensures moved: head_moved{Pre,Here,Here}(sweep, sweep->count, class);
    ensures \result == sweep->heads[class] < sweep->count; */
static inline uint32_t first_open(struct sweep *sweep, unsigned class, uint64_t pfn)
{
    const uint32_t *behind = sweep->next + 1;
    const uint32_t tail = sweep->tails[class] - 1;
    uint32_t head = sweep->heads[class];

    /*@ loop invariant sweep->heads[class] <= head <= tail;
        loop invariant span_class(sweep->spans + head) == class;
        loop assigns head;
        loop variant tail - head; */
    while (head < tail && sweep->spans[head].end_pfn <= pfn)
        head = behind[head];
    sweep->heads[class] = head;
    //@ assert heads: heads_same{Pre,Here}(sweep, class);
    //@ assert tails: tails_same{Pre,Here}(sweep, -1);
    //@ assert next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
    //@ assert counts: counts_same{Pre,Here}(sweep);
    //@ assert linked: class_linked{Here,Here}(sweep, class);
    return head;
}

/* The span that decides over an open kind: the first that opened, entry or claim. */
/*@ requires sweep_open(sweep) && mask_sound(sweep);
    requires tails_within(sweep, sweep->count) && open_linked{Here,Here}(sweep);
    requires kind < SWEEP_CLAIM && (bit_set(sweep->class_mask, kind) ||
                                    bit_set(sweep->class_mask, kind + SWEEP_CLAIM));
    assigns sweep->heads[0 .. SWEEP_CLASSES - 1];
    ensures open: open_linked{Here,Here}(sweep);
    ensures counts: counts_same{Pre,Here}(sweep);
    ensures tails: tails_same{Pre,Here}(sweep, -1);
    ensures next: next_same{Pre,Here,Here}(sweep, sweep->count, -1);
    ensures within: tails_within(sweep, sweep->count);
    ensures \valid_read(\result) && \exists integer i; 0 <= i < sweep->count &&
        \result == sweep->spans + i; */
static inline const struct span *decider(struct sweep *sweep, unsigned kind, uint64_t pfn)
{
    bool by_entry = (entry_kinds(sweep) >> kind & 1) != 0;
    bool by_claim = (claim_kinds(sweep) >> kind & 1) != 0;
    uint32_t index = first_open(sweep, by_entry ? kind : kind + SWEEP_CLAIM, pfn);

    if (by_entry && by_claim) {
        uint32_t claim = first_open(sweep, kind + SWEEP_CLAIM, pfn);
        index = claim < index ? claim : index;
    }
    return &sweep->spans[index];
}

#endif
