/* SPDX-License-Identifier: MIT */
/*
 * The painter: a second opinion on every map, by the rules of the memory map alone.
 *
 *   entry 0    |-------usable-------|
 *   entry 1           |--reserved--|               all places where anything begins or ends, in
 *   claim 0       |k|                              bytes and rounded to pages, cut the whole
 *   cuts     ||   | | |            ||              address space into cells. Within a cell
 *   cells    0|1  |2|3|   4        ||5             everything is alike.
 *
 * Every entry and claim paints its cells, one after the other; then each cell is looked at by
 * itself. No events, no sweep, no order: quadratic, and so plain that it can be believed. Places
 * are 128-bit byte numbers, so that 2^64 is a number like any other.
 */
#ifndef GROMA_TESTS_PAINTER_H
#define GROMA_TESTS_PAINTER_H

#include "memmap/normalize.h"

#define PAINTER_MOST  64u /* entries and claims together: a bit each */
#define PAINTER_CELLS (4 * PAINTER_MOST + 4)

typedef unsigned __int128 painter_place; /* a byte's number, 0..2^64 */

#define PAINTER_PAGE ((painter_place)4096)
#define PAINTER_END  ((painter_place)1 << 64)

struct painter_extent {
    painter_place first, end;
};

struct painter_cell {
    painter_place first, end;
    uint64_t origins; /* who covers it when rounded and clipped: bit i entry i, then the claims */
    bool stated;      /* an entry has bytes here, */
    bool accepted;    /* and one that was not dropped */
};

/* A run of cells of one kind and attributes: what a region of the map must be. */
struct painter_region {
    painter_place first, end;
    uint64_t attributes;
    uint64_t origins;       /* who covers any page of it */
    uint64_t first_origins; /* and its first */
    enum memmap_kind kind;
    enum memmap_kind top_kind; /* of the first page, before the rule of page 0 */
    bool conflict;
};

struct painting {
    const struct memmap_entry *entries;
    const struct memmap_claim *claims;
    uint32_t entry_count, claim_count;
    painter_place width_end; /* one past the last byte of the address width */
    uint32_t cell_count, region_count;
    struct painter_cell cells[PAINTER_CELLS];
    struct painter_region regions[PAINTER_CELLS];
};

/* The bytes an entry states: its end may lie beyond 2^64. */
struct painter_extent painter_stated(const struct memmap_entry *entry);
bool painter_is_empty(const struct memmap_entry *entry);
/* Is it empty, or does it end beyond 2^64? */
bool painter_drops(const struct memmap_entry *entry);
/* The whole pages inside the width that an entry or claim covers; first == end where none. */
struct painter_extent painter_covered(const struct painting *painting,
                                      const struct memmap_entry *entry);
struct painter_extent painter_claimed(const struct memmap_claim *claim);
/* The bits of all entries; the kind of the entry or claim with this bit; the kinds of a set. */
uint64_t painter_entries(const struct painting *painting);
enum memmap_kind painter_kind(const struct painting *painting, uint32_t index);
uint32_t painter_kinds(const struct painting *painting, uint64_t origins);
/* Safest wins: the highest kind of a set that is not empty. */
enum memmap_kind painter_top(uint32_t kinds);
/* Has a set more than one member? */
bool painter_several(uint64_t bits);

/*
 * Paints entries (as their reader decoded them) and claims, which must be good and at most
 * PAINTER_MOST together; both must stay as they are while the painting is used.
 */
void painter_paint(struct painting *painting, const struct memmap_entry *entries,
                   uint32_t entry_count, const struct memmap_claim *claims, uint32_t claim_count,
                   unsigned physical_bits);

/*
 * Is this what memmap_normalize had to make of it? Compares status, every region with origin and
 * flags, the accounting and the findings (SHARED_PAGE alone is not judged). NULL, or in a few
 * words what is wrong.
 */
const char *painter_judge(const struct painting *painting, enum memmap_status status,
                          const struct memmap *map, const struct memmap_report *report);

#endif
