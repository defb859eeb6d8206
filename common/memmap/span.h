/* SPDX-License-Identifier: MIT */
/* Private to the engine: entries and claims as ranges of pages, in the order of the sweep. */
#ifndef GROMA_MEMMAP_SPAN_H
#define GROMA_MEMMAP_SPAN_H

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
