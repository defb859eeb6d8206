/* SPDX-License-Identifier: MIT */
/* Who says what about a page; see explain.h. Rounding and clipping as in normalize.h. */
#include "memmap/explain.h"

static const char rule_names[MEMMAP_RULE_COUNT][16] = {
    "decides", "same-kind", "outranked", "rounded-away", "clipped", "empty", "wrapping",
};

const char *memmap_rule_name(enum memmap_rule rule)
{
    return (unsigned)rule < MEMMAP_RULE_COUNT ? rule_names[rule] : "unknown";
}

/* What one entry or claim says, before it is compared with the others. */
struct voice {
    enum memmap_rule rule; /* DECIDES stands for "covers the page" */
    enum memmap_kind kind;
    uint64_t attributes;
    uint64_t first_pfn; /* where its whole pages begin */
    uint64_t page_count;
    uint32_t tail_bytes;
    bool is_claim;
};

/* The pages of an entry: those it has bytes in, and those it fills. */
struct page_extent {
    uint64_t touched_first_pfn;
    uint64_t touched_end_pfn;
    uint64_t filled_first_pfn;
    uint64_t filled_end_pfn; /* may lie below filled_first_pfn: then it fills none */
};

/* False where the entry ends beyond 2^64; then only its first page is set. */
static bool page_extent_of(const struct memmap_entry *entry, struct page_extent *extent)
{
    uint64_t first_pfn = entry->base_bytes / PAGE_BYTES;
    uint64_t offset = entry->base_bytes % PAGE_BYTES;
    uint64_t rest = offset + entry->tail_bytes;
    uint64_t end_pfn;

    extent->touched_first_pfn = first_pfn;
    if (entry->page_count > PFN_END - first_pfn)
        return false;
    end_pfn = first_pfn + entry->page_count + rest / PAGE_BYTES;
    extent->filled_first_pfn = first_pfn + (offset != 0);
    extent->filled_end_pfn = end_pfn;
    extent->touched_end_pfn = end_pfn + (rest % PAGE_BYTES != 0);
    return extent->touched_end_pfn <= PFN_END;
}

/* What becomes of an entry that has bytes in the page. */
static enum memmap_rule rule_of_touching(const struct page_extent *extent, enum memmap_kind kind,
                                         uint64_t pfn, uint64_t width_pfn)
{
    bool fills = extent->filled_first_pfn <= pfn && pfn < extent->filled_end_pfn;

    if (pfn >= width_pfn)
        return MEMMAP_RULE_CLIPPED;
    if (kind == MEMMAP_USABLE && !fills)
        return MEMMAP_RULE_ROUNDED_AWAY;
    return MEMMAP_RULE_DECIDES;
}

/* Does this entry say anything about the page, and what? */
static bool hear_entry(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                       struct voice *ret_voice)
{
    uint64_t width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    struct memmap_entry entry;
    struct page_extent extent;
    enum memmap_rule rule;

    memmap_source_entry(&input->source, index, &entry);
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        if (entry.base_bytes / PAGE_BYTES != pfn)
            return false;
        rule = MEMMAP_RULE_EMPTY;
    } else if (!page_extent_of(&entry, &extent)) {
        if (pfn < extent.touched_first_pfn)
            return false;
        rule = MEMMAP_RULE_WRAPPING;
    } else {
        if (pfn < extent.touched_first_pfn || pfn >= extent.touched_end_pfn)
            return false;
        rule = rule_of_touching(&extent, entry.kind, pfn, width_pfn);
    }
    *ret_voice = (struct voice){
        .rule = rule,
        .kind = entry.kind,
        .attributes = entry.attributes,
        .first_pfn = entry.kind == MEMMAP_USABLE ? pages_for_bytes(entry.base_bytes)
                                                 : entry.base_bytes / PAGE_BYTES,
        .page_count = entry.page_count,
        .tail_bytes = entry.tail_bytes,
    };
    return true;
}

static bool hear_claim(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                       struct voice *ret_voice)
{
    const struct memmap_claim *claim = &input->claims[index];

    if (pfn < claim->first_pfn || pfn >= claim->end_pfn)
        return false;
    *ret_voice = (struct voice){
        .rule = MEMMAP_RULE_DECIDES,
        .kind = (enum memmap_kind)claim->kind,
        .first_pfn = claim->first_pfn,
        .is_claim = true,
    };
    return true;
}

/* `index` counts the entries, then the claims. */
static bool hear(const struct memmap_input *input, uint32_t index, uint64_t pfn,
                 struct voice *ret_voice)
{
    if (index < input->source.count)
        return hear_entry(input, index, pfn, ret_voice);
    return hear_claim(input, index - input->source.count, pfn, ret_voice);
}

static uint32_t origin_name(const struct memmap_input *input, uint32_t index)
{
    uint32_t entries = input->source.count;

    return index < entries ? index : (index - entries) | MEMMAP_ORIGIN_CLAIM;
}

/* Does `later` decide over `best`, which stands before it in the input? Both cover the page. */
static bool decides_over(const struct voice *later, const struct voice *best)
{
    if (later->kind != best->kind)
        return later->kind > best->kind;
    if (later->first_pfn != best->first_pfn)
        return later->first_pfn < best->first_pfn;
    if (later->is_claim)
        return false;
    if (later->page_count != best->page_count)
        return later->page_count < best->page_count;
    if (later->tail_bytes != best->tail_bytes)
        return later->tail_bytes < best->tail_bytes;
    return later->attributes < best->attributes;
}

/* Everything that covers the page so far. */
struct tally {
    struct voice best;
    uint32_t best_index; /* MEMMAP_NO_ORIGIN: nothing covers it */
    uint32_t entry_count;
    uint32_t claim_count;
    uint64_t any; /* attributes that some entry has, */
    uint64_t all; /* and that every entry has */
};

static void count_voice(struct tally *tally, const struct voice *voice, uint32_t index)
{
    if (tally->best_index == MEMMAP_NO_ORIGIN || decides_over(voice, &tally->best)) {
        tally->best = *voice;
        tally->best_index = index;
    }
    if (voice->is_claim) {
        tally->claim_count++;
    } else {
        tally->entry_count++;
        tally->any |= voice->attributes;
        tally->all &= voice->attributes;
    }
}

static struct tally take_tally(const struct memmap_input *input, uint64_t pfn)
{
    struct tally tally = {.best_index = MEMMAP_NO_ORIGIN, .all = UINT64_MAX};
    struct voice voice;

    for (uint32_t i = 0; i < input->source.count + input->claim_count; i++)
        if (hear(input, i, pfn, &voice) && voice.rule == MEMMAP_RULE_DECIDES)
            count_voice(&tally, &voice, i);
    return tally;
}

static struct memmap_verdict verdict_of(const struct memmap_input *input, const struct tally *tally,
                                        uint64_t pfn)
{
    struct memmap_verdict verdict = {.is_hole = true, .origin = MEMMAP_NO_ORIGIN};

    if (tally->best_index == MEMMAP_NO_ORIGIN)
        return verdict;
    verdict.is_hole = false;
    verdict.kind = tally->best.kind;
    verdict.origin = origin_name(input, tally->best_index);
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

static enum memmap_status check_claims(const struct memmap_input *input, uint64_t width_pfn)
{
    if (input->claim_count > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_CLAIM;
    for (uint32_t i = 0; i < input->claim_count; i++) {
        const struct memmap_claim *claim = &input->claims[i];
        if (claim->first_pfn >= claim->end_pfn || claim->end_pfn > width_pfn ||
            claim->kind >= MEMMAP_KIND_COUNT)
            return MEMMAP_BAD_CLAIM;
    }
    return MEMMAP_OK;
}

enum memmap_status memmap_explain_begin(struct memmap_explanation *walk,
                                        const struct memmap_input *input, uint64_t pfn)
{
    enum memmap_status status;
    struct tally tally;

    if (input->physical_bits < 32 || input->physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    status = check_claims(input, UINT64_C(1) << (input->physical_bits - 12));
    if (status != MEMMAP_OK)
        return status;
    if (pfn >= PFN_END)
        return MEMMAP_BAD_RANGE;
    tally = take_tally(input, pfn);
    *walk = (struct memmap_explanation){
        .input = input,
        .pfn = pfn,
        .top_kind = tally.best.kind,
        .verdict = verdict_of(input, &tally, pfn),
    };
    return MEMMAP_OK;
}

/* The rule of one that covers the page, now that the decider is known. */
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
        uint32_t origin = origin_name(input, index);
        if (!hear(input, index, walk->pfn, &voice))
            continue;
        if (voice.rule == MEMMAP_RULE_DECIDES)
            voice.rule = rule_among(walk, voice.kind, origin);
        *ret_reason = (struct memmap_reason){.origin = origin,
                                             .rule = voice.rule,
                                             .kind = voice.kind,
                                             .attributes = voice.attributes};
        return true;
    }
    return false;
}
