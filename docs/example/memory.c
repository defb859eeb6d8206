/* SPDX-License-Identifier: MIT */
/* The frame allocator over the map that the loader handed over. */
#include "memory.h"

struct frames frames;
struct frames_cache cache; /* a kernel has one for each CPU */

/* Its bookkeeping lies at the top of usable memory, is reached by the direct map, and is never handed out. */
bool memory_start(const struct bootinfo *info)
{
    const struct memmap map = {.regions = (struct memmap_region *)bootinfo_entry(info, &info->regions, 0),
                               .count = info->regions.count,
                               .capacity = info->regions.count};
    uint64_t bytes = frames_metadata_size(map.regions, map.count, 0);
    const struct memmap_want want = {.page_count = pages_for_bytes(bytes),
                                     .kinds = memmap_kind_bit(MEMMAP_USABLE),
                                     .from_top = true};
    uint64_t first_pfn, kept_count;

    if (memmap_find_run(&map, &want, &first_pfn) != MEMMAP_OK)
        return false;
    void *metadata = (void *)(uintptr_t)(info->direct_map_vaddr + byte_of_pfn(first_pfn));
    if (frames_init(&frames, map.regions, map.count, 0, metadata, bytes) != FRAMES_OK)
        return false;
    if (frames_reserve(&frames, first_pfn, first_pfn + want.page_count, &kept_count) != FRAMES_OK)
        return false;
    frames_cache_init(&frames, &cache);
    return true;
}
