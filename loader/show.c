/* SPDX-License-Identifier: MIT */
/* The map as it stands before the exit, for people: regions, and what the engine had to mend. */
#include "loader.h"

static void show_region(struct loader *loader, const struct memmap_region *region)
{
    char buffer[32];
    struct text size;

    text_init(&size, buffer, sizeof buffer);
    text_size(&size, memmap_region_page_count(region), 0);
    say(loader, "  0x%012lx-0x%012lx  %9s  %s\n", byte_of_pfn(region->first_pfn),
        byte_of_pfn(region->end_pfn), size.chars, memmap_kind_name((enum memmap_kind)region->kind));
}

void show_map(struct loader *loader)
{
    const struct memory *memory = &loader->memory;
    const struct memmap_report *report = memory->report;

    if (loader->console.quiet)
        return;
    say(loader, "memory map: %u firmware entries, %zu regions before our own allocations\n",
        report->entry_count, memory->map.count);
    for (size_t i = 0; i < memory->map.count; i++)
        show_region(loader, &memory->map.regions[i]);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if (report->counts[i] != 0)
            say(loader, "  mended: %s in %u entries, first entry %u\n",
                memmap_finding_name((enum memmap_finding)i), report->counts[i], report->firsts[i]);
    }
    say(loader, "groma: loader version=%s base=0x%lx size=%lu entries=%u stride=%lu serial=%s\n",
        LOADER_VERSION, loader->image_base, loader->image_bytes, report->entry_count,
        memory->stride_bytes, loader->console.own_uart ? "own" : "conout");
}
