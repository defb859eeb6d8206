/* SPDX-License-Identifier: MIT */
/* Private to the engine: the accounting where entries do not say whole pages inside the width. */
#ifndef GROMA_MEMMAP_ACCOUNT_H
#define GROMA_MEMMAP_ACCOUNT_H

#include "memmap/place.h"
#include "memmap/span.h"

/* Adds pages and bytes (any number below 2^63) to a size. */
void memmap_size_add(struct memmap_size *size, uint64_t pages, uint64_t bytes);

/* Places needed for n entries and m claims. */
/*@ assigns \nothing;
    ensures \result == 4 * entry_count + 2 * claim_count; */
static inline uint64_t account_places(uint32_t entry_count, uint32_t claim_count)
{
    return 4 * (uint64_t)entry_count + 2 * (uint64_t)claim_count;
}

/*
 * Measures stated, claimed, grown, lost, clipped and dropped anew, byte by byte, into the report,
 * and counts entries that begin in a page in which another ended. `places` and `spare` hold
 * account_places each.
 */
void memmap_account_bytes(const struct memmap_input *input, struct place *places,
                          struct place *spare, struct memmap_report *report);

#endif
