/* SPDX-License-Identifier: MIT */
/* Who says what about a page; see explain.h. Rounding and clipping as in normalize.h. */
#include "memmap/explain.h"

#include "memmap/extent.h"
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
    enum memmap_rule rule; /* DECIDES stands for "covers the page" */
    struct span span;
};

/* What becomes of an entry that has bytes in the page. */
/*@ requires \valid_read(span);
    assigns \nothing;
    ensures \result == (pfn >= width_pfn ? MEMMAP_RULE_CLIPPED :
        span->first_pfn <= pfn < span->end_pfn ? MEMMAP_RULE_DECIDES : MEMMAP_RULE_ROUNDED_AWAY); */
static enum memmap_rule rule_of_touching(const struct span *span, uint64_t pfn, uint64_t width_pfn)
{
    if (pfn >= width_pfn)
        return MEMMAP_RULE_CLIPPED;
    if (pfn < span->first_pfn || pfn >= span->end_pfn)
        return MEMMAP_RULE_ROUNDED_AWAY;
    return MEMMAP_RULE_DECIDES;
}

/* Does this entry say anything about the page, and what? */
static bool hear_entry(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                       struct voice *ret_voice)
{
    uint64_t width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    struct memmap_entry entry;
    struct extent stated;
    uint64_t first_pfn, end_pfn;

    memmap_source_entry(&input->source, index, &entry);
    memmap_span_of_entry(&ret_voice->span, &entry, index, width_pfn);
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        ret_voice->rule = MEMMAP_RULE_EMPTY;
        return entry.base_bytes / PAGE_BYTES == pfn;
    }
    if (!memmap_extent_of_entry(&entry, &stated)) {
        ret_voice->rule = MEMMAP_RULE_WRAPPING;
        return stated.first_pfn <= pfn;
    }
    extent_round_outward(&stated, &first_pfn, &end_pfn);
    ret_voice->rule = rule_of_touching(&ret_voice->span, pfn, width_pfn);
    return first_pfn <= pfn && pfn < end_pfn;
}

static bool hear_claim(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                       struct voice *ret_voice)
{
    const struct memmap_claim *claim = &input->claims[index];

    ret_voice->rule = MEMMAP_RULE_DECIDES;
    memmap_span_of_claim(&ret_voice->span, claim, input->source.count + index);
    return claim->first_pfn <= pfn && pfn < claim->end_pfn;
}

/* `index` counts the entries, then the claims. */
static bool hear(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                 struct voice *ret_voice)
{
    if (index < input->source.count)
        return hear_entry(input, index, pfn, ret_voice);
    return hear_claim(input, index - input->source.count, pfn, ret_voice);
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
static bool decides_over(const struct memmap_source *source, const struct span *later,
                         const struct span *best)
{
    if (later->kind != best->kind)
        return later->kind > best->kind;
    if (later->first_pfn != best->first_pfn)
        return later->first_pfn < best->first_pfn;
    return memmap_span_precedes(source, later, best);
}

/* Everything that covers the page so far. */
struct tally {
    struct span best; /* where something covers it */
    uint32_t entry_count;
    uint32_t claim_count;
    uint64_t any; /* attributes that some entry has, */
    uint64_t all; /* and that every entry has */
};

static void count_span(struct tally *tally, const struct memmap_source *source,
                       const struct span *span)
{
    if (tally->entry_count + tally->claim_count == 0 || decides_over(source, span, &tally->best))
        tally->best = *span;
    if (span->form == SPAN_CLAIM) {
        tally->claim_count++;
    } else {
        tally->entry_count++;
        tally->any |= span->attributes;
        tally->all &= span->attributes;
    }
}

static struct tally take_tally(const struct memmap_input *input, uint64_t pfn)
{
    struct tally tally = {.all = UINT64_MAX};
    struct voice voice;

    for (uint32_t i = 0; i < input->source.count + input->claim_count; i++)
        if (hear(input, i, pfn, &voice) && voice.rule == MEMMAP_RULE_DECIDES)
            count_span(&tally, &input->source, &voice.span);
    return tally;
}

static struct memmap_verdict verdict_of(const struct memmap_input *input, const struct tally *tally,
                                        uint64_t pfn)
{
    struct memmap_verdict verdict = {.is_hole = true, .origin = MEMMAP_NO_ORIGIN};

    if (tally->entry_count + tally->claim_count == 0)
        return verdict;
    verdict.is_hole = false;
    verdict.kind = (enum memmap_kind)tally->best.kind;
    verdict.origin = origin_of_voice(input, tally->best.origin);
    verdict.entry_count = tally->entry_count;
    verdict.claim_count = tally->claim_count;
    if (tally->entry_count > 0)
        verdict.attributes =
            (tally->any & ~MEMMAP_CAPABILITIES) | (tally->all & MEMMAP_CAPABILITIES);
    if (pfn == 0 && verdict.kind == MEMMAP_USABLE) {
        verdict.page_0 = true;
        verdict.kind = MEMMAP_RESERVED;
    }
    return verdict;
}

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
    *walk = (struct memmap_explanation){
        .input = input,
        .pfn = pfn,
        .top_kind = (enum memmap_kind)tally.best.kind,
        .verdict = verdict_of(input, &tally, pfn),
    };
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

bool memmap_explain_next(struct memmap_explanation *walk, struct memmap_reason *ret_reason)
{
    const struct memmap_input *input = walk->input;
    struct voice voice;

    while (walk->next < input->source.count + input->claim_count) {
        uint32_t index = walk->next++;
        uint32_t origin = origin_of_voice(input, index);
        if (!hear(input, index, walk->pfn, &voice))
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
