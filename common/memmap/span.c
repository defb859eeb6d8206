/* SPDX-License-Identifier: MIT */
/* What a claim says, what an input must, and the keys of spans; see span.h. */
#include "memmap/span.h"

/*@ requires \valid(report) && finding < MEMMAP_FINDING_COUNT;
    assigns report->counts[finding], report->firsts[finding];
    ensures report->firsts[finding] == (\old(report->counts[finding]) == 0
        ? entry : \old(report->firsts[finding])); */
void memmap_report_finding(struct memmap_report *report, enum memmap_finding finding,
                           uint32_t entry)
{
    if (report->counts[finding]++ == 0)
        report->firsts[finding] = entry;
}

/*@ requires \valid_read(input) && \valid_read(input->claims + (0 .. input->claim_count - 1));
    assigns \nothing;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_WIDTH || \result == MEMMAP_BAD_CLAIM;
    ensures \result == MEMMAP_BAD_WIDTH <==> !(32 <= input->physical_bits <= 64);
    ensures \result == MEMMAP_OK ==> input->claim_count <= MEMMAP_MAX_ENTRIES &&
        \forall integer i; 0 <= i < input->claim_count ==>
            claim_is_range(&input->claims[i], width_of(input));
    ensures \result == MEMMAP_BAD_CLAIM ==> input->claim_count > MEMMAP_MAX_ENTRIES ||
        \exists integer i; 0 <= i < input->claim_count &&
            !claim_is_range(&input->claims[i], width_of(input)); */
enum memmap_status memmap_check_input(const struct memmap_input *input)
{
    uint64_t width_pfn;

    if (input->physical_bits < 32 || input->physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    width_pfn = width_pfn_of(input);
    if (input->claim_count > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_CLAIM;
    /*@ loop invariant 0 <= i <= input->claim_count;
        loop invariant \forall integer j; 0 <= j < i ==>
            claim_is_range(&input->claims[j], width_pfn);
        loop assigns i;
        loop variant input->claim_count - i; */
    for (uint32_t i = 0; i < input->claim_count; i++) {
        const struct memmap_claim *claim = &input->claims[i];
        if (claim->first_pfn >= claim->end_pfn || claim->end_pfn > width_pfn ||
            claim->kind >= MEMMAP_KIND_COUNT)
            return MEMMAP_BAD_CLAIM;
    }
    return MEMMAP_OK;
}

/*@ requires \valid(ret_span) && \valid_read(claim) && \separated(ret_span, claim);
    assigns *ret_span;
    ensures ret_span->first_pfn == claim->first_pfn && ret_span->end_pfn == claim->end_pfn &&
        ret_span->origin == origin && ret_span->kind == claim->kind &&
        ret_span->form == SPAN_CLAIM && ret_span->attributes == 0 && ret_span->loaded <= 1; */
void memmap_span_of_claim(struct span *ret_span, const struct memmap_claim *claim, uint32_t origin)
{
    *ret_span = (struct span){.first_pfn = claim->first_pfn,
                              .end_pfn = claim->end_pfn,
                              .origin = origin,
                              .kind = claim->kind,
                              .form = SPAN_CLAIM,
                              .loaded = (claim->flags & MEMMAP_CLAIM_LOADED) != 0};
}

/* What a rounded entry says itself: base and size. */
/*@ requires source_opened(source) && index < source->count;
    assigns \nothing; */
static uint64_t stated_key(const struct memmap_source *source, uint32_t index, unsigned key)
{
    struct memmap_entry entry;

    memmap_source_entry(source, index, &entry);
    return key == 3 ? entry.base_bytes : key == 4 ? entry.page_count : entry.tail_bytes;
}

/*@ requires \valid_read(span) && source_opened(source);
    requires span->form == SPAN_ROUNDED ==> span->origin < source->count;
    assigns \nothing;
    ensures key == 0 ==> \result == span->form * MEMMAP_KIND_COUNT + span->kind;
    ensures key == 1 ==> \result == span->end_pfn;
    ensures key == 2 ==> \result == span->attributes;
    ensures key > 2 && span->form != SPAN_ROUNDED ==> \result == 0; */
uint64_t memmap_span_key(const struct memmap_source *source, const struct span *span, unsigned key)
{
    uint64_t value = 0;

    if (key == 0)
        value = (uint64_t)span->form * MEMMAP_KIND_COUNT + span->kind;
    else if (key == 1)
        value = span->end_pfn;
    else if (key == 2)
        value = span->attributes;
    else if (span->form == SPAN_ROUNDED)
        value = stated_key(source, span->origin, key);
    return value;
}

/*@ requires \valid_read(a) && \valid_read(b) && source_opened(source);
    requires a->form == SPAN_ROUNDED ==> a->origin < source->count;
    requires b->form == SPAN_ROUNDED ==> b->origin < source->count;
    assigns \nothing; */
bool memmap_span_precedes(const struct memmap_source *source, const struct span *a,
                   const struct span *b)
{
    /*@ loop invariant 0 <= key <= SPAN_KEYS;
        loop assigns key;
        loop variant SPAN_KEYS - key; */
    for (unsigned key = 0; key < SPAN_KEYS; key++) {
        uint64_t left = memmap_span_key(source, a, key);
        uint64_t right = memmap_span_key(source, b, key);
        if (left != right)
            return left < right;
    }
    return false;
}
