/* SPDX-License-Identifier: MIT */
/* Choosing, hashing and comparing the firmware's pages; see watched.h. */
#include "bootinfo/watched.h"

#include "base/mem.h"
#include "watch/watch.h"

_Static_assert(PAGE_BYTES == WATCH_PAGE_BYTES, "one size of pages");

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t hash_page(uint64_t pfn, uint64_t pointer_offset)
{
    return watch_hash((const void *)(uintptr_t)(byte_of_pfn(pfn) + pointer_offset), PAGE_BYTES);
}

/* ---- the loader's side ------------------------------------------------------------------------- */

uint32_t watched_page_bound(const struct memmap *map, const struct memmap_claim *claims,
                            uint32_t claim_count)
{
    uint64_t pages = 0;

    /* Each term is cut first, so that the sum does not wrap. */
    for (size_t i = 0; i < map->count; i++) {
        if (bootinfo_is_watchable(&map->regions[i]))
            pages += least(memmap_region_page_count(&map->regions[i]), WATCHED_MAX_PAGES);
    }
    for (uint32_t i = 0; i < claim_count; i++) {
        if (claims[i].kind == MEMMAP_FIRMWARE_TABLE)
            pages += least(claims[i].end_pfn - claims[i].first_pfn, WATCHED_MAX_PAGES);
    }
    return (uint32_t)least(pages, WATCHED_MAX_PAGES);
}

void watched_choose(struct watched *watched, const struct memmap *map, uint64_t end_pfn)
{
    watched->range_count = watched->page_count = 0;
    for (size_t i = 0; i < map->count && watched->range_count < watched->range_capacity; i++) {
        const struct memmap_region *region = &map->regions[i];
        uint64_t first_pfn = region->first_pfn == 0 ? 1 : region->first_pfn;
        uint64_t end = least(region->end_pfn, end_pfn);
        if (!bootinfo_is_watchable(region) || first_pfn >= end)
            continue;
        end = first_pfn + least(end - first_pfn, watched->page_capacity - watched->page_count);
        if (first_pfn == end)
            return;
        watched->ranges[watched->range_count++] = (struct bootinfo_watch_range){first_pfn, end};
        watched->page_count += (uint32_t)(end - first_pfn);
    }
}

void watched_hash(struct watched *watched, enum watched_moment moment, uint64_t pointer_offset)
{
    struct bootinfo_watch_page *page = watched->pages;

    for (uint32_t i = 0; i < watched->range_count; i++) {
        for (uint64_t pfn = watched->ranges[i].first_pfn; pfn < watched->ranges[i].end_pfn; pfn++) {
            uint64_t hash = hash_page(pfn, pointer_offset);
            if (moment == WATCHED_BEFORE)
                page->before = hash;
            else
                page->after = hash;
            page++;
        }
    }
}

/* What is told of: counted first, then written. */
struct cut {
    struct bootinfo_watch_range *ranges; /* NULL: count */
    struct bootinfo_watch_page *pages;
    uint32_t range_count;
    uint32_t page_count;
};

static void cut_range(struct cut *cut, const struct bootinfo_watch_range *range,
                      const struct bootinfo_watch_page *pages, const struct memmap_region *region)
{
    uint64_t first = range->first_pfn > region->first_pfn ? range->first_pfn : region->first_pfn;
    uint64_t end = least(range->end_pfn, region->end_pfn);

    if (first >= end)
        return;
    if (cut->ranges != NULL) {
        cut->ranges[cut->range_count] = (struct bootinfo_watch_range){first, end};
        memcpy(&cut->pages[cut->page_count], &pages[first - range->first_pfn],
               (end - first) * sizeof *pages);
    }
    cut->range_count++;
    cut->page_count += (uint32_t)(end - first);
}

/* Both lists ascend. Returns how many pages of the map could have been watched. */
static uint64_t cut_to_map(const struct watched *watched, const struct memmap *map, struct cut *cut)
{
    const struct bootinfo_watch_page *pages = watched->pages;
    uint64_t watchable = 0;
    uint32_t at = 0;

    cut->range_count = cut->page_count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        if (!bootinfo_is_watchable(region))
            continue;
        watchable += memmap_region_page_count(region);
        for (; at < watched->range_count; at++) {
            const struct bootinfo_watch_range *range = &watched->ranges[at];
            cut_range(cut, range, pages, region);
            if (range->end_pfn > region->end_pfn)
                break; /* the next region may have the rest */
            pages += range->end_pfn - range->first_pfn;
        }
    }
    return watchable;
}

void watched_add(const struct watched *watched, const struct memmap *map,
                 struct bootinfo_builder *builder)
{
    struct bootinfo *info = builder->info;
    struct cut cut = {.ranges = NULL};
    uint64_t watchable = cut_to_map(watched, map, &cut);
    void *ranges = bootinfo_add_array(builder, &info->watch_ranges, NULL, cut.range_count,
                                      sizeof(struct bootinfo_watch_range));

    cut.pages = bootinfo_add_array(builder, &info->watch_pages, NULL, cut.page_count,
                                   sizeof(struct bootinfo_watch_page));
    info->watch_left_pages = watchable - cut.page_count;
    cut.ranges = ranges;
    if (ranges != NULL && cut.pages != NULL)
        (void)cut_to_map(watched, map, &cut);
}

/* ---- a kernel's side ----------------------------------------------------------------------------- */

struct watched_hashes watched_of_loader(const struct bootinfo *info, enum watched_moment moment)
{
    size_t field = moment == WATCHED_BEFORE ? offsetof(struct bootinfo_watch_page, before)
                                            : offsetof(struct bootinfo_watch_page, after);

    return (struct watched_hashes){
        .first = bootinfo_at(info, info->watch_pages.offset + (uint32_t)field),
        .stride_bytes = info->watch_pages.stride_bytes,
    };
}

static const struct bootinfo_watch_range *range_at(const struct bootinfo *info, uint32_t index)
{
    return bootinfo_entry(info, &info->watch_ranges, index);
}

void watched_take(const struct bootinfo *info, uint64_t pointer_offset, uint64_t *ret_hashes)
{
    for (uint32_t i = 0; i < info->watch_ranges.count; i++) {
        const struct bootinfo_watch_range *range = range_at(info, i);
        for (uint64_t pfn = range->first_pfn; pfn < range->end_pfn; pfn++)
            *ret_hashes++ = hash_page(pfn, pointer_offset);
    }
}

void watched_walk_begin(struct watched_walk *walk, const struct bootinfo *info,
                        struct watched_hashes old, struct watched_hashes now)
{
    *walk = (struct watched_walk){.info = info, .old = old, .now = now};
}

static bool page_changed(const struct watched_walk *walk, const struct bootinfo_watch_range *range,
                         uint64_t pfn)
{
    uint64_t index = walk->page_index + (pfn - range->first_pfn);
    const uint8_t *old = (const uint8_t *)walk->old.first + index * walk->old.stride_bytes;
    const uint8_t *now = (const uint8_t *)walk->now.first + index * walk->now.stride_bytes;

    return *(const uint64_t *)(const void *)old != *(const uint64_t *)(const void *)now;
}

bool watched_walk_next(struct watched_walk *walk, struct bootinfo_watch_range *ret_range)
{
    for (; walk->range_index < walk->info->watch_ranges.count; walk->range_index++) {
        const struct bootinfo_watch_range *range = range_at(walk->info, walk->range_index);
        uint64_t pfn = walk->next_pfn > range->first_pfn ? walk->next_pfn : range->first_pfn;
        while (pfn < range->end_pfn && !page_changed(walk, range, pfn))
            pfn++;
        if (pfn < range->end_pfn) {
            ret_range->first_pfn = pfn;
            while (pfn < range->end_pfn && page_changed(walk, range, pfn))
                pfn++;
            ret_range->end_pfn = walk->next_pfn = pfn;
            return true;
        }
        walk->page_index += (uint32_t)(range->end_pfn - range->first_pfn);
    }
    return false;
}
