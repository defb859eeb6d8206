/* SPDX-License-Identifier: MIT */
/* The stages of reclaiming; see reclaim.h. */
#include "memmap/reclaim.h"

static const char condition_names[MEMMAP_CONDITION_COUNT][16] = {
    "own-tables", "runtime-decided", "boot-info-done", "acpi-parsed",
};

static const char reclaim_names[MEMMAP_RECLAIM_NEVER + 1][8] = {"free", "safe", "waits", "never"};

/* What each kind waits for; 0 for those that no stage frees. */
static const uint8_t waits_for[MEMMAP_KIND_COUNT] = {
    [MEMMAP_LOADER_RECLAIMABLE] = MEMMAP_OWN_TABLES | MEMMAP_BOOT_INFO_DONE,
    [MEMMAP_BOOT_RECLAIMABLE] = MEMMAP_OWN_TABLES | MEMMAP_RUNTIME_DECIDED,
    [MEMMAP_ACPI_RECLAIMABLE] = MEMMAP_ACPI_PARSED,
    [MEMMAP_BOOT_INFO] = MEMMAP_BOOT_INFO_DONE,
    [MEMMAP_PAGE_TABLES] = MEMMAP_OWN_TABLES,
    [MEMMAP_STACK] = MEMMAP_OWN_TABLES,
    [MEMMAP_HANDOFF] = MEMMAP_OWN_TABLES,
};

const char *memmap_condition_name(unsigned bit)
{
    return bit < MEMMAP_CONDITION_COUNT ? condition_names[bit] : "unknown";
}

const char *memmap_reclaim_name(enum memmap_reclaim reclaim)
{
    return (unsigned)reclaim <= MEMMAP_RECLAIM_NEVER ? reclaim_names[reclaim] : "unknown";
}

enum memmap_reclaim memmap_reclaim_kind(enum memmap_kind kind, uint32_t conditions,
                                        uint32_t *ret_missing)
{
    *ret_missing = 0;
    if (kind == MEMMAP_USABLE)
        return MEMMAP_RECLAIM_FREE;
    if ((unsigned)kind >= MEMMAP_KIND_COUNT || waits_for[kind] == 0)
        return MEMMAP_RECLAIM_NEVER;
    *ret_missing = waits_for[kind] & ~conditions;
    return *ret_missing == 0 ? MEMMAP_RECLAIM_SAFE : MEMMAP_RECLAIM_WAITS;
}

void memmap_reclaim_begin(struct memmap_reclaim_walk *walk, const struct memmap *map,
                          uint32_t conditions)
{
    *walk = (struct memmap_reclaim_walk){.map = map, .conditions = conditions};
}

/* Cuts a range that begins at page 0 down to that page, which is never freed. */
static void keep_page_0(struct memmap_reclaim_range *range)
{
    if (range->first_pfn != 0 || range->reclaim == MEMMAP_RECLAIM_NEVER)
        return;
    range->end_pfn = 1;
    range->reclaim = MEMMAP_RECLAIM_NEVER;
    range->missing = 0;
}

bool memmap_reclaim_next(struct memmap_reclaim_walk *walk, struct memmap_reclaim_range *ret_range)
{
    const struct memmap_region *region;
    struct memmap_reclaim_range range;

    if (walk->index >= walk->map->count)
        return false;
    region = &walk->map->regions[walk->index];
    range.first_pfn = region->first_pfn > walk->pfn ? region->first_pfn : walk->pfn;
    range.end_pfn = region->end_pfn;
    range.kind = (enum memmap_kind)region->kind;
    range.reclaim = memmap_reclaim_kind(range.kind, walk->conditions, &range.missing);
    keep_page_0(&range);
    walk->pfn = range.end_pfn;
    if (range.end_pfn == region->end_pfn)
        walk->index++;
    *ret_range = range;
    return true;
}
