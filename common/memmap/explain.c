/* SPDX-License-Identifier: MIT */
/* Who says what about a page; see explain.h. Rounding and clipping as in normalize.h. */
#include "memmap/explain.h"

#include "memmap/span.h"

static const char rule_names[MEMMAP_RULE_COUNT][16] = {
    "decides", "same-kind", "outranked", "rounded-away", "clipped", "empty", "wrapping",
};

/*@ assigns \result \from rule;
    ensures \valid_read(\result); */
const char *memmap_rule_name(enum memmap_rule rule)
{
    return (unsigned)rule < MEMMAP_RULE_COUNT ? rule_names[rule] : "unknown";
}

/* What one entry or claim says, before it is compared with the others. */
struct voice {
    bool speaks;           /* of the page at all? */
    enum memmap_rule rule; /* DECIDES stands for "covers the page" */
    struct span span;
};

/* What becomes of an entry that has bytes in the page. */
/*@ assigns \nothing;
    ensures \result == (pfn >= width_pfn ? MEMMAP_RULE_CLIPPED :
        span.first_pfn <= pfn < span.end_pfn ? MEMMAP_RULE_DECIDES : MEMMAP_RULE_ROUNDED_AWAY); */
static enum memmap_rule rule_of_touching(struct span span, uint64_t pfn, uint64_t width_pfn)
{
    if (pfn >= width_pfn)
        return MEMMAP_RULE_CLIPPED;
    if (pfn < span.first_pfn || pfn >= span.end_pfn)
        return MEMMAP_RULE_ROUNDED_AWAY;
    return MEMMAP_RULE_DECIDES;
}

/*@ // A rounded span is an entry's, so its keys can be read.
    predicate span_keyed{L}(struct span s, struct memmap_source *source) =
        s.form == SPAN_ROUNDED ==> s.origin < source->count; */

/* Does this entry say anything about the page, and what? */
/*@ requires source_opened(source) && index < source->count && width_pfn <= PFN_END;
    assigns \nothing;
    ensures \result.span.origin == index && \result.span.form <= SPAN_ROUNDED; */
static struct voice hear_entry(const struct memmap_source *source, uint32_t index, uint64_t pfn,
                               uint64_t width_pfn)
{
    struct memmap_entry entry;
    struct extent stated;
    uint64_t first_pfn, end_pfn;
    struct span span;
    struct voice voice;

    memmap_source_entry(source, index, &entry);
    memmap_span_of_entry(&span, &entry, index, width_pfn);
    voice.span = span;
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        voice.rule = MEMMAP_RULE_EMPTY;
        voice.speaks = entry.base_bytes / PAGE_BYTES == pfn;
    } else if (!memmap_extent_of_entry(&entry, &stated)) {
        voice.rule = MEMMAP_RULE_WRAPPING;
        voice.speaks = stated.first_pfn <= pfn;
    } else {
        extent_round_outward(&stated, &first_pfn, &end_pfn);
        voice.rule = rule_of_touching(span, pfn, width_pfn);
        voice.speaks = first_pfn <= pfn && pfn < end_pfn;
    }
    return voice;
}

/*@ requires \valid_read(claim);
    assigns \nothing;
    ensures \result.span.form == SPAN_CLAIM && \result.rule == MEMMAP_RULE_DECIDES;
    ensures \result.speaks <==> claim->first_pfn <= pfn < claim->end_pfn; */
static struct voice hear_claim(const struct memmap_claim *claim, uint32_t origin, uint64_t pfn)
{
    struct voice voice;
    struct span span;

    memmap_span_of_claim(&span, claim, origin);
    voice.span = span;
    voice.rule = MEMMAP_RULE_DECIDES;
    voice.speaks = claim->first_pfn <= pfn && pfn < claim->end_pfn;
    return voice;
}

/* `index` counts the entries, then the claims. */
/*@ requires input_readable(input) && index < span_limit(input);
    assigns \nothing;
    ensures span_keyed(\result.span, &input->source); */
static struct voice hear(const struct memmap_input *input, uint32_t index, uint64_t pfn)
{
    struct voice voice; /* one variable: WP loses track of several results */

    if (index < input->source.count)
        voice = hear_entry(&input->source, index, pfn, width_pfn_of(input));
    else
        voice = hear_claim(&input->claims[index - input->source.count], index, pfn);
    return voice;
}

/*@ requires \valid_read(input);
    assigns \nothing;
    ensures index < input->source.count ==> \result == index; */
static uint32_t origin_of_voice(const struct memmap_input *input, uint32_t index)
{
    uint32_t entries = input->source.count;

    return index < entries ? index : (index - entries) | MEMMAP_ORIGIN_CLAIM;
}

/* Does `later` decide over `best`, which stands before it in the input? Both cover the page. */
/*@ requires source_opened(source) && span_keyed(later, source) && span_keyed(best, source);
    assigns \nothing;
    ensures later.kind != best.kind ==> (\result <==> later.kind > best.kind);
    ensures later.kind == best.kind && later.first_pfn != best.first_pfn ==>
        (\result <==> later.first_pfn < best.first_pfn); */
static bool decides_over(const struct memmap_source *source, struct span later, struct span best)
{
    if (later.kind != best.kind)
        return later.kind > best.kind;
    if (later.first_pfn != best.first_pfn)
        return later.first_pfn < best.first_pfn;
    return memmap_span_precedes(source, &later, &best);
}

/* Everything that covers the page so far. */
struct tally {
    struct span best; /* where something covers it */
    uint32_t entry_count;
    uint32_t claim_count;
    uint64_t any; /* attributes that some entry has, */
    uint64_t all; /* and that every entry has */
};

/*@ requires source_opened(source);
    requires span_keyed(span, source) && span_keyed(tally.best, source);
    assigns \nothing;
    ensures span_keyed(\result.best, source); */
static struct tally count_span(struct tally tally, const struct memmap_source *source,
                               struct span span)
{
    if (tally.entry_count + tally.claim_count == 0 || decides_over(source, span, tally.best))
        tally.best = span;
    if (span.form == SPAN_CLAIM) {
        tally.claim_count++;
    } else {
        tally.entry_count++;
        tally.any |= span.attributes;
        tally.all &= span.attributes;
    }
    return tally;
}

/*@ requires input_readable(input);
    assigns \nothing; */
static struct tally take_tally(const struct memmap_input *input, uint64_t pfn)
{
    struct tally tally = {.all = UINT64_MAX};
    uint32_t count = input->source.count + input->claim_count;

    /*@ loop invariant 0 <= i <= count && span_keyed(tally.best, &input->source);
        loop assigns i, tally;
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        struct voice voice = hear(input, i, pfn);
        if (voice.speaks && voice.rule == MEMMAP_RULE_DECIDES)
            tally = count_span(tally, &input->source, voice.span);
    }
    return tally;
}

/*@ requires \valid_read(input);
    assigns \nothing;
    ensures \result.is_hole <==> (uint32_t)(tally.entry_count + tally.claim_count) == 0;
    ensures \result.is_hole ==> \result.origin == MEMMAP_NO_ORIGIN;
    ensures !\result.is_hole ==> \result.kind ==
        (pfn == 0 && tally.best.kind == MEMMAP_USABLE ? MEMMAP_RESERVED : tally.best.kind); */
static struct memmap_verdict verdict_of(const struct memmap_input *input, struct tally tally,
                                        uint64_t pfn)
{
    struct memmap_verdict verdict = {.is_hole = true, .origin = MEMMAP_NO_ORIGIN};

    if (tally.entry_count + tally.claim_count == 0)
        return verdict;
    verdict.is_hole = false;
    verdict.kind = (enum memmap_kind)tally.best.kind;
    verdict.origin = origin_of_voice(input, tally.best.origin);
    verdict.entry_count = tally.entry_count;
    verdict.claim_count = tally.claim_count;
    if (tally.entry_count > 0)
        verdict.attributes =
            (tally.any & ~MEMMAP_CAPABILITIES) | (tally.all & MEMMAP_CAPABILITIES);
    if (pfn == 0 && verdict.kind == MEMMAP_USABLE) {
        verdict.page_0 = true;
        verdict.kind = MEMMAP_RESERVED;
    }
    return verdict;
}

/*@ requires \valid(walk) && \valid_read(input) && source_opened(&input->source);
    requires \valid_read(input->claims + (0 .. input->claim_count - 1));
    assigns *walk;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_WIDTH || \result == MEMMAP_BAD_CLAIM ||
        \result == MEMMAP_BAD_RANGE;
    ensures \result == MEMMAP_OK ==> walk->input == input && walk->pfn == pfn < PFN_END &&
        walk->next == 0;
    ensures \result != MEMMAP_OK ==> *walk == \old(*walk); */
enum memmap_status memmap_explain_begin(struct memmap_explanation *walk,
                                        const struct memmap_input *input, uint64_t pfn)
{
    enum memmap_status status = memmap_check_input(input);
    struct tally tally;

    if (status != MEMMAP_OK)
        return status;
    if (pfn >= PFN_END)
        return MEMMAP_BAD_RANGE;
    tally = take_tally(input, pfn);
    walk->verdict = verdict_of(input, tally, pfn);
    walk->input = input;
    walk->pfn = pfn;
    walk->next = 0;
    walk->top_kind = (enum memmap_kind)tally.best.kind;
    return MEMMAP_OK;
}

/* The rule of one that covers the page, now that the decider is known. */
/*@ requires \valid_read(walk);
    assigns \nothing;
    ensures \result == (origin == walk->verdict.origin ? MEMMAP_RULE_DECIDES :
        kind == walk->top_kind ? MEMMAP_RULE_SAME_KIND : MEMMAP_RULE_OUTRANKED); */
static enum memmap_rule rule_among(const struct memmap_explanation *walk, enum memmap_kind kind,
                                   uint32_t origin)
{
    if (origin == walk->verdict.origin)
        return MEMMAP_RULE_DECIDES;
    return kind == walk->top_kind ? MEMMAP_RULE_SAME_KIND : MEMMAP_RULE_OUTRANKED;
}

/*@ requires \valid(walk) && input_readable(walk->input) && \valid(ret_reason);
    requires \separated(walk, ret_reason, walk->input);
    assigns walk->next, *ret_reason;
    ensures walk->next >= \old(walk->next);
    ensures !\result ==> *ret_reason == \old(*ret_reason); */
bool memmap_explain_next(struct memmap_explanation *walk, struct memmap_reason *ret_reason)
{
    const struct memmap_input *input = walk->input;
    uint32_t count = input->source.count + input->claim_count;

    /*@ loop invariant walk->next >= \at(walk->next, Pre);
        loop invariant input_readable(input) && span_limit(input) == count;
        loop assigns walk->next;
        loop variant \max(0, count - walk->next); */
    while (walk->next < count) {
        uint32_t index = walk->next++;
        uint32_t origin = origin_of_voice(input, index);
        struct voice voice = hear(input, index, walk->pfn);
        if (!voice.speaks)
            continue;
        if (voice.rule == MEMMAP_RULE_DECIDES)
            voice.rule = rule_among(walk, (enum memmap_kind)voice.span.kind, origin);
        *ret_reason = (struct memmap_reason){.origin = origin,
                                             .rule = voice.rule,
                                             .kind = (enum memmap_kind)voice.span.kind,
                                             .attributes = voice.span.attributes};
        return true;
    }
    return false;
}
