/* SPDX-License-Identifier: MIT */
/* From entries and claims to spans; see span.h. */
#include "memmap/said.h"

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
            entry_covers(entry, p, width_pfn);
    ensures is: entry->page_count > 0 || entry->tail_bytes > 0 ==>
        span_is(span, entry->base_bytes, entry_end(entry), entry->kind, width_pfn); */
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
    /*@ assert says: entry->page_count > 0 || entry->tail_bytes > 0 ==> \forall integer p;
        entry_covers(entry, p, width_pfn)
        ? range_rank(entry->base_bytes, entry_end(entry), entry->kind, p, width_pfn) == entry->kind
        : range_rank(entry->base_bytes, entry_end(entry), entry->kind, p, width_pfn) == -1; */
    //@ assert kind: span->kind == entry->kind;
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

/* Takes in the span behind the last one. */
/*@ requires \valid(list) && list->count < 0x80000000;
    requires \valid_read(list->spans + (0 .. list->count));
    requires \separated(list, list->spans + (0 .. list->count));
    assigns list->in_order, list->count;
    ensures list->count == \old(list->count) + 1;
    ensures stay: spans_stay{Pre,Here}(list->spans, \old(list->count) + 1);
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
        \at(l->spans, A) == \at(l->spans, B) && \at(l->input, A) == \at(l->input, B) &&
        \at(l->in_order, A) == \at(l->in_order, B); */

/* Pages and findings of an entry. */
/*@ requires \valid(report) && \valid_read(entry) && \separated(report, entry);
    requires entry_decoded(entry);
    assigns *report; */
static void note_entry(const struct memmap_entry *entry, bool exact, uint32_t index,
                       uint64_t width_pfn, struct memmap_report *report)
{
    if (exact)
        report->stated_pages[entry->kind] += entry->page_count;
    else
        note_rounding(entry, index, width_pfn, report);
}

/* Takes in the span of an entry behind the last one. */
/*@ requires \valid(list) && list->count < 0x80000000;
    requires \valid_read(list->spans + (0 .. list->count));
    requires \separated(list, list->spans + (0 .. list->count));
    assigns list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes;
    ensures list->count == \old(list->count) + 1;
    ensures stay: spans_stay{Pre,Here}(list->spans, \old(list->count) + 1);
    ensures list->in_order <==>
        \old(list->in_order) && span_follows(list->spans, \old(list->count)); */
static void take_entry(struct span_list *list, bool exact, uint64_t attributes)
{
    if (!exact)
        list->all_exact = false;
    list->all_attributes &= attributes;
    list->any_attributes |= attributes;
    //@ assert stay: spans_stay{Pre,Here}(list->spans, list->count + 1);
    take_span(list);
}

/* Takes in the span of an entry that has bytes. */
/*@ requires \valid(list) && \valid(report) && \valid(list->spans + (0 .. list->count));
    requires \valid_read(entry) && entry_decoded(entry);
    requires entry->page_count > 0 || entry->tail_bytes > 0;
    requires list->count <= index < MEMMAP_MAX_ENTRIES && width_pfn <= PFN_END;
    requires \separated(list, report, entry, list->spans + (0 .. list->count));
    assigns list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes, list->spans[list->count], *report;
    ensures count: list->count == \old(list->count) + 1;
    ensures stay: spans_stay{Pre,Here}(list->spans, \old(list->count));
    ensures within: span_within(list->spans + \old(list->count), width_pfn, index + 1, index + 1);
    ensures origin: list->spans[list->count - 1].origin == index &&
        list->spans[list->count - 1].form <= SPAN_ROUNDED;
    ensures is: span_is(list->spans + \old(list->count), \old(entry->base_bytes),
        \old(entry_end(entry)), \old(entry->kind), width_pfn);
    ensures order: list->in_order ==>
        \old(list->in_order) && span_follows(list->spans, \old(list->count)); */
static void collect_pages(struct span_list *list, const struct memmap_entry *entry,
                          uint32_t index, uint64_t width_pfn, struct memmap_report *report)
{
    struct span *span = &list->spans[list->count];
    bool exact;

    fill_span(span, entry, index, width_pfn);
    //@ assert kept_filled: list_kept{Pre,Here}(list);
    //@ assert decoded: entry_decoded(entry);
    //@ assert filled: span_within(span, width_pfn, index + 1, index + 1);
    //@ assert filled_origin: span->origin == index && span->form <= SPAN_ROUNDED;
    //@ assert stay: spans_stay{Pre,Here}(list->spans, list->count);
    /*@ assert is: span_is(span, \at(entry->base_bytes, Pre), \at(entry_end(entry), Pre),
                           \at(entry->kind, Pre), width_pfn); */
    exact = span->form == SPAN_EXACT;
    //@ ghost Filled: ;
    note_entry(entry, exact, index, width_pfn, report);
    //@ assert kept_noted: list_kept{Pre,Here}(list);
    //@ assert apart: \separated(report, list->spans + (0 .. list->count));
    /*@ assert bounds: \forall integer k; 0 <= k <= list->count ==>
        list->spans[k].first_pfn == \at(list->spans[k].first_pfn, Filled) &&
        list->spans[k].end_pfn == \at(list->spans[k].end_pfn, Filled) &&
        list->spans[k].origin == \at(list->spans[k].origin, Filled); */
    //@ assert stay2: spans_stay{Filled,Here}(list->spans, list->count + 1);
    //@ ghost Noted: ;
    take_entry(list, exact, entry->attributes);
    //@ assert stay3: spans_stay{Noted,Here}(list->spans, \at(list->count, Pre) + 1);
    //@ assert stay4: spans_stay{Filled,Here}(list->spans, \at(list->count, Pre) + 1);
}

/*@ requires \valid(list) && \valid(report) && source_opened(&list->input->source);
    requires list->count <= index < list->input->source.count && width_pfn <= PFN_END;
    requires \valid(list->spans + (0 .. list->count));
    requires \separated(list, report, list->input, list->spans + (0 .. list->count));
    assigns list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes, list->spans[list->count], *report;
    ensures count: list->count == \old(list->count) || list->count == \old(list->count) + 1;
    ensures stay: spans_stay{Pre,Here}(list->spans, \old(list->count));
    ensures within: list->count > \old(list->count) ==> span_within(
        list->spans + \old(list->count), width_pfn, \old(list->input->source.count),
        \old(list->input->source.count));
    ensures order: list->in_order ==> \old(list->in_order) && (list->count > \old(list->count) ==>
        span_follows(list->spans, \old(list->count)));
    ensures taken: entry_taken{Pre,Here}(list->spans, \old(list->count), list->count,
        \old(entry_at(&list->input->source, index)), \old(list->input->source.format),
        \old(list->input->source.assume_wb), width_pfn);
    ensures format: list->input->source.format == \old(list->input->source.format);
    ensures entries: list->input->source.count == \old(list->input->source.count);
    ensures stride: list->input->source.stride_bytes == \old(list->input->source.stride_bytes);
    ensures bytes: list->input->source.bytes == \old(list->input->source.bytes);
    ensures wb: list->input->source.assume_wb == \old(list->input->source.assume_wb); */
static void collect_entry(struct span_list *list, uint32_t index, uint64_t width_pfn,
                          struct memmap_report *report)
{
    struct memmap_entry entry;

    memmap_source_entry(&list->input->source, index, &entry);
    //@ ghost const struct memmap_input *input = list->input;
    /*@ assert source0: input->source.count == \at(list->input->source.count, Pre) &&
        input->source.stride_bytes == \at(list->input->source.stride_bytes, Pre) &&
        input->source.format == \at(list->input->source.format, Pre); */
    //@ assert kept: list_kept{Pre,Here}(list);
    /*@ assert is: entry_is(&entry,
        stated_base{Pre}(\at(entry_at(&list->input->source, index), Pre),
                         \at(list->input->source.format, Pre)),
        stated_bytes{Pre}(\at(entry_at(&list->input->source, index), Pre),
                          \at(list->input->source.format, Pre)),
        stated_kind{Pre}(\at(entry_at(&list->input->source, index), Pre),
                         \at(list->input->source.format, Pre),
                         \at(list->input->source.assume_wb, Pre))); */
    //@ assert bytes0: input->source.bytes == \at(list->input->source.bytes, Pre);
    //@ assert wb0: input->source.assume_wb == \at(list->input->source.assume_wb, Pre);
    //@ ghost Decoded0: ;
    //@ assert stay0: spans_stay{Pre,Here}(list->spans, list->count);
    if (entry.page_count != 0 || entry.tail_bytes != 0) {
        //@ ghost Decoded: ;
        collect_pages(list, &entry, index, width_pfn, report);
        //@ assert stay1: spans_stay{Decoded,Here}(list->spans, \at(list->count, Decoded));
        //@ assert stay: spans_stay{Pre,Here}(list->spans, \at(list->count, Pre));
        //@ assert entries: input->source.count == \at(input->source.count, Decoded);
        //@ assert stride: input->source.stride_bytes == \at(input->source.stride_bytes, Decoded);
        //@ assert format: input->source.format == \at(input->source.format, Decoded);
        //@ assert bytes: input->source.bytes == \at(input->source.bytes, Decoded);
        //@ assert wb: input->source.assume_wb == \at(input->source.assume_wb, Decoded);
        /*@ assert taken: entry_taken{Pre,Here}(list->spans, \at(list->count, Pre), list->count,
            \at(entry_at(&list->input->source, index), Pre),
            \at(list->input->source.format, Pre), \at(list->input->source.assume_wb, Pre),
            width_pfn); */
        /*@ assert order: list->in_order ==> \at(list->in_order, Pre) &&
            span_follows(list->spans, \at(list->count, Pre)); */
    } else {
        memmap_report_finding(report, MEMMAP_EMPTY, index);
        //@ assert kept_empty: list_kept{Pre,Here}(list);
        /*@ assert source_empty: input->source.count == \at(input->source.count, Decoded0) &&
            input->source.stride_bytes == \at(input->source.stride_bytes, Decoded0) &&
            input->source.format == \at(input->source.format, Decoded0); */
        //@ assert bytes_empty: input->source.bytes == \at(input->source.bytes, Decoded0);
        //@ assert wb_empty: input->source.assume_wb == \at(input->source.assume_wb, Decoded0);
        //@ assert stay_empty: spans_stay{Pre,Here}(list->spans, list->count);
        /*@ assert none: stated_bytes{Pre}(\at(entry_at(&list->input->source, index), Pre),
                                           \at(list->input->source.format, Pre)) == 0; */
    }
}

/*@ requires \valid(list) && \valid(list->spans + (0 .. list->count));
    requires \valid_read(claim) && list->count < 0x80000000;
    requires \separated(list, claim, list->spans + (0 .. list->count));
    assigns list->in_order, list->count, list->spans[list->count];
    ensures count: list->count == \old(list->count) + 1;
    ensures claim: is_of_claim{Pre,Here}(list->spans + \old(list->count), claim, origin);
    ensures stay: spans_stay{Pre,Here}(list->spans, \old(list->count));
    ensures order: list->in_order ==>
        \old(list->in_order) && span_follows(list->spans, \old(list->count)); */
static void collect_claim(struct span_list *list, const struct memmap_claim *claim,
                          uint32_t origin)
{
    memmap_span_of_claim(&list->spans[list->count], claim, origin);
    //@ assert claim: is_of_claim{Pre,Here}(list->spans + list->count, claim, origin);
    //@ assert stay: spans_stay{Pre,Here}(list->spans, list->count);
    take_span(list);
    //@ assert stay_still: spans_stay{Pre,Here}(list->spans, \at(list->count, Pre));
}

/*@ requires \valid(list) && \valid(report) && source_opened(&list->input->source);
    requires list->count == 0 && width_pfn <= PFN_END;
    requires \valid(list->spans + (0 .. list->input->source.count - 1));
    requires \separated(list, report, list->input,
                        list->spans + (0 .. list->input->source.count - 1));
    requires \separated(list->input->source.bytes +
                        (0 .. list->input->source.count * list->input->source.stride_bytes - 1),
                        list, report, list->spans + (0 .. list->input->source.count - 1));
    assigns list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes, list->spans[0 .. list->input->source.count - 1],
            *report;
    ensures count: list->count <= \old(list->input->source.count);
    ensures within: spans_within(list->spans, list->count, width_pfn,
        \old(list->input->source.count), \old(list->input->source.count));
    ensures order: list->in_order ==> spans_in_order(list->spans, list->count);
    ensures ranks: ranks_of_entries{Pre,Here}(list->spans, list->count,
        \old(list->input->source.bytes), \old(list->input->source.stride_bytes),
        \old(list->input->source.format), \old(list->input->source.assume_wb),
        \old(list->input->source.count), width_pfn); */
static void collect_entries(struct span_list *list, uint64_t width_pfn,
                            struct memmap_report *report)
{
    uint32_t count = list->input->source.count;
    //@ ghost struct span *spans = list->spans;
    //@ ghost const uint8_t *bytes = list->input->source.bytes;
    //@ ghost uint32_t stride = list->input->source.stride_bytes;
    //@ ghost uint64_t size = (uint64_t)count * stride;
    //@ ghost enum memmap_format format = list->input->source.format;
    //@ assert size: size == count * stride;

    /*@ loop invariant 0 <= i <= count && list->count <= i;
        loop invariant source_opened(&list->input->source) && list->input->source.count == count;
        loop invariant fields: list->input->source.bytes == bytes &&
            list->input->source.stride_bytes == stride &&
            list->input->source.format == format &&
            list->input->source.assume_wb == \at(list->input->source.assume_wb, Pre);
        loop invariant within: spans_within(spans, list->count, width_pfn, count, count);
        loop invariant order: list->in_order ==> spans_in_order(spans, list->count);
        loop invariant as: bytes_as{Pre,Here}(bytes, bytes, size);
        loop invariant ranks: ranks_of_entries{Pre,Here}(spans, list->count, bytes, stride,
            format, \at(list->input->source.assume_wb, Pre), i, width_pfn);
        loop assigns i, list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes, spans[0 .. count - 1],
            *report;
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        //@ ghost size_t last = list->count;
        //@ ghost Before: ;
        collect_entry(list, i, width_pfn, report);
        //@ assert opened: source_opened(&list->input->source);
        //@ assert stay: spans_stay{Before,Here}(spans, last);
        //@ assert stay_within: spans_within(spans, last, width_pfn, count, count);
        //@ assert stay_in_order: list->in_order ==> spans_in_order(spans, last);
        //@ assert as: bytes_as{Before,Here}(bytes, bytes, size);
        /*@ assert taken: entry_taken{Before,Here}(spans, last, list->count,
            entry_of(bytes, stride, i), format, \at(list->input->source.assume_wb, Pre),
            width_pfn); */
        //@ assert inside: entry_within(i, count, smallest_stride(format), stride);
        /*@ assert same: bytes_as{Pre,Before}(entry_of(bytes, stride, i),
            entry_of(bytes, stride, i), smallest_stride(format)); */
        /*@ assert taken_before: entry_taken{Pre,Here}(spans, last, list->count,
            entry_of(bytes, stride, i), format, \at(list->input->source.assume_wb, Pre),
            width_pfn); */
        /*@ assert ranks: ranks_of_entries{Pre,Here}(spans, list->count, bytes, stride, format,
            \at(list->input->source.assume_wb, Pre), i + 1, width_pfn); */
    }
}

/*@ requires \valid(list) && list->count <= list->input->source.count && input_sound(list->input);
    requires \valid(list->spans + (0 .. span_limit(list->input) - 1));
    requires \separated(list, list->input, list->spans + (0 .. span_limit(list->input) - 1));
    requires \separated(list->input->claims + (0 .. list->input->claim_count - 1), list,
                        list->spans + (0 .. span_limit(list->input) - 1));
    requires spans_within(list->spans, list->count, width_of(list->input),
        list->input->source.count, list->input->source.count);
    requires list->in_order ==> spans_in_order(list->spans, list->count);
    assigns list->in_order, list->count, list->spans[0 .. span_limit(list->input) - 1];
    ensures count: list->count <= \old(span_limit(list->input));
    ensures within: spans_within(list->spans, list->count, \old(width_of(list->input)),
        \old(list->input->source.count), \old(span_limit(list->input)));
    ensures order: list->in_order ==> spans_in_order(list->spans, list->count);
    ensures ranks: ranks_with_claims{Pre,Here}(list->spans, \old(list->count), list->count,
        \old(list->input->claims), \old(list->input->claim_count)); */
static void collect_claims(struct span_list *list)
{
    const struct memmap_claim *claims = list->input->claims;
    uint32_t entry_count = list->input->source.count;
    uint32_t count = list->input->claim_count;
    //@ ghost struct span *spans = list->spans;

    /*@ loop invariant 0 <= i <= count && list->count <= entry_count + i;
        loop invariant within: spans_within(spans, list->count, \at(width_of(list->input), Pre),
                                            entry_count, entry_count + count);
        loop invariant order: list->in_order ==> spans_in_order(spans, list->count);
        loop invariant ranks: ranks_with_claims{Pre,Here}(spans, \at(list->count, Pre),
                                                          list->count, claims, i);
        loop assigns i, list->in_order, list->count, spans[0 .. entry_count + count - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        //@ ghost size_t last = list->count;
        /*@ assert first:
            claims[i].first_pfn == \at(list->input->claims[\at(i, Here)].first_pfn, Pre); */
        //@ assert end: claims[i].end_pfn == \at(list->input->claims[\at(i, Here)].end_pfn, Pre);
        //@ assert kind: claims[i].kind == \at(list->input->claims[\at(i, Here)].kind, Pre);
        //@ assert range: claim_is_range(&claims[i], \at(width_of(list->input), Pre));
        //@ ghost Before: ;
        collect_claim(list, &claims[i], entry_count + i);
        //@ assert stay: spans_stay{Before,Here}(spans, last);
        //@ assert claim: is_of_claim{Before,Here}(spans + last, &claims[i], entry_count + i);
        //@ assert claim_before: is_of_claim{Pre,Here}(spans + last, claims + i, entry_count + i);
        /*@ assert stay_within: spans_within(spans, last, \at(width_of(list->input), Pre),
                                             entry_count, entry_count + count); */
        //@ assert stay_in_order: list->in_order ==> spans_in_order(spans, last);
        /*@ assert new_within: span_within(spans + last, \at(width_of(list->input), Pre),
                                           entry_count, entry_count + count); */
    }
}

/*@ requires \valid(list);
    assigns *list;
    ensures list->input == input && list->spans == memory && list->count == 0 && list->in_order; */
static void begin_list(struct span_list *list, const struct memmap_input *input,
                       struct span *memory)
{
    *list = (struct span_list){.input = input,
                               .spans = memory,
                               .in_order = true,
                               .all_exact = true,
                               .all_attributes = UINT64_MAX};
}

/* The entries, beside `count` claims. */
/*@ requires \valid(list) && \valid(report) && source_opened(&list->input->source);
    requires list->count == 0 && width_pfn <= PFN_END;
    requires \valid(list->spans + (0 .. list->input->source.count - 1));
    requires \separated(list, report, list->input,
                        list->spans + (0 .. list->input->source.count - 1));
    requires \separated(claims + (0 .. count - 1), list, report,
                        list->spans + (0 .. list->input->source.count - 1));
    requires \valid_read(claims + (0 .. count - 1));
    requires \separated(list->input->source.bytes +
                        (0 .. list->input->source.count * list->input->source.stride_bytes - 1),
                        list, report, list->spans + (0 .. list->input->source.count - 1));
    assigns list->in_order, list->count, list->all_exact, list->all_attributes,
            list->any_attributes, list->spans[0 .. list->input->source.count - 1], *report;
    ensures count: list->count <= \old(list->input->source.count);
    ensures within: spans_within(list->spans, list->count, width_pfn,
        \old(list->input->source.count), \old(list->input->source.count));
    ensures order: list->in_order ==> spans_in_order(list->spans, list->count);
    ensures opened: source_opened(&list->input->source);
    ensures input: list->input->physical_bits == \old(list->input->physical_bits) &&
        list->input->claim_count == \old(list->input->claim_count) &&
        list->input->source.count == \old(list->input->source.count);
    ensures firsts: \forall integer i; 0 <= i < count ==>
        claims[i].first_pfn == \old(claims[i].first_pfn);
    ensures ends: \forall integer i; 0 <= i < count ==>
        claims[i].end_pfn == \old(claims[i].end_pfn);
    ensures kinds: \forall integer i; 0 <= i < count ==> claims[i].kind == \old(claims[i].kind);
    ensures ranks: ranks_of_entries{Pre,Here}(list->spans, list->count,
        \old(list->input->source.bytes), \old(list->input->source.stride_bytes),
        \old(list->input->source.format), \old(list->input->source.assume_wb),
        \old(list->input->source.count), width_pfn); */
static void collect_beside(struct span_list *list, uint64_t width_pfn,
                           struct memmap_report *report, const struct memmap_claim *claims,
                           uint32_t count)
{
    (void)claims; /* only the contract speaks of them */
    (void)count;
    collect_entries(list, width_pfn, report);
    /*@ assert fields: list->input->source.count == \at(list->input->source.count, Pre) &&
        list->input->source.stride_bytes == \at(list->input->source.stride_bytes, Pre) &&
        list->input->source.format == \at(list->input->source.format, Pre); */
}

/*@ requires \valid(list) && \valid(report) && input_sound(input);
    requires \valid(memory + (0 .. span_limit(input) - 1));
    requires \separated(list, report, input, memory + (0 .. span_limit(input) - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1), list, report,
                        memory + (0 .. span_limit(input) - 1));
    requires \separated(input->source.bytes +
                        (0 .. input->source.count * input->source.stride_bytes - 1), list, report,
                        memory + (0 .. span_limit(input) - 1));
    assigns *list, memory[0 .. span_limit(input) - 1], *report;
    ensures list->input == input && list->spans == memory;
    ensures list->count <= \old(span_limit(input));
    ensures sound: spans_within(list->spans, list->count, \old(width_of(input)),
        \old(input->source.count), \old(span_limit(input)));
    ensures order: list->in_order ==> spans_in_order(list->spans, list->count);
    ensures ranks: \forall integer p;
        rank_at(list->spans, list->count, p) == input_rank{Pre}(input, p); */
void memmap_spans_collect(struct span_list *list, const struct memmap_input *input,
                          struct span *memory, struct memmap_report *report)
{
    begin_list(list, input, memory);
    //@ ghost Begun: ;
    //@ assert begun: claims_stay{Pre,Here}(input->claims, input->claim_count);
    //@ assert sound1: input_sound(input);
    collect_beside(list, width_pfn_of(input), report, input->claims, input->claim_count);
    //@ assert stay: claims_stay{Begun,Here}(input->claims, input->claim_count);
    //@ assert width: width_of(input) == \at(width_of(input), Pre);
    //@ assert claims: input->claims == \at(input->claims, Begun);
    //@ assert readable: input_readable(input);
    /*@ assert ranges: \forall integer i; 0 <= i < input->claim_count ==>
        claim_is_range(&input->claims[i], width_of(input)); */
    //@ assert sound2: input_sound(input);
    /*@ assert entries: \forall integer p; rank_at(list->spans, list->count, p) ==
        source_rank{Pre}(&input->source, p, \at(width_of(input), Pre)); */
    /*@ assert claims_rank: \forall integer p;
        claims_rank(input->claims, input->claim_count, p) ==
        claims_rank{Pre}(\at(input->claims, Pre), \at(input->claim_count, Pre), p); */
    collect_claims(list);
}
