/* SPDX-License-Identifier: MIT */
/*
 * Why a page is what it is: every entry and claim that says something about it, and what
 * became of each.
 *
 *   entry 0   |------- usable -------|             outranked     by entry 1
 *   entry 1        |--- reserved ---|              decides       highest kind
 *   entry 2           |- reserved -|               same-kind     begins later
 *   claim 0        |kernel|                        outranked
 *   page                ^
 *
 * Scans the raw input twice, holds nothing but a cursor. The verdict is what memmap_normalize
 * says of the page; it takes neither scratch memory nor a map.
 */
#ifndef GROMA_MEMMAP_EXPLAIN_H
#define GROMA_MEMMAP_EXPLAIN_H

#include "memmap/normalize.h"

C_DECLARATIONS_BEGIN

/* What became of an entry or claim at this page. Exactly one of them decides, if any covers it. */
enum memmap_rule {
    MEMMAP_RULE_DECIDES,      /* the highest kind here; of several, the one that begins first */
    MEMMAP_RULE_SAME_KIND,    /* as high, but another decides; its attributes still count */
    MEMMAP_RULE_OUTRANKED,    /* a higher kind keeps the page; its attributes still count */
    MEMMAP_RULE_ROUNDED_AWAY, /* usable memory that holds only a part of the page */
    MEMMAP_RULE_CLIPPED,      /* the page lies beyond the physical address width */
    MEMMAP_RULE_EMPTY,        /* dropped: no bytes; its base lies in the page */
    MEMMAP_RULE_WRAPPING,     /* dropped: ends beyond 2^64; it begins at or below the page */
    MEMMAP_RULE_COUNT,
};

/* "decides", "same-kind", ...; "unknown" beyond. */
const char *memmap_rule_name(enum memmap_rule rule);

/* One entry or claim that says something about the page. */
struct memmap_reason {
    uint32_t origin; /* entry index, or claim index with MEMMAP_ORIGIN_CLAIM */
    enum memmap_rule rule;
    enum memmap_kind kind; /* its own, by itself */
    uint64_t attributes;   /* its own; 0 for a claim */
};

/* What the page is, equal to the region of the normalized map that covers it. */
struct memmap_verdict {
    bool is_hole; /* nothing covers it: kind, attributes and origin say nothing */
    bool page_0;  /* it is page 0 and would be usable: `reserved` by rule */
    enum memmap_kind kind;
    uint64_t attributes;  /* joined over the entries that cover it */
    uint32_t origin;      /* who decides; MEMMAP_NO_ORIGIN in a hole */
    uint32_t entry_count; /* entries that cover it (outranked ones too) */
    uint32_t claim_count; /* claims that cover it */
};

/* A cursor. Only `verdict` is for the caller to read. */
struct memmap_explanation {
    const struct memmap_input *input;
    uint64_t pfn;
    uint32_t next;              /* the next to look at: entries, then claims */
    enum memmap_kind top_kind;  /* the highest kind that covers the page, before the page 0 rule */
    struct memmap_verdict verdict;
};

/*
 * Begins to explain a page; walk->verdict is complete. The input must stay as it is while the
 * walk is used. Errors, *walk unchanged: BAD_WIDTH and BAD_CLAIM as memmap_normalize has them,
 * BAD_RANGE (pfn is 2^52 or more). O(n + m).
 *
 * Of several of the deciding kind that begin on the same page an entry that says whole pages
 * decides before one that was rounded or clipped, and that before a claim; then the one that ends
 * first, then the lower attribute word, then the earlier one. A region of the map carries the
 * origin it began with, while the verdict names who decides at this page: they agree on a
 * region's first page.
 */
MUST_USE enum memmap_status memmap_explain_begin(struct memmap_explanation *walk,
                                                 const struct memmap_input *input, uint64_t pfn);

/*
 * The next entry or claim that touches the page: entries in the source's order, then claims in
 * theirs. False, *ret_reason untouched, where there is none left. O(n + m) over a whole walk.
 */
MUST_USE bool memmap_explain_next(struct memmap_explanation *walk,
                                  struct memmap_reason *ret_reason);

C_DECLARATIONS_END

#endif
