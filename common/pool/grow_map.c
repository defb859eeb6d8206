/* SPDX-License-Identifier: MIT */
/* Growing over regions of a map; see pool_grow_map in pool.h. All is planned before anything changes. */
#include "pool/inner.h"

struct page_run {
    uint64_t first_pfn, end_pfn;
};

struct plan {
    struct page_run runs[POOL_REGIONS];
    uint32_t count;
};

/* The pages of this region that may be taken; none: an empty run. */
static struct page_run pages_of(const struct memmap_region *region, const struct pool_growth *growth)
{
    struct page_run run = {region->first_pfn, region->end_pfn};

    if (growth->end_pfn != 0 && run.end_pfn > growth->end_pfn)
        run.end_pfn = growth->end_pfn;
    if (region->kind != MEMMAP_USABLE || run.first_pfn == 0 || run.end_pfn <= run.first_pfn ||
        run.end_pfn - run.first_pfn < growth->least_page_count)
        run.end_pfn = run.first_pfn;
    return run;
}

static enum pool_status plan_pages(const struct memmap *map, const struct pool_growth *growth,
                                   uint32_t region_limit, struct plan *plan)
{
    uint64_t left_count = growth->page_count;

    for (size_t i = 0; i < map->count && left_count > 0; i++) {
        size_t index = growth->from_top ? map->count - 1 - i : i;
        struct page_run run = pages_of(&map->regions[index], growth);
        uint64_t count = run.end_pfn - run.first_pfn;
        uint64_t wanted = left_count > growth->least_page_count ? left_count : growth->least_page_count;
        if (count == 0)
            continue;
        if (plan->count == region_limit)
            return POOL_NO_REGION;
        count = count < wanted ? count : wanted;
        if (growth->from_top)
            run.first_pfn = run.end_pfn - count;
        plan->runs[plan->count++] = (struct page_run){run.first_pfn, run.first_pfn + count};
        left_count -= count < left_count ? count : left_count;
    }
    return left_count == 0 ? POOL_OK : POOL_NO_PAGES;
}

static enum pool_status plan_blocks(const struct pool *pool, const struct page_run *run, uint64_t offset,
                                    uint32_t more_count, uint8_t **ret_first, uint32_t *ret_count)
{
    void *memory = (void *)(uintptr_t)(byte_of_pfn(run->first_pfn) + offset);
    size_t size_bytes = (size_t)((run->end_pfn - run->first_pfn) * PAGE_BYTES);

    return pool_plan_region(pool, memory, size_bytes, more_count, ret_first, ret_count);
}

/* From the last of the plan on: only that one may have to be cut, so only its claim can want room in
 * the map. The others are whole regions, which change their kind. */
static bool claim_pages(struct memmap *map, const struct pool_growth *growth, const struct plan *plan)
{
    uint64_t kept_count;

    for (uint32_t i = plan->count; i-- > 0;) {
        if (memmap_reserve(map, plan->runs[i].first_pfn, plan->runs[i].end_pfn, growth->kind, growth->origin,
                           &kept_count) != MEMMAP_OK)
            return false;
    }
    return true;
}

enum pool_status pool_grow_map(struct pool *pool, struct memmap *map, const struct pool_growth *growth)
{
    uint8_t *firsts[POOL_REGIONS];
    uint32_t counts[POOL_REGIONS];
    struct plan plan = {.count = 0};
    uint32_t more_count = 0;
    enum pool_status status;

    if (pool->slots == NULL)
        return POOL_BAD_CONFIG;
    if (growth->page_count == 0 || growth->kind < MEMMAP_KERNEL || growth->kind > MEMMAP_FIRMWARE_TABLE)
        return POOL_BAD_RANGE;
    status = plan_pages(map, growth, POOL_REGIONS - pool->region_count, &plan);
    for (uint32_t i = 0; i < plan.count && status == POOL_OK; i++) {
        status = plan_blocks(pool, &plan.runs[i], growth->direct_map_offset, more_count, &firsts[i], &counts[i]);
        more_count += status == POOL_OK ? counts[i] : 0;
    }
    if (status != POOL_OK)
        return status;
    if (plan.count > pool->unused_count)
        return POOL_NO_SLOT;
    if (!claim_pages(map, growth, &plan))
        return POOL_MAP_FULL;
    for (uint32_t i = 0; i < plan.count; i++)
        pool_add_region(pool, firsts[i], counts[i]);
    return POOL_OK;
}
