/* SPDX-License-Identifier: MIT */
/* From entries and claims to spans; see span.h. */
#include "memmap/span.h"

#include "memmap/extent.h"

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

/*@ predicate claim_is_range{L}(struct memmap_claim *c, integer width) =
        c->first_pfn < c->end_pfn <= width && c->kind < MEMMAP_KIND_COUNT; */

/*@ requires \valid_read(input) && \valid_read(input->claims + (0 .. input->claim_count - 1));
    assigns \nothing;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_WIDTH || \result == MEMMAP_BAD_CLAIM;
    ensures \result == MEMMAP_BAD_WIDTH <==> !(32 <= input->physical_bits <= 64);
    ensures \result == MEMMAP_OK ==> input->claim_count <= MEMMAP_MAX_ENTRIES &&
        \forall integer i; 0 <= i < input->claim_count ==>
            claim_is_range(&input->claims[i], 1 << (input->physical_bits - 12));
    ensures \result == MEMMAP_BAD_CLAIM ==> input->claim_count > MEMMAP_MAX_ENTRIES ||
        \exists integer i; 0 <= i < input->claim_count &&
            !claim_is_range(&input->claims[i], 1 << (input->physical_bits - 12)); */
enum memmap_status memmap_check_input(const struct memmap_input *input)
{
    uint64_t width_pfn;

    if (input->physical_bits < 32 || input->physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    width_pfn = UINT64_C(1) << (input->physical_bits - 12);
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

/* Rounds and clips an entry; one that ends beyond 2^64 is dropped: it covers no page. */
static void round_span(struct span *span, const struct memmap_entry *entry, uint64_t width_pfn)
{
    struct extent stated;

    span->form = SPAN_ROUNDED;
    if (memmap_extent_of_entry(entry, &stated))
        memmap_extent_pages(&stated, entry->kind, width_pfn, &span->first_pfn, &span->end_pfn);
    else
        span->end_pfn = span->first_pfn;
}

static void fill_span(struct span *span, const struct memmap_entry *entry, uint32_t index,
                             uint64_t width_pfn)
{
    span->first_pfn = entry->base_bytes / PAGE_BYTES;
    span->end_pfn = span->first_pfn + entry->page_count;
    span->attributes = entry->attributes;
    span->origin = index;
    span->kind = (uint8_t)entry->kind;
    span->form = SPAN_EXACT;
    span->loaded = 0;
    span->reserved = 0;
    if (!entry_is_exact(entry, width_pfn))
        round_span(span, entry, width_pfn);
}

void memmap_span_of_entry(struct span *ret_span, const struct memmap_entry *entry, uint32_t index,
                   uint64_t width_pfn)
{
    fill_span(ret_span, entry, index, width_pfn);
}

/* Findings of an entry that is not exact. */
static void note_rounding(const struct memmap_entry *entry, uint32_t index, uint64_t width_pfn,
                          struct memmap_report *report)
{
    struct extent stated;

    if (!memmap_extent_of_entry(entry, &stated)) {
        memmap_report_finding(report, MEMMAP_WRAPPING, index);
        return;
    }
    report->stated_pages[entry->kind] += entry->page_count;
    if (!extent_is_aligned(&stated))
        memmap_report_finding(report, MEMMAP_MISALIGNED, index);
    if (extent_reaches_over(&stated, width_pfn))
        memmap_report_finding(report, MEMMAP_BEYOND_WIDTH, index);
}

/*@ requires \valid(ret_span) && \valid_read(claim) && \separated(ret_span, claim);
    assigns *ret_span;
    ensures ret_span->first_pfn == claim->first_pfn && ret_span->end_pfn == claim->end_pfn &&
        ret_span->origin == origin && ret_span->kind == claim->kind &&
            ret_span->form == SPAN_CLAIM &&
        ret_span->attributes == 0; */
void memmap_span_of_claim(struct span *ret_span, const struct memmap_claim *claim, uint32_t origin)
{
    *ret_span = (struct span){.first_pfn = claim->first_pfn,
                              .end_pfn = claim->end_pfn,
                              .origin = origin,
                              .kind = claim->kind,
                              .form = SPAN_CLAIM,
                              .loaded = (claim->flags & MEMMAP_CLAIM_LOADED) != 0};
}

/* Takes in the span behind the last one. */
static void take_span(struct span_list *list)
{
    const struct span *span = &list->spans[list->count];

    if (span->end_pfn <= span->first_pfn ||
        (list->count > 0 && span->first_pfn <= span[-1].first_pfn))
        list->in_order = false;
    list->count++;
}

static void collect_entry(struct span_list *list, uint32_t index, uint64_t width_pfn,
                                 struct memmap_report *report)
{
    struct span *span = &list->spans[list->count];
    struct memmap_entry entry;

    memmap_source_entry(&list->input->source, index, &entry);
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        memmap_report_finding(report, MEMMAP_EMPTY, index);
        return;
    }
    fill_span(span, &entry, index, width_pfn);
    if (span->form == SPAN_EXACT) {
        report->stated_pages[entry.kind] += entry.page_count;
    } else {
        list->all_exact = false;
        note_rounding(&entry, index, width_pfn, report);
    }
    list->all_attributes &= entry.attributes;
    list->any_attributes |= entry.attributes;
    take_span(list);
}

void memmap_spans_collect(struct span_list *list, const struct memmap_input *input,
                          struct span *memory, struct memmap_report *report)
{
    uint64_t width_pfn = UINT64_C(1) << (input->physical_bits - 12);

    *list = (struct span_list){.input = input,
                               .spans = memory,
                               .in_order = true,
                               .all_exact = true,
                               .all_attributes = UINT64_MAX};
    for (uint32_t i = 0; i < input->source.count; i++)
        collect_entry(list, i, width_pfn, report);
    for (uint32_t i = 0; i < input->claim_count; i++) {
        memmap_span_of_claim(&list->spans[list->count], &input->claims[i], input->source.count + i);
        take_span(list);
    }
}

uint64_t memmap_span_key(const struct memmap_source *source, const struct span *span, unsigned key)
{
    struct memmap_entry entry;

    switch (key) {
    case 0:
        return (uint64_t)span->form * MEMMAP_KIND_COUNT + span->kind;
    case 1:
        return span->end_pfn;
    case 2:
        return span->attributes;
    default:
        if (span->form != SPAN_ROUNDED)
            return 0;
        memmap_source_entry(source, span->origin, &entry);
        return key == 3 ? entry.base_bytes : key == 4 ? entry.page_count : entry.tail_bytes;
    }
}

bool memmap_span_precedes(const struct memmap_source *source, const struct span *a,
                   const struct span *b)
{
    for (unsigned key = 0; key < SPAN_KEYS; key++) {
        uint64_t left = memmap_span_key(source, a, key);
        uint64_t right = memmap_span_key(source, b, key);
        if (left != right)
            return left < right;
    }
    return false;
}
