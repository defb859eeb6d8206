/* SPDX-License-Identifier: MIT */
/* From entries and claims to spans; see span.h. */
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

/* Rounds and clips an entry; one that ends beyond 2^64 is dropped: it covers no page. */
/*@ requires \valid(span) && \valid_read(entry) && \separated(span, entry);
    requires entry_decoded(entry) && span->first_pfn <= PFN_END && width_pfn <= PFN_END;
    assigns span->form, span->first_pfn, span->end_pfn;
    ensures span->form == SPAN_ROUNDED && span->first_pfn <= PFN_END && span->end_pfn <= PFN_END;
    ensures span->first_pfn < span->end_pfn ==> span->end_pfn <= width_pfn;
    ensures \forall integer p; span->first_pfn <= p < span->end_pfn <==>
        entry_covers(entry, p, width_pfn); */
static void round_span(struct span *span, const struct memmap_entry *entry, uint64_t width_pfn)
{
    struct extent stated;
    bool accepted = memmap_extent_of_entry(entry, &stated);

    //@ assert stated.first_pfn == entry->base_bytes / 4096;
    /*@ assert accepted ==> \forall integer p; page_inside(&stated, p) <==>
        entry->base_bytes <= byte_of(p, 0) && byte_of(p + 1, 0) <= entry_end(entry); */
    /*@ assert accepted ==> \forall integer p; page_touched(&stated, p) <==>
        byte_of(entry->base_bytes / 4096, 0) <= byte_of(p, 0) < entry_end(entry); */
    span->form = SPAN_ROUNDED;
    if (accepted)
        memmap_extent_pages(&stated, entry->kind, width_pfn, &span->first_pfn, &span->end_pfn);
    else
        span->end_pfn = span->first_pfn;
    /*@ assert entry_end(entry) == \at(entry_end(entry), Pre) &&
        entry->base_bytes == \at(entry->base_bytes, Pre) &&
        entry->kind == \at(entry->kind, Pre); */
    //@ assert accepted <==> entry_end(entry) <= 0x10000000000000000;
    /*@ assert accepted ==> \forall integer p; span->first_pfn <= p < span->end_pfn <==>
        entry_covers(entry, p, width_pfn); */
}

/*@ requires \valid(span) && \valid_read(entry) && \separated(span, entry);
    requires entry_decoded(entry) && width_pfn <= PFN_END;
    assigns *span;
    ensures span->first_pfn <= PFN_END && span->end_pfn <= PFN_END && span->form <= SPAN_ROUNDED;
    ensures span->first_pfn < span->end_pfn ==> span->end_pfn <= width_pfn;
    ensures span->origin == index && span->kind == entry->kind < MEMMAP_KIND_COUNT &&
        span->loaded == 0 && span->attributes == entry->attributes;
    ensures entry->page_count > 0 || entry->tail_bytes > 0 ==>
        \forall integer p; span->first_pfn <= p < span->end_pfn <==>
            entry_covers(entry, p, width_pfn); */
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

/*@ requires \valid(ret_span) && \valid_read(entry) && \separated(ret_span, entry);
    requires entry_decoded(entry) && width_pfn <= PFN_END;
    assigns *ret_span;
    ensures ret_span->first_pfn <= PFN_END && ret_span->end_pfn <= PFN_END &&
        ret_span->form <= SPAN_ROUNDED;
    ensures ret_span->first_pfn < ret_span->end_pfn ==> ret_span->end_pfn <= width_pfn;
    ensures ret_span->origin == index && ret_span->kind == entry->kind && ret_span->loaded == 0 &&
        ret_span->attributes == entry->attributes;
    ensures entry->page_count > 0 || entry->tail_bytes > 0 ==>
        \forall integer p; ret_span->first_pfn <= p < ret_span->end_pfn <==>
            entry_covers(entry, p, width_pfn); */
void memmap_span_of_entry(struct span *ret_span, const struct memmap_entry *entry, uint32_t index,
                          uint64_t width_pfn)
{
    fill_span(ret_span, entry, index, width_pfn);
}

/* Findings of an entry that is not exact. */
/*@ requires \valid(report) && \valid_read(entry) && \separated(report, entry);
    requires entry_decoded(entry);
    assigns report->counts[0 .. MEMMAP_FINDING_COUNT - 1];
    assigns report->firsts[0 .. MEMMAP_FINDING_COUNT - 1];
    assigns report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1]; */
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

/* Takes in the span behind the last one. */
/*@ requires \valid(list) && list->count < 0x80000000;
    requires \valid_read(list->spans + (0 .. list->count));
    requires \separated(list, list->spans + (0 .. list->count));
    assigns list->in_order, list->count;
    ensures list->count == \old(list->count) + 1;
    ensures list->in_order <==>
        \old(list->in_order) && span_follows(list->spans, \old(list->count)); */
static void take_span(struct span_list *list)
{
    const struct span *span = &list->spans[list->count];

    if (span->end_pfn <= span->first_pfn ||
        (list->count > 0 && span->first_pfn <= span[-1].first_pfn))
        list->in_order = false;
    list->count++;
}

/*@ predicate list_kept{A,B}(struct span_list *l) = \at(l->count, A) == \at(l->count, B) &&
        \at(l->spans, A) == \at(l->spans, B) && \at(l->input, A) == \at(l->input, B); */

/*@ requires \valid(list) && \valid(report) && source_opened(&list->input->source);
    requires list->count <= index < list->input->source.count && width_pfn <= PFN_END;
    requires \valid(list->spans + (0 .. list->count));
    requires \separated(list, report, list->input, list->spans + (0 .. list->count));
    assigns *list, list->spans[list->count], *report;
    ensures list->spans == \old(list->spans) && list->input == \old(list->input);
    ensures list->count == \old(list->count) || list->count == \old(list->count) + 1; */
static void collect_entry(struct span_list *list, uint32_t index, uint64_t width_pfn,
                          struct memmap_report *report)
{
    struct span *span = &list->spans[list->count];
    struct memmap_entry entry;

    memmap_source_entry(&list->input->source, index, &entry);
    //@ assert list_kept{Pre,Here}(list);
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        memmap_report_finding(report, MEMMAP_EMPTY, index);
        return;
    }
    fill_span(span, &entry, index, width_pfn);
    //@ assert list_kept{Pre,Here}(list) && entry_decoded(&entry);
    if (span->form == SPAN_EXACT) {
        report->stated_pages[entry.kind] += entry.page_count;
        //@ assert list_kept{Pre,Here}(list);
    } else {
        list->all_exact = false;
        //@ assert list_kept{Pre,Here}(list);
        note_rounding(&entry, index, width_pfn, report);
        //@ assert list_kept{Pre,Here}(list);
    }
    //@ assert list_kept{Pre,Here}(list);
    list->all_attributes &= entry.attributes;
    list->any_attributes |= entry.attributes;
    //@ assert list_kept{Pre,Here}(list);
    take_span(list);
}

/*@ requires \valid(list) && \valid(report) && input_sound(input);
    requires \valid(memory + (0 .. span_limit(input) - 1));
    requires \separated(list, report, input, memory + (0 .. span_limit(input) - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1),
                        memory + (0 .. span_limit(input) - 1));
    assigns *list, memory[0 .. span_limit(input) - 1], *report;
    ensures list->input == input && list->spans == memory;
    ensures list->count <= \old(span_limit(input)); */
void memmap_spans_collect(struct span_list *list, const struct memmap_input *input,
                          struct span *memory, struct memmap_report *report)
{
    uint64_t width_pfn = width_pfn_of(input);
    uint32_t entry_count = input->source.count;
    uint32_t claim_count = input->claim_count;
    const struct memmap_claim *claims = input->claims;

    *list = (struct span_list){.input = input,
                               .spans = memory,
                               .in_order = true,
                               .all_exact = true,
                               .all_attributes = UINT64_MAX};
    /*@ loop invariant 0 <= i <= entry_count && list->count <= i;
        loop invariant list->input == input && list->spans == memory;
        loop invariant source_opened(&input->source) && input->source.count == entry_count;
        loop assigns i, *list, memory[0 .. entry_count + claim_count - 1], *report;
        loop variant entry_count - i; */
    for (uint32_t i = 0; i < entry_count; i++)
        collect_entry(list, i, width_pfn, report);
    /*@ loop invariant 0 <= i <= claim_count && list->count <= entry_count + i;
        loop invariant list->input == input && list->spans == memory;
        loop assigns i, *list, memory[0 .. entry_count + claim_count - 1];
        loop variant claim_count - i; */
    for (uint32_t i = 0; i < claim_count; i++) {
        memmap_span_of_claim(&list->spans[list->count], &claims[i], entry_count + i);
        //@ assert list_kept{LoopCurrent,Here}(list);
        take_span(list);
    }
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
