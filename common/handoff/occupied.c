/* SPDX-License-Identifier: MIT */
/* See occupied.h. */
#include "handoff/occupied.h"

#include "base/address.h"
#include "base/checked.h"

static bool is_in_use(enum memmap_kind kind)
{
    return kind == MEMMAP_LOADER_RECLAIMABLE || kind == MEMMAP_BOOT_RECLAIMABLE ||
           kind == MEMMAP_ACPI_RECLAIMABLE || kind == MEMMAP_ACPI_NVS ||
           kind == MEMMAP_RUNTIME_CODE || kind == MEMMAP_RUNTIME_DATA;
}

bool occupied_find(const struct memmap_source *source, uint64_t first_pfn, uint64_t end_pfn,
                   struct memmap_entry *ret_entry)
{
    for (uint32_t i = 0; i < source->count; i++) {
        uint64_t entry_first, entry_end;
        memmap_source_entry(source, i, ret_entry);
        entry_first = pfn_of_byte(ret_entry->base_bytes);
        if (is_in_use(ret_entry->kind) && checked_add_u64(entry_first, ret_entry->page_count, &entry_end) &&
            entry_first < end_pfn && entry_end > first_pfn && ret_entry->page_count > 0)
            return true;
    }
    return false;
}
