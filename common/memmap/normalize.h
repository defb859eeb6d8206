/* SPDX-License-Identifier: MIT */
/*
 * From what firmware said to a map in normal form, with a report that accounts for every byte.
 *
 *   entries   |---- usable ----|        |-- acpi --|
 *                   |- reserved -|
 *   claims      |k|
 *   regions   |u|k|u|- reserved -|      |-- acpi --|     higher rank keeps the pages
 *
 * Each entry is rounded by its own kind (usable inwards, every other kind outwards), clipped
 * at the physical address width, and swept once in order of position together with the claims.
 * O(n) where the input is sorted or nearly so, O(n log n) at worst; no recursion, no allocation.
 * Stack: about 2 KiB.
 */
#ifndef GROMA_MEMMAP_NORMALIZE_H
#define GROMA_MEMMAP_NORMALIZE_H

#include "memmap/memmap.h"
#include "memmap/source.h"

C_DECLARATIONS_BEGIN

/* What the caller knows of memory that firmware does not; part of the hand-off ABI. */
struct memmap_claim {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint32_t name; /* the caller's: in boot info an offset to a NUL-terminated name */
    uint8_t kind;  /* enum memmap_kind */
    uint8_t flags; /* MEMMAP_CLAIM_LOADED */
    uint16_t reserved;
};
STATIC_ASSERT(sizeof(struct memmap_claim) == 24, "ABI: claim size");

/*
 * The claim is memory the loader allocated: it must lie wholly in entries of the loader's own
 * types, and no page of it may go to another kind.
 */
#define MEMMAP_CLAIM_LOADED 1u

/* A size that may be 2^64 bytes: pages and a remainder below 4096. */
struct memmap_size {
    uint64_t pages;
    uint64_t bytes;
};

/*
 * Things repaired or noticed, each with a count and the first entry that did it: the first in the
 * source, but for the last four (which take two entries) the first in order of addresses.
 */
enum memmap_finding {
    MEMMAP_EMPTY,        /* no bytes: dropped */
    MEMMAP_WRAPPING,     /* ends beyond 2^64: dropped */
    MEMMAP_MISALIGNED,   /* begins or ends inside a page: rounded */
    MEMMAP_BEYOND_WIDTH, /* reaches over the physical address width: clipped */
    MEMMAP_SHARED_PAGE,  /* begins inside a page in which another entry ended before */
    MEMMAP_DUPLICATE,    /* says exactly what another entry says */
    MEMMAP_OVERLAP,      /* covers pages of another entry of the same kind */
    MEMMAP_CONTRADICTION, /* covers pages of an entry of another kind: the higher rank kept them */
    MEMMAP_FINDING_COUNT,
};

/* "empty", "wrapping", ... */
const char *memmap_finding_name(enum memmap_finding finding);

/*
 * What normalizing did; part of the hand-off ABI. The accounting closes exactly:
 *   output = stated + claimed + grown - lost - clipped - dropped
 * each a measured union of bytes, not a sum over entries.
 */
struct memmap_report {
    uint32_t entry_count;
    uint32_t claim_count;
    uint32_t region_count;
    uint32_t counts[MEMMAP_FINDING_COUNT];
    uint32_t firsts[MEMMAP_FINDING_COUNT]; /* an entry; MEMMAP_NO_ORIGIN where none */
    uint32_t reserved;                     /* 0 */
    struct memmap_size stated;  /* union of all entries as stated, dropped ones included */
    struct memmap_size claimed; /* added by claims outside every entry */
    struct memmap_size grown;   /* added by rounding outwards */
    struct memmap_size lost;    /* taken away by rounding usable memory inwards */
    struct memmap_size clipped; /* beyond the physical address width */
    struct memmap_size dropped; /* stated by wrapping entries alone */
    struct memmap_size output;  /* sum of the regions */
    uint64_t stated_pages[MEMMAP_KIND_COUNT]; /* sum over accepted entries, whole pages, by kind */
    uint64_t region_pages[MEMMAP_KIND_COUNT];
    /*
     * On CLAIM_MISSES and CLAIM_LOST, the first in order of addresses: which claim, where, and who
     * else is there (entry, or claim with the bit): of LOST who has the page, of MISSES the entry
     * that covers it, where there is none who has it.
     */
    uint32_t fault_claim;
    uint32_t fault_origin;
    uint64_t fault_pfn;
};
STATIC_ASSERT(sizeof(struct memmap_report) == 560, "ABI: report size");
STATIC_ASSERT(offsetof(struct memmap_report, stated) == 80, "ABI: accounting");
STATIC_ASSERT(offsetof(struct memmap_report, stated_pages) == 192, "ABI: totals");

struct memmap_input {
    struct memmap_source source;
    const struct memmap_claim *claims;
    uint32_t claim_count;
    unsigned physical_bits; /* 32..64 */
};

/* Output bound for n entries and m claims: 2(n + m + 1) - 1. */
/*@ assigns \nothing;
    ensures \result == 2 * (entry_count + claim_count) + 1; */
static inline uint64_t memmap_max_regions(uint32_t entry_count, uint32_t claim_count)
{
    return 2 * ((uint64_t)entry_count + claim_count) + 1;
}

/* Bytes of scratch memory that memmap_normalize needs; 8-byte aligned; content does not matter. */
uint64_t memmap_scratch_bytes(uint32_t entry_count, uint32_t claim_count);

/*
 * Normalizes the input into map->regions (map->count is set). Errors before any change:
 * BAD_WIDTH, BAD_CLAIM, NO_ROOM (map->capacity below memmap_max_regions, or too little
 * scratch). After a sweep: CLAIM_MISSES or CLAIM_LOST (map and report are complete and name
 * the claim), NOT_BALANCED (cannot happen; the map must not be used).
 */
MUST_USE enum memmap_status memmap_normalize(const struct memmap_input *input, void *scratch,
                                             uint64_t scratch_bytes, struct memmap *map,
                                             struct memmap_report *report);

/* Bytes of the buffer that memmap_normalize_in_place needs. */
uint64_t memmap_in_place_bytes(uint32_t entry_count, uint32_t claim_count, uint32_t stride_bytes);

/*
 * The same in one buffer, 8-byte aligned, in which the entries stand already: they move to its
 * end (input->source follows them, so that memmap_explain still works), the regions stand at its
 * beginning, and *ret_map describes them. Errors as memmap_normalize; NO_ROOM where buffer_bytes
 * is below memmap_in_place_bytes. Before any change: BAD_WIDTH, BAD_CLAIM, NO_ROOM.
 */
MUST_USE enum memmap_status memmap_normalize_in_place(struct memmap_input *input, void *buffer,
                                                      uint64_t buffer_bytes,
                                                      struct memmap *ret_map,
                                                      struct memmap_report *report);

/* Does the accounting of a report close? */
bool memmap_report_balances(const struct memmap_report *report);

C_DECLARATIONS_END

#endif
