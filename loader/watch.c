/* SPDX-License-Identifier: MIT */
/*
 * Watching the firmware's memory over the exit, where `watch = yes` asks for it: room for the
 * hashes while memory can still be had, then what to watch, from the firmware's last word but one.
 * common/bootinfo/watched.h chooses, hashes and tells. Nothing here stops a boot.
 */
#include "handoff/layout.h"
#include "loader.h"

static const char no_watch[] = "W-WATCH-01|watch memory|the boot goes on, and nothing is watched";

void watch_place(struct loader *loader)
{
    struct watched *watched = &loader->watched;
    struct placement want = {.optional = true, .what = "watched pages"};
    uint64_t range_count = loader->memory.map.capacity;
    uint64_t paddr = 0;
    uint32_t page_count;
    EFI_STATUS status;

    if (!loader->config->watch)
        return;
    page_count = watched_page_bound(&loader->memory.map, loader->claims, loader->claim_count);
    if (page_count == 0)
        return;
    want.page_count = pages_for_bytes(page_count * sizeof *watched->pages +
                                      range_count * sizeof *watched->ranges);
    status = memory_place(loader, &want, &paddr);
    if (EFI_ERROR(status)) {
        (void)fail(loader, no_watch, status, "(no memory for %u pages' hashes)", page_count);
        return;
    }
    watched->pages = (struct bootinfo_watch_page *)paddr;
    watched->ranges = (struct bootinfo_watch_range *)(void *)(watched->pages + page_count);
    watched->page_capacity = page_count;
    watched->range_capacity = (uint32_t)range_count;
}

uint64_t watch_block_bytes(const struct loader *loader, uint64_t region_count)
{
    const struct watched *watched = &loader->watched;

    if (watched->page_capacity == 0)
        return 0;
    return watched->page_capacity * sizeof *watched->pages + region_count * sizeof *watched->ranges;
}

void watch_choose(struct loader *loader)
{
    struct watched *watched = &loader->watched;
    struct memory *memory = &loader->memory;
    enum memmap_status map_status;
    UINTN stride = 0;
    UINT32 version = 0;
    EFI_STATUS status;

    if (watched->page_capacity == 0)
        return;
    status = memory_fetch(loader, &stride, &version);
    map_status = stride == memory->stride_bytes ? memory_normalize(loader) : MEMMAP_BAD_STRIDE;
    if (EFI_ERROR(status) || map_status != MEMMAP_OK) {
        (void)fail(loader, no_watch, EFI_ERROR(status) ? status : EFI_PROTOCOL_ERROR, "(%s)",
                   memmap_status_name(map_status));
        return;
    }
    watched_choose(watched, &memory->map, LAYOUT_DIRECT_MAP_BYTES / PAGE_BYTES);
    say(loader, "watch: %u pages that the firmware keeps, in %u ranges\n", watched->page_count,
        watched->range_count);
}
