/* SPDX-License-Identifier: MIT */
/* Names, look-ups, totals and the check of the normal form; see memmap.h. */
#include "memmap/memmap.h"

static const char kind_names[MEMMAP_KIND_COUNT][20] = {
    "usable",      "loader-reclaimable", "boot-reclaimable", "acpi-reclaimable", "unaccepted",
    "soft-reserved", "persistent",       "kernel",           "module",           "boot-info",
    "page-tables", "stack",              "handoff",          "ap-trampoline",    "firmware-table",
    "acpi-nvs",    "runtime-code",       "runtime-data",     "mmio",             "reserved",
    "framebuffer", "bad",
};

static const char status_names[][16] = {
    "ok",         "bad-stride", "bad-size",     "bad-claim",    "bad-width",
    "no-room",    "not-found",  "bad-range",    "wrong-kind",   "not-normal",
    "not-balanced", "claim-misses", "claim-lost",
};
_Static_assert(sizeof status_names / sizeof status_names[0] == MEMMAP_CLAIM_LOST + 1,
               "a name for each status");

const char *memmap_kind_name(enum memmap_kind kind)
{
    return (unsigned)kind < MEMMAP_KIND_COUNT ? kind_names[kind] : "unknown";
}

const char *memmap_status_name(enum memmap_status status)
{
    return (unsigned)status <= MEMMAP_CLAIM_LOST ? status_names[status] : "unknown";
}

enum memmap_status memmap_find(const struct memmap *map, uint64_t pfn, size_t *ret_index)
{
    size_t low = 0;
    size_t high = map->count;

    /* Invariant: regions below `low` end at or before pfn, regions from `high` on begin after it. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->regions[middle].end_pfn <= pfn) {
            low = middle + 1;
        } else if (map->regions[middle].first_pfn > pfn) {
            high = middle;
        } else {
            *ret_index = middle;
            return MEMMAP_OK;
        }
    }
    return MEMMAP_NOT_FOUND;
}

static bool kind_is_wanted(const struct memmap_want *want, const struct memmap_region *region)
{
    return (want->kinds >> region->kind & 1) != 0;
}

/* A maximal run of wanted regions that adjoin, cut to the limits. */
struct run {
    uint64_t first_pfn;
    uint64_t end_pfn;
};

/* The run that begins at region *index; *index moves behind it. */
static struct run run_at(const struct memmap *map, const struct memmap_want *want, size_t *index)
{
    const struct memmap_region *regions = map->regions;
    struct run run = {regions[*index].first_pfn, regions[*index].end_pfn};
    uint64_t limit = want->end_pfn == 0 ? PFN_END : want->end_pfn;
    uint64_t floor = want->first_pfn == 0 ? 1 : want->first_pfn;

    for (++*index; *index < map->count && kind_is_wanted(want, &regions[*index]) &&
                   regions[*index].first_pfn == run.end_pfn;
         ++*index)
        run.end_pfn = regions[*index].end_pfn;
    if (run.first_pfn < floor)
        run.first_pfn = floor;
    if (run.end_pfn > limit)
        run.end_pfn = limit;
    return run;
}

/* Does the wanted count fit into the run at its alignment? Lowest or highest place. */
static bool place_in_run(const struct memmap_want *want, struct run run, uint64_t *ret_pfn)
{
    uint64_t align = want->align_pages == 0 ? 1 : want->align_pages;
    uint64_t first;

    if (run.end_pfn <= run.first_pfn || run.end_pfn - run.first_pfn < want->page_count)
        return false;
    if (want->from_top) {
        first = round_down_u64(run.end_pfn - want->page_count, align);
        if (first < run.first_pfn)
            return false;
    } else {
        if (!checked_round_up_u64(run.first_pfn, align, &first))
            return false;
        if (first > run.end_pfn || run.end_pfn - first < want->page_count)
            return false;
    }
    *ret_pfn = first;
    return true;
}

enum memmap_status memmap_find_run(const struct memmap *map, const struct memmap_want *want,
                                   uint64_t *ret_pfn)
{
    enum memmap_status status = MEMMAP_NOT_FOUND;
    size_t index = 0;

    if (want->page_count == 0 || (want->align_pages & (want->align_pages - 1)) != 0)
        return MEMMAP_BAD_RANGE;
    while (index < map->count) {
        if (!kind_is_wanted(want, &map->regions[index])) {
            index++;
            continue;
        }
        if (place_in_run(want, run_at(map, want, &index), ret_pfn)) {
            status = MEMMAP_OK;
            if (!want->from_top)
                break;
        }
    }
    return status;
}

void memmap_totals(const struct memmap *map, uint64_t ret_pages[MEMMAP_KIND_COUNT])
{
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        ret_pages[kind] = 0;
    for (size_t i = 0; i < map->count; i++)
        ret_pages[map->regions[i].kind] += memmap_region_page_count(&map->regions[i]);
}

/* What is wrong with a region by itself; NULL where nothing is. */
static const char *region_offence(const struct memmap_region *region, uint64_t end_pfn)
{
    if (region->kind >= MEMMAP_KIND_COUNT)
        return "unknown kind";
    if (region->reserved != 0 || (region->flags & ~(MEMMAP_SHARED | MEMMAP_CONFLICT)) != 0)
        return "unknown flags";
    if (region->first_pfn >= region->end_pfn)
        return "empty or backward region";
    if (region->end_pfn > end_pfn)
        return "region beyond the physical address width";
    if (region->first_pfn == 0 && region->kind == MEMMAP_USABLE)
        return "page 0 is usable";
    return NULL;
}

/* What is wrong between two neighbours; NULL where nothing is. */
static const char *neighbour_offence(const struct memmap_region *left,
                                     const struct memmap_region *right)
{
    if (left->end_pfn > right->first_pfn)
        return "unsorted or overlapping regions";
    if (left->end_pfn == right->first_pfn && left->kind == right->kind &&
        left->attributes == right->attributes)
        return "equal neighbours that are not merged";
    return NULL;
}

enum memmap_status memmap_check(const struct memmap *map, unsigned physical_bits,
                                struct memmap_fault *ret_fault)
{
    uint64_t end_pfn;

    if (physical_bits < 32 || physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    end_pfn = UINT64_C(1) << (physical_bits - 12);
    for (size_t i = 0; i < map->count; i++) {
        const char *reason = region_offence(&map->regions[i], end_pfn);
        if (reason == NULL && i > 0)
            reason = neighbour_offence(&map->regions[i - 1], &map->regions[i]);
        if (reason != NULL) {
            if (ret_fault != NULL)
                *ret_fault = (struct memmap_fault){.index = i, .reason = reason};
            return MEMMAP_NOT_NORMAL;
        }
    }
    return MEMMAP_OK;
}
