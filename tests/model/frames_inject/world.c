/* SPDX-License-Identifier: MIT */
/* The instance: built once a scenario, saved, and restored for each run. */
#include <stdlib.h>
#include <string.h>

#include "inject.h"

#define JUNK 0xa5

struct world world;

static uint8_t saved[sizeof world];
static size_t used_bytes;

void world_build(const struct scenario *scenario)
{
    uint32_t later = memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE);
    const struct memmap_region *regions = scenario->map->regions;
    size_t count = 0;
    uint64_t size_bytes;

    while (count < COUNT_OF(scenario->map->regions) && regions[count].end_pfn != 0)
        count++;
    memset(&world, JUNK, sizeof world);
    world.plugs = 0;
    size_bytes = frames_metadata_size(regions, count, later);
    if (size_bytes > METADATA_MAX ||
        frames_init(&world.frames, regions, count, later, world.metadata, size_bytes) != FRAMES_OK)
        fault("the map cannot be managed: %" PRIu64 " bytes of metadata", size_bytes);
    used_bytes = offsetof(struct world, metadata) + size_bytes;
    for (unsigned i = 0; i < CPUS; i++)
        frames_cache_init(&world.frames, &world.caches[i]);
}

void world_save(void)
{
    memcpy(saved, &world, used_bytes);
}

void world_restore(void)
{
    memcpy((void *)&world, saved, used_bytes);
}

void world_free_set(struct set *set)
{
    set->count = 0;
    for (const struct frames_span *span = frames_next_span(&world.frames, NULL); span != NULL;
         span = frames_next_span(&world.frames, span)) {
        uint64_t end = block_pfn(span->end_block);
        for (uint64_t pfn = block_pfn(span->first_block); pfn < end;) {
            bool is_free;
            uint64_t stop = span_stretch(span, pfn, end, &is_free);
            if (is_free && !set_add(set, pfn, stop))
                fault("frames %" PRIu64 "..%" PRIu64 " are in the tree twice", pfn, stop);
            pfn = stop;
        }
    }
}
