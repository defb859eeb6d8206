/* SPDX-License-Identifier: MIT */
/* Memory for the kernel, the frame allocator and the reclaim stages; see memory.h. */
#include "memory.h"

#include "base/mem.h"
#include "console.h"
#include "handoff/layout.h"

/*
 * Regions that the copy may hold beyond those handed over: taking splits off one at most,
 * giving back two, a reclaim stage one (page 0).
 */
#define SPARE_REGIONS 64u

static void complain_no_memory(uint64_t size_bytes, const char *purpose, const char *reason)
{
    console_fault("E-KMEM-01 memory for %s: %lu bytes, %s - the kernel goes on without; give the "
                  "machine more memory\n",
                  purpose, size_bytes, reason);
}

/* The highest run of usable memory that the direct map shows. */
static enum memmap_status find_run(const struct memmap *map, uint64_t size_bytes, uint64_t *ret_pfn)
{
    struct memmap_want want = {
        .page_count = pages_for_bytes(size_bytes),
        .end_pfn = pfn_of_byte(LAYOUT_DIRECT_MAP_BYTES),
        .kinds = memmap_kind_bit(MEMMAP_USABLE),
        .from_top = true,
    };

    return memmap_find_run(map, &want, ret_pfn);
}

static enum memmap_status reserve(struct kernel *kernel, uint64_t pfn, uint64_t size_bytes)
{
    uint64_t kept_pages;

    return memmap_reserve(&kernel->map, pfn, pfn + pages_for_bytes(size_bytes), MEMMAP_KERNEL,
                          MEMMAP_NO_ORIGIN, &kept_pages);
}

bool memory_open(struct kernel *kernel)
{
    size_t capacity = kernel->handed.count + SPARE_REGIONS;
    uint64_t size_bytes = capacity * sizeof(struct memmap_region);
    uint64_t pfn;
    enum memmap_status status = find_run(&kernel->handed, size_bytes, &pfn);

    if (status == MEMMAP_OK) {
        kernel->map.regions = kernel_direct(kernel, byte_of_pfn(pfn));
        kernel->map.count = kernel->handed.count;
        kernel->map.capacity = capacity;
        memcpy(kernel->map.regions, kernel->handed.regions,
               kernel->handed.count * sizeof(struct memmap_region));
        status = reserve(kernel, pfn, size_bytes);
    }
    if (status != MEMMAP_OK)
        complain_no_memory(size_bytes, "a copy of the map", memmap_status_name(status));
    return status == MEMMAP_OK;
}

void *memory_take(struct kernel *kernel, uint64_t size_bytes, const char *purpose)
{
    uint64_t pfn;
    enum memmap_status status = find_run(&kernel->map, size_bytes, &pfn);

    if (status == MEMMAP_OK)
        status = reserve(kernel, pfn, size_bytes);
    if (status != MEMMAP_OK) {
        complain_no_memory(size_bytes, purpose, memmap_status_name(status));
        return NULL;
    }
    return kernel_direct(kernel, byte_of_pfn(pfn));
}

void memory_give_back(struct kernel *kernel, void *memory, uint64_t size_bytes)
{
    uint64_t address = (uint64_t)(uintptr_t)memory - kernel->info->direct_map_vaddr;
    uint64_t pfn = pfn_of_byte(address);
    enum memmap_status status =
        memmap_release(&kernel->map, pfn, pfn + pages_for_bytes(size_bytes), MEMMAP_KERNEL,
                       MEMMAP_USABLE);

    if (status != MEMMAP_OK)
        console_fault("E-KMEM-02 memory at %#lx: giving back %lu bytes: %s - they stay in use; "
                      "report this kernel\n",
                      address, size_bytes, memmap_status_name(status));
}

/* ---- the frame allocator ------------------------------------------------------------------ */

/* The kinds that the reclaim stages will bring. */
#define LATER_KINDS \
    (memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE) | memmap_kind_bit(MEMMAP_LOADER_RECLAIMABLE))

bool memory_start_frames(struct kernel *kernel)
{
    uint64_t size_bytes =
        frames_metadata_size(kernel->map.regions, kernel->map.count, LATER_KINDS);
    enum frames_status status = FRAMES_BAD_REQUEST;
    void *metadata;

    if (size_bytes != 0) {
        metadata = memory_take(kernel, size_bytes, "the frame allocator");
        if (metadata == NULL)
            return false;
        status = frames_init(&kernel->frames, kernel->map.regions, kernel->map.count, LATER_KINDS,
                             metadata, size_bytes);
    }
    kernel->metadata_bytes = size_bytes;
    if (status != FRAMES_OK)
        console_fault("E-FRAMES-01 frame allocator: start with %lu bytes of bookkeeping: %s - no "
                      "frames; report this kernel with the map above\n",
                      size_bytes, frames_status_name(status));
    return status == FRAMES_OK;
}

/* ---- reclaim ------------------------------------------------------------------------------ */

/* Adds a range, hands all of it out and takes it back. */
static enum frames_status gain_range(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    enum frames_status status = frames_add(frames, first_pfn, end_pfn, 0, NULL, 0);

    if (status == FRAMES_OK)
        status = frames_alloc_at(frames, first_pfn, end_pfn - first_pfn);
    if (status == FRAMES_OK)
        status = frames_free(frames, NULL, first_pfn, end_pfn - first_pfn);
    return status;
}

static void gain_ranges(struct kernel *kernel, enum memmap_kind kind, const char *stage)
{
    for (size_t i = 0; i < kernel->map.count; i++) {
        const struct memmap_region *region = &kernel->map.regions[i];
        uint64_t first_pfn = region->first_pfn == 0 ? 1 : region->first_pfn;
        enum frames_status status;
        if (region->kind != kind || first_pfn == region->end_pfn)
            continue;
        status = gain_range(&kernel->frames, first_pfn, region->end_pfn);
        if (status != FRAMES_OK)
            console_fault("E-RECLAIM-01 stage %s: frames %#lx to %#lx: %s - they stay unused; "
                          "report this kernel with the map above\n",
                          stage, first_pfn, region->end_pfn, frames_status_name(status));
    }
}

void memory_reclaim(struct kernel *kernel, enum memmap_kind kind, const char *stage)
{
    struct frames_stats before;
    struct frames_stats stats;
    uint64_t pages = 0;
    uint64_t gained;
    enum memmap_status status;

    frames_stats(&kernel->frames, &before);
    gain_ranges(kernel, kind, stage);
    status = memmap_release_all(&kernel->map, kind, MEMMAP_USABLE, &pages);
    frames_stats(&kernel->frames, &stats);
    gained = stats.total_count - before.total_count;
    if (status != MEMMAP_OK || gained != pages || stats.free_count - before.free_count != pages ||
        frames_check(&kernel->frames) != FRAMES_OK)
        console_fault("E-RECLAIM-02 stage %s: the map gained %lu pages (%s), the allocator %lu "
                      "frames - the kernel goes on; report it with the map above\n",
                      stage, pages, memmap_status_name(status), gained);
    console_fact("groma: reclaim stage=%s bytes=%lu free=%lu\n", stage, byte_of_pfn(pages),
                 byte_of_pfn(stats.free_count));
}
