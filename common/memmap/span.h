/* SPDX-License-Identifier: MIT */
/* Private to the engine: entries and claims as ranges of pages, in the order of the sweep. */
#ifndef GROMA_MEMMAP_SPAN_H
#define GROMA_MEMMAP_SPAN_H

#include "memmap/extent.h"
#include "memmap/normalize.h"

/* How a span came to its bounds; of spans alike the lower form stands first. */
enum span_form {
    SPAN_EXACT,   /* an entry that says whole pages inside the address width */
    SPAN_ROUNDED, /* an entry that was rounded, clipped or dropped; may be empty */
    SPAN_CLAIM,
};

/* The pages [first_pfn, end_pfn) of one entry or claim. */
struct span {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint64_t attributes; /* 0 for a claim */
    uint32_t origin;     /* entry index, or entry count + claim index */
    uint8_t kind;
    uint8_t form; /* enum span_form */
    uint8_t loaded;
    uint8_t reserved;
};
STATIC_ASSERT(sizeof(struct span) == 32, "four words a span");

/* The spans of an input. */
struct span_list {
    const struct memmap_input *input;
    struct span *spans;
    size_t count;
    bool in_order;    /* each begins behind the one before; none is empty */
    bool all_exact;   /* every entry is a span of its own bytes, exactly */
    uint64_t all_attributes; /* bits that every entry has, */
    uint64_t any_attributes; /* and that some entry has */
};

/*@ lemma width_bounds: \forall integer n; 20 <= n ==> n <= 52 ==> 0x100000 <= (1 << n) <= PFN_END;
    logic integer width_of{L}(struct memmap_input *in) = 1 << (in->physical_bits - 12);
    predicate claim_is_range{L}(struct memmap_claim *c, integer width) =
        c->first_pfn < c->end_pfn <= width && c->kind < MEMMAP_KIND_COUNT;
    // What memmap_check_input has found good, over an opened source: all of it can be read, and
    predicate input_readable{L}(struct memmap_input *in) =
        \valid_read(in) && source_opened(&in->source) &&
        \valid_read(in->claims + (0 .. in->claim_count - 1)) &&
        32 <= in->physical_bits <= 64 && in->claim_count <= MEMMAP_MAX_ENTRIES;
    // the claims are ranges.
    predicate input_sound{L}(struct memmap_input *in) = input_readable(in) &&
        \forall integer i; 0 <= i < in->claim_count ==>
            claim_is_range(&in->claims[i], width_of(in));
    logic integer span_limit{L}(struct memmap_input *in) = in->source.count + in->claim_count;
    // The pages of an entry: whole ones inside it if usable, else those it has a byte in.
    predicate entry_covers{L}(struct memmap_entry *e, integer p, integer width) =
        p < width && entry_end(e) <= 0x10000000000000000 &&
        (e->kind == MEMMAP_USABLE
        ? e->base_bytes <= byte_of(p, 0) && byte_of(p + 1, 0) <= entry_end(e)
        : byte_of(e->base_bytes / 4096, 0) <= byte_of(p, 0) < entry_end(e));
    // A span of one of `entries` entries, or of a claim behind them.
    predicate span_within{L}(struct span *s, integer width, integer entries, integer limit) =
        s->first_pfn <= PFN_END && s->end_pfn <= PFN_END &&
        (s->first_pfn < s->end_pfn ==> s->end_pfn <= width) &&
        s->kind < MEMMAP_KIND_COUNT && s->loaded <= 1 && s->origin < limit &&
        s->form <= SPAN_CLAIM &&
        (s->form == SPAN_CLAIM <==> s->origin >= entries);
    predicate spans_within{L}(struct span *s, integer n, integer width, integer entries,
                              integer limit) =
        \forall integer k; 0 <= k < n ==> span_within(&s[k], width, entries, limit);
    predicate spans_sound{L}(struct span *s, integer n, struct memmap_input *in) =
        spans_within(s, n, width_of(in), in->source.count, span_limit(in));
    // Is span k not empty, and does it begin behind where the one before begins?
    predicate span_follows{L}(struct span *s, integer k) =
        s[k].first_pfn < s[k].end_pfn && (k > 0 ==> s[k - 1].first_pfn < s[k].first_pfn);
    predicate spans_in_order{L}(struct span *s, integer n) =
        \forall integer k; 0 <= k < n ==> span_follows(s, k); */

/* One past the last page of the address width. */
/*@ requires \valid_read(input) && 32 <= input->physical_bits <= 64;
    assigns \nothing;
    ensures \result == width_of(input) && 0x100000 <= \result <= PFN_END; */
static inline uint64_t width_pfn_of(const struct memmap_input *input)
{
    return UINT64_C(1) << (input->physical_bits - 12);
}

/* Is the address width one (BAD_WIDTH), and is every claim a range inside it (BAD_CLAIM)? O(m). */
MUST_USE enum memmap_status memmap_check_input(const struct memmap_input *input);

/* Counts a finding of an entry and keeps the first. */
void memmap_report_finding(struct memmap_report *report, enum memmap_finding finding,
                           uint32_t entry);

/*
 * Decodes every entry once, in the source's order, then the claims: spans (as many as there are
 * entries that have bytes, and claims), totals and the findings of single entries.
 */
void memmap_spans_collect(struct span_list *list, const struct memmap_input *input,
                          struct span *memory, struct memmap_report *report);

/* Does this entry say whole pages, at least one, inside the width? */
/*@ requires \valid_read(entry) && width_pfn <= PFN_END;
    assigns \nothing;
    ensures \result <==> entry->base_bytes % 4096 == 0 && entry->tail_bytes == 0 &&
        entry->page_count > 0 && entry->base_bytes / 4096 + entry->page_count <= width_pfn; */
static inline bool entry_is_exact(const struct memmap_entry *entry, uint64_t width_pfn)
{
    uint64_t first_pfn = entry->base_bytes / PAGE_BYTES;

    return entry->base_bytes % PAGE_BYTES == 0 && entry->tail_bytes == 0 && entry->page_count > 0 &&
           first_pfn < width_pfn && entry->page_count <= width_pfn - first_pfn;
}

/* What an entry that has bytes covers: rounded by its kind, clipped, nothing where it wraps. */
void memmap_span_of_entry(struct span *ret_span, const struct memmap_entry *entry, uint32_t index,
                   uint64_t width_pfn);

/* The same for a claim; `origin` is entry count + its index. */
void memmap_span_of_claim(struct span *ret_span, const struct memmap_claim *claim, uint32_t origin);

/*
 * What orders spans that begin on the same page, the weightiest first: form and kind (exact
 * entries, rounded ones, claims; then lower kinds), end, attributes, and for rounded entries the
 * base and size that they say. Spans whose keys are all equal say exactly the same.
 */
#define SPAN_KEYS 6u
uint64_t memmap_span_key(const struct memmap_source *source, const struct span *span, unsigned key);

/* The order that the keys make of two spans that begin on the same page. */
bool memmap_span_precedes(const struct memmap_source *source, const struct span *a,
                   const struct span *b);

#endif
