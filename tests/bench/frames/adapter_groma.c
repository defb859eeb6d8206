/* SPDX-License-Identifier: MIT */
/* common/frames, as the benchmark sees it. */
#include "bench/adapter.h"

#include <stdlib.h>

#include "frames/frames.h"

#define BASE_PFN    (UINT64_C(1) << 20) /* above 4 GiB */
#define CPUS_AT_MOST 8u

static struct frames frames;
static struct frames_cache caches[CPUS_AT_MOST];

static struct memmap_region region_of(uint64_t frame_count)
{
    return (struct memmap_region){
        .first_pfn = BASE_PFN, .end_pfn = BASE_PFN + frame_count, .kind = MEMMAP_USABLE};
}

const char *adapter_name(void)
{
    return "groma";
}

bool adapter_has_cache(void)
{
    return true;
}

uint64_t adapter_metadata_bytes(uint64_t frame_count)
{
    struct memmap_region region = region_of(frame_count);

    return frames_metadata_size(&region, 1, 0);
}

void adapter_init(void *metadata, uint64_t frame_count)
{
    struct memmap_region region = region_of(frame_count);

    if (frames_init(&frames, &region, 1, 0, metadata, frame_count) != FRAMES_OK)
        abort();
}

struct adapter_cpu *adapter_cpu(unsigned thread, bool cached)
{
    if (!cached)
        return NULL;
    frames_cache_init(&frames, &caches[thread]);
    return (struct adapter_cpu *)&caches[thread];
}

#ifdef FRAMES_COUNTED
_Thread_local uint64_t frames_locked_count;
static _Thread_local uint64_t locked_counts[2];

uint64_t adapter_locked_count(bool of_frees)
{
    return locked_counts[of_frees];
}

static void count_locked(bool of_frees, uint64_t before)
{
    locked_counts[of_frees] += frames_locked_count - before;
}
#else
static const uint64_t frames_locked_count;

static void count_locked(bool of_frees, uint64_t before)
{
    (void)of_frees;
    (void)before;
}
#endif

uint64_t adapter_alloc(struct adapter_cpu *cpu, unsigned order)
{
    uint64_t before = frames_locked_count;
    uint64_t pfn;

    if (frames_alloc_order(&frames, (struct frames_cache *)cpu, order, &pfn) != FRAMES_OK)
        return ADAPTER_NONE;
    count_locked(false, before);
    return pfn - BASE_PFN;
}

void adapter_free(struct adapter_cpu *cpu, uint64_t frame, unsigned order)
{
    uint64_t before = frames_locked_count;

    if (frames_free_order(&frames, (struct frames_cache *)cpu, BASE_PFN + frame, order) !=
        FRAMES_OK)
        abort();
    count_locked(true, before);
}

void adapter_drain(void)
{
    for (struct frames_cache *cache = frames.caches; cache != NULL; cache = cache->next)
        (void)frames_cache_drain(&frames, cache);
}

void adapter_free_shape(uint64_t *ret_largest_run, uint64_t *ret_free_blocks)
{
    struct frames_stats stats;

    frames_stats(&frames, &stats);
    *ret_largest_run = stats.largest_run_count;
    *ret_free_blocks = 0;
    for (unsigned order = 9; order <= FRAMES_MAX_ORDER; order++)
        *ret_free_blocks += stats.zones[FRAMES_ZONE_HIGH].free_by_order[order] << (order - 9);
}
