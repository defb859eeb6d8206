/* SPDX-License-Identifier: MIT */
/*
 * Who already has memory that groma.conf says to keep out of: reservations and bad RAM bind the
 * loader's own placement, but not the firmware, nor where it put the loader's image.
 */
#ifndef GROMA_HANDOFF_OCCUPIED_H
#define GROMA_HANDOFF_OCCUPIED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/language.h"
#include "memmap/source.h"

C_DECLARATIONS_BEGIN

/*
 * The first entry in the firmware's order that shares a page with [first_pfn, end_pfn) and whose
 * memory is in use: loader, boot services, runtime services, ACPI. False where there is none.
 * Entries that wrap or hold nothing are skipped. O(entries).
 */
bool occupied_find(const struct memmap_source *source, uint64_t first_pfn, uint64_t end_pfn,
                   struct memmap_entry *ret_entry);

C_DECLARATIONS_END

#endif
