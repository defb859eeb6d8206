/* SPDX-License-Identifier: MIT */
/* Memory for the kernel, the frame allocator and the reclaim stages; see memory.h. */
#include "memory.h"

#include "base/mem.h"
#include "console.h"
#include "handoff/layout.h"

/*
 * Regions that the copy may hold beyond those handed over: each growth of the pool splits off one
 * at most, a reclaim stage one (page 0).
 */
#define SPARE_REGIONS 64u

/* More than a pool adds to a table: its header, and alignment at both ends. */
#define BLOCK_BYTES 64u
#define TABLE_EXTRA_BYTES (4 * BLOCK_BYTES)

static void complain_no_memory(uint64_t size_bytes, const char *purpose, const char *reason)
{
    console_fault("E-KMEM-01 memory for %s: %lu bytes, %s - the kernel goes on without; give the "
                  "machine more memory\n",
                  purpose, size_bytes, reason);
}

static uint64_t pages_for_table(uint64_t size_bytes)
{
    return pages_for_bytes(size_bytes + TABLE_EXTRA_BYTES);
}

/* A table that never moves, for as long as it lives. */
static enum pool_status take_table(struct pool *pool, uint64_t size_bytes, struct table *ret_table)
{
    enum pool_status status = pool_alloc_still(pool, size_bytes, &ret_table->handle);

    if (status == POOL_OK)
        status = pool_get(pool, ret_table->handle, POOL_READ | POOL_WRITE, &ret_table->bytes);
    return status;
}

/* ---- the map -------------------------------------------------------------------------------- */

/* The first pages of the pool, for the map itself: the highest usable ones in the direct map. */
static enum pool_status start_pool(struct kernel *kernel, uint64_t page_count, uint64_t *ret_pfn)
{
    const struct memmap_want want = {
        .page_count = page_count,
        .end_pfn = pfn_of_byte(LAYOUT_DIRECT_MAP_BYTES),
        .kinds = memmap_kind_bit(MEMMAP_USABLE),
        .from_top = true,
    };
    const struct pool_config config = {
        .block_size = BLOCK_BYTES,
        .align_bytes = BLOCK_BYTES,
        .slots = kernel->early_slots,
        .slot_count = EARLY_SLOTS,
    };
    enum pool_status status;

    if (memmap_find_run(&kernel->handed, &want, ret_pfn) != MEMMAP_OK)
        return POOL_NO_PAGES;
    status = pool_init(&kernel->early, &config);
    if (status != POOL_OK)
        return status;
    return pool_grow(&kernel->early, kernel_direct(kernel, byte_of_pfn(*ret_pfn)),
                     page_count * PAGE_BYTES);
}

/* A copy of the handed-over map in which the copy's own pages are taken. */
static enum memmap_status copy_map(struct kernel *kernel, void *bytes, size_t capacity, uint64_t pfn,
                                   uint64_t page_count)
{
    uint64_t kept_pages;

    kernel->map.regions = bytes;
    kernel->map.count = kernel->handed.count;
    kernel->map.capacity = capacity;
    memcpy(kernel->map.regions, kernel->handed.regions,
           kernel->handed.count * sizeof(struct memmap_region));
    return memmap_reserve(&kernel->map, pfn, pfn + page_count, MEMMAP_KERNEL, MEMMAP_NO_ORIGIN,
                          &kept_pages);
}

bool memory_open(struct kernel *kernel)
{
    static const char purpose[] = "a copy of the map";
    size_t capacity = kernel->handed.count + SPARE_REGIONS;
    uint64_t size_bytes = capacity * sizeof(struct memmap_region);
    uint64_t page_count = pages_for_table(size_bytes);
    struct table table;
    uint64_t pfn;
    enum pool_status status = start_pool(kernel, page_count, &pfn);
    enum memmap_status map_status = MEMMAP_OK;

    if (status == POOL_OK)
        status = take_table(&kernel->early, size_bytes, &table);
    if (status == POOL_OK)
        map_status = copy_map(kernel, table.bytes, capacity, pfn, page_count);
    if (status != POOL_OK)
        complain_no_memory(size_bytes, purpose, pool_status_name(status));
    else if (map_status != MEMMAP_OK)
        complain_no_memory(size_bytes, purpose, memmap_status_name(map_status));
    return status == POOL_OK && map_status == MEMMAP_OK;
}

/* ---- tables ------------------------------------------------------------------------------------ */

/* More pages, in one piece that is long enough. */
static enum pool_status grow_pool(struct kernel *kernel, uint64_t size_bytes)
{
    const struct pool_growth growth = {
        .page_count = pages_for_table(size_bytes),
        .least_page_count = pages_for_table(size_bytes),
        .end_pfn = pfn_of_byte(LAYOUT_DIRECT_MAP_BYTES),
        .direct_map_offset = kernel->info->direct_map_vaddr,
        .from_top = true,
        .kind = MEMMAP_KERNEL,
        .origin = MEMMAP_NO_ORIGIN,
    };

    return pool_grow_map(&kernel->early, &kernel->map, &growth);
}

bool memory_take(struct kernel *kernel, uint64_t size_bytes, const char *purpose,
                 struct table *ret_table)
{
    enum pool_status status = take_table(&kernel->early, size_bytes, ret_table);

    if (status == POOL_NO_ROOM || status == POOL_FRAGMENTED) {
        status = grow_pool(kernel, size_bytes);
        if (status == POOL_OK)
            status = take_table(&kernel->early, size_bytes, ret_table);
    }
    if (status != POOL_OK)
        complain_no_memory(size_bytes, purpose, pool_status_name(status));
    return status == POOL_OK;
}

void memory_give_back(struct kernel *kernel, const struct table *table)
{
    enum pool_status status = pool_put(&kernel->early, table->handle);

    if (status == POOL_OK)
        status = pool_free(&kernel->early, table->handle);
    if (status != POOL_OK)
        console_fault("E-KMEM-02 the table at %p: giving it back: %s - it stays in use; report "
                      "this kernel\n",
                      table->bytes, pool_status_name(status));
}

void memory_check_tables(const struct kernel *kernel)
{
    struct pool_stats stats;
    const char *reason = "";
    enum pool_status status = pool_check(&kernel->early, &reason);

    pool_stats(&kernel->early, &stats);
    if (status != POOL_OK)
        console_fault("E-KMEM-03 the kernel's early tables: %s - the kernel goes on; somebody wrote "
                      "there\n",
                      reason);
    console_fact("groma: tables count=%u bytes=%lu pool=%lu regions=%u check=%s\n",
                 stats.handle_count, stats.payload_bytes, (uint64_t)stats.block_count * BLOCK_BYTES,
                 stats.region_count, pool_status_name(status));
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
    struct table metadata;

    if (size_bytes != 0) {
        if (!memory_take(kernel, size_bytes, "the frame allocator", &metadata))
            return false;
        status = frames_init(&kernel->frames, kernel->map.regions, kernel->map.count, LATER_KINDS,
                             metadata.bytes, size_bytes);
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
