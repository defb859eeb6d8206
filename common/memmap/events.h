/* SPDX-License-Identifier: MIT */
/* Private to the engine: the ordered list of places where something begins or ends. */
#ifndef GROMA_MEMMAP_EVENTS_H
#define GROMA_MEMMAP_EVENTS_H

#include "memmap/normalize.h"

/* What begins or ends at an event. */
#define EVENT_OPEN    1u /* begins; without it: ends */
#define EVENT_PAGE    2u /* the rounded, clipped range: decides regions */
#define EVENT_RAW     4u /* the range as stated: only accounted */
#define EVENT_DROPPED 8u /* with RAW: of an entry that was dropped */

struct memmap_event {
    uint64_t pfn;
    uint32_t origin; /* entry index, or entry_count + claim index */
    uint16_t offset; /* byte in the page, 0..4095; not 0 only for raw ends */
    uint16_t what;   /* EVENT_...; 0 is a mere mark at the address width */
};
_Static_assert(sizeof(struct memmap_event) == 16, "two words an event");

/* Most events for n entries and m claims: raw and page ends apart, a mark. */
static inline uint64_t events_bound(uint32_t entry_count, uint32_t claim_count)
{
    return 4 * (uint64_t)entry_count + 2 * (uint64_t)claim_count + 1;
}

/* Fills `events` in entry order and the entry findings of the report; returns how many. */
size_t events_collect(const struct memmap_input *input, struct memmap_event *events,
                      struct memmap_report *report);

/*
 * Sorts by position; where entries open at the same position, equal ones stand together.
 * Natural merge sort: O(n) on sorted input, stable. Returns whichever of the two arrays
 * holds the result.
 */
struct memmap_event *events_sort(const struct memmap_source *source, struct memmap_event *events,
                                 struct memmap_event *spare, size_t count);

static inline bool events_at_same_place(const struct memmap_event *a, const struct memmap_event *b)
{
    return a->pfn == b->pfn && a->offset == b->offset;
}

/* Counts a finding; the first entry is kept. */
void report_finding(struct memmap_report *report, enum memmap_finding finding, uint32_t entry);

#endif
