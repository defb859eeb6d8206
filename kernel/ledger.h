/* SPDX-License-Identifier: MIT */
/*
 * Who has what: one bit for each usable frame of a map, kept beside the frame allocator to
 * judge it. A frame that is handed out twice, or that is not usable, is counted.
 *
 *   map    |  usable  | acpi |     usable     |  nvs  | usable |
 *   bits   |0........9|      |10............23|       |24....31|     bases 0, -, 10, -, 24
 */
#ifndef GROMA_KERNEL_LEDGER_H
#define GROMA_KERNEL_LEDGER_H

#include "memmap/memmap.h"

struct ledger {
    const struct memmap *map; /* normal form; must not change */
    uint64_t *bases;          /* bit of each region's first frame; of usable ones only */
    uint64_t *words;          /* 1: handed out */
    uint64_t taken_count;
    uint64_t overlap_count; /* frames handed out that were taken already, or are not usable */
    size_t last_index;      /* region looked up last */
};

/* Bytes that a ledger of this map needs; 8-byte aligned. */
uint64_t ledger_bytes(const struct memmap *map);

/* An empty ledger in memory of ledger_bytes; its content does not matter. */
void ledger_init(struct ledger *ledger, const struct memmap *map, void *memory);

/* Frames [first_pfn, first_pfn + count) were handed out: wholly inside one region, and new. */
void ledger_take(struct ledger *ledger, uint64_t first_pfn, uint64_t count);

/*
 * Takes the lowest run of frames that are handed out off the ledger, at or above *first_pfn; it
 * lies in one region. False: there is none. O(words passed over).
 */
MUST_USE bool ledger_take_off(struct ledger *ledger, uint64_t *first_pfn, uint64_t *ret_end_pfn);

#endif
