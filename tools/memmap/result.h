/* SPDX-License-Identifier: MIT */
/* A file's map through the engine: regions, report, digest, and who made each region. */
#ifndef MEMMAP_RESULT_H
#define MEMMAP_RESULT_H

#include "input.h"
#include "memmap/compare.h"
#include "memmap/normalize.h"

/* Above this many entries and claims a region's origins are its deciding one alone. */
#define RESULT_MAX_LISTED 2048u

/* Which pages an entry or claim keeps after rounding and clipping; none where first == end. */
struct cover {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint32_t origin;
};

struct result {
    struct map_input input;
    struct memmap_input engine; /* what memmap_normalize was given */
    struct memmap map;
    struct memmap_report report;
    enum memmap_status claim_status; /* OK, or what became of a claim (the map is complete) */
    uint64_t digest[2];
    struct cover *covers; /* by first page; NULL where there are too many */
    size_t cover_count;
    uint32_t *origins; /* room for one region's list */
};

/* Reads and normalizes; ends the program where either cannot be done. */
void result_make(struct result *result, const char *path, const struct input_options *options);

/*
 * The entries and claims that cover a page of the region, in their own order (claims last), at
 * least the deciding one; valid until the next call.
 */
uint32_t *result_origins(const struct result *result, const struct memmap_region *region,
                         size_t *ret_count);

/* "12", or "reserve0", "kernel": an entry's index or a claim's name. */
void print_origin(FILE *to, const struct result *result, uint32_t origin);
const char *claim_name(const struct result *result, uint32_t origin);

/* Entry as the source has it, with wrapping and emptiness told apart. */
struct span_of_entry {
    struct memmap_entry entry;
    bool is_empty;
    bool is_wrapping;
    bool is_misaligned;
    struct cover stated; /* pages that hold a byte of it */
    struct cover kept;   /* what it keeps at this width */
};
void result_entry(const struct result *result, uint32_t index, struct span_of_entry *ret_entry);

/* For qsort: by first page, then by origin. */
int compare_covers(const void *left, const void *right);

/* One past an entry's last byte, which may lie beyond 2^64. */
unsigned __int128 entry_end(const struct memmap_entry *entry);

/* 0x%016x-0x%016x of an entry's bytes; an end of 2^64 or beyond has 17 digits. */
void print_entry_range(FILE *to, const struct memmap_entry *entry);

/* The whole result as JSON (normalize --json, convert --to json). */
void print_result_json(FILE *to, const struct result *result);

#endif
