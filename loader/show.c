/* SPDX-License-Identifier: MIT */
/* Maps for people: before our allocations and at the exit, entries and regions, what was mended. */
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

static void show_regions(struct loader *loader)
{
    for (size_t i = 0; i < loader->memory.map.count; i++)
        show_region(loader, &loader->memory.map.regions[i]);
}

/* In the words of Linux, which every tool reads, ours too. */
static void show_entry(struct loader *loader, uint32_t index)
{
    const struct memory *memory = &loader->memory;
    const EFI_MEMORY_DESCRIPTOR *entry = (const void *)(memory->raw + index * memory->stride_bytes);
    char buffer[128];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_format(&text, "efi: mem%02u: type=%u, attr=0x%lx, range=[0x%016lx-0x%016lx) (%luMB)\n", index,
                entry->Type, entry->Attribute, entry->PhysicalStart,
                entry->PhysicalStart + byte_of_pfn(entry->NumberOfPages), entry->NumberOfPages >> 8);
    console_write(loader, text.chars, text.length_bytes);
}

static void show_entries(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->memory.raw_bytes / loader->memory.stride_bytes; i++)
        show_entry(loader, i);
}

/* After the exit both go to the serial port alone: a screen cannot hold them. */
void show_exit_entries(struct loader *loader)
{
    bool has_screen = loader->console.has_screen;

    loader->console.has_screen = false;
    if (loader->config->show_maps)
        say(loader, "memory map at the exit, as the firmware gives it:\n");
    if (loader->capture_wanted || loader->config->show_maps)
        show_entries(loader);
    loader->console.has_screen = has_screen;
}

void show_exit_map(struct loader *loader)
{
    bool has_screen = loader->console.has_screen;

    if (!loader->config->show_maps)
        return;
    loader->console.has_screen = false;
    say(loader, "memory map as handed over: %zu regions\n", loader->memory.map.count);
    show_regions(loader);
    loader->console.has_screen = has_screen;
}

void show_map(struct loader *loader)
{
    const struct memory *memory = &loader->memory;
    const struct memmap_report *report = memory->report;

    if (loader->console.quiet)
        return;
    if (loader->config->show_maps) {
        say(loader, "memory map before our own allocations, as the firmware gives it:\n");
        show_entries(loader);
    }
    say(loader, "memory map: %u firmware entries, %zu regions before our own allocations\n",
        report->entry_count, memory->map.count);
    show_regions(loader);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if (report->counts[i] != 0)
            say(loader, "  mended: %s in %u entries, first entry %u\n",
                memmap_finding_name((enum memmap_finding)i), report->counts[i], report->firsts[i]);
    }
    say(loader, "groma: loader version=%s base=0x%lx size=%lu entries=%u stride=%lu serial=%s\n",
        LOADER_VERSION, loader->image_base, loader->image_bytes, report->entry_count,
        memory->stride_bytes, loader->console.own_uart ? "own" : "conout");
}
