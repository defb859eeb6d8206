/* SPDX-License-Identifier: MIT */
/*
 * Reserve and release: a range of a map changes its kind in place.
 *
 *        first          end            at most one cut at each side, then the
 *   |------+-----|---|----+-----|      regions between change kind, then equal
 *    left   changed   changed  right   neighbours merge
 */
#include "memmap/memmap.h"

/* Index of the first region that ends above pfn; count where none does. */
/*@ requires map_readable(map) && map_ordered(map);
    assigns \nothing;
    ensures \result <= map->count;
    ensures \forall integer i; 0 <= i < \result ==> map->regions[i].end_pfn <= pfn;
    ensures \forall integer i; \result <= i < map->count ==> map->regions[i].end_pfn > pfn; */
static size_t first_ending_above(const struct memmap *map, uint64_t pfn)
{
    size_t low = 0;
    size_t high = map->count;

    /*@ loop invariant 0 <= low <= high <= map->count;
        loop invariant \forall integer i; 0 <= i < low ==> map->regions[i].end_pfn <= pfn;
        loop invariant \forall integer i; high <= i < map->count ==>
            map->regions[i].end_pfn > pfn;
        loop assigns low, high;
        loop variant high - low; */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->regions[middle].end_pfn <= pfn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does a cut at pfn split a region? */
/*@ requires map_readable(map) && map_ordered(map);
    assigns \nothing;
    ensures \result <==> \exists integer i; 0 <= i < map->count &&
        map->regions[i].first_pfn < pfn < map->regions[i].end_pfn; */
static bool cut_splits(const struct memmap *map, uint64_t pfn)
{
    size_t index = first_ending_above(map, pfn);

    return index < map->count && map->regions[index].first_pfn < pfn;
}

/* Splits the region around pfn, if any; the array has room. */
static void cut_at(struct memmap *map, uint64_t pfn)
{
    size_t index = first_ending_above(map, pfn);

    if (index >= map->count || map->regions[index].first_pfn >= pfn)
        return;
    for (size_t i = map->count; i > index; i--)
        map->regions[i] = map->regions[i - 1];
    map->count++;
    map->regions[index].end_pfn = pfn;
    map->regions[index + 1].first_pfn = pfn;
}

/* Merges equal neighbours in the whole map. */
static void merge_neighbours(struct memmap *map)
{
    size_t kept = 0;

    for (size_t i = 0; i < map->count; i++) {
        struct memmap_region *last = kept > 0 ? &map->regions[kept - 1] : NULL;
        const struct memmap_region *next = &map->regions[i];
        if (last != NULL && last->end_pfn == next->first_pfn && last->kind == next->kind &&
            last->attributes == next->attributes) {
            if (last->origin != next->origin)
                last->flags |= MEMMAP_SHARED;
            last->flags |= next->flags;
            last->end_pfn = next->end_pfn;
        } else {
            map->regions[kept++] = *next;
        }
    }
    map->count = kept;
}

/*@ assigns \nothing;
    ensures \result <==> !(first_pfn < end_pfn <= PFN_END); */
static bool range_is_bad(uint64_t first_pfn, uint64_t end_pfn)
{
    return first_pfn >= end_pfn || end_pfn > PFN_END;
}

enum memmap_status memmap_reserve(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                  enum memmap_kind kind, uint32_t origin, uint64_t *ret_kept_pages)
{
    uint64_t kept_pages = 0;
    size_t cuts;

    if (range_is_bad(first_pfn, end_pfn) || (unsigned)kind >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    cuts = (size_t)cut_splits(map, first_pfn) + (size_t)cut_splits(map, end_pfn);
    if (map->capacity - map->count < cuts)
        return MEMMAP_NO_ROOM;
    cut_at(map, first_pfn);
    cut_at(map, end_pfn);
    for (size_t i = first_ending_above(map, first_pfn);
         i < map->count && map->regions[i].first_pfn < end_pfn; i++) {
        struct memmap_region *region = &map->regions[i];
        if (region->kind > kind) {
            kept_pages += memmap_region_page_count(region);
        } else if (region->kind < kind) {
            region->kind = (uint8_t)kind;
            region->origin = origin;
            region->flags |= MEMMAP_SHARED;
        }
    }
    merge_neighbours(map);
    *ret_kept_pages = kept_pages;
    return MEMMAP_OK;
}

/*@ assigns \nothing;
    ensures \result <==> kind == MEMMAP_LOADER_RECLAIMABLE || kind == MEMMAP_BOOT_RECLAIMABLE ||
        kind == MEMMAP_ACPI_RECLAIMABLE || kind == MEMMAP_UNACCEPTED ||
        MEMMAP_KERNEL <= kind <= MEMMAP_FIRMWARE_TABLE; */
static bool may_be_released(enum memmap_kind kind)
{
    return (kind >= MEMMAP_LOADER_RECLAIMABLE && kind <= MEMMAP_UNACCEPTED) ||
           (kind >= MEMMAP_KERNEL && kind <= MEMMAP_FIRMWARE_TABLE);
}

/*@ predicate page_has_kind{L}(struct memmap *m, integer pfn, integer kind) =
        \exists integer i; 0 <= i < m->count && region_covers(&m->regions[i], pfn) &&
            m->regions[i].kind == kind; */

/* Is every page of the range of this kind? */
/*@ requires map_readable(map) && map_ordered(map);
    assigns \nothing;
    ensures \result <==>
        \forall integer p; first_pfn <= p < end_pfn ==> page_has_kind(map, p, kind); */
static bool range_has_kind(const struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                           enum memmap_kind kind)
{
    uint64_t covered_to = first_pfn;

    /*@ loop invariant 0 <= i <= map->count;
        loop invariant first_pfn <= covered_to;
        loop invariant \forall integer p; first_pfn <= p < covered_to ==>
            page_has_kind(map, p, kind);
        loop invariant \forall integer j; 0 <= j < i ==> map->regions[j].end_pfn <= covered_to;
        loop invariant \forall integer j; i <= j < map->count ==>
            map->regions[j].end_pfn > covered_to;
        loop assigns i, covered_to;
        loop variant map->count - i; */
    for (size_t i = first_ending_above(map, first_pfn); i < map->count && covered_to < end_pfn;
         i++) {
        /*@ assert page_has_kind(map, covered_to, kind) <==>
            map->regions[i].first_pfn <= covered_to && map->regions[i].kind == kind; */
        if (map->regions[i].first_pfn > covered_to || map->regions[i].kind != kind)
            return false;
        covered_to = map->regions[i].end_pfn;
    }
    //@ assert covered_to < end_pfn ==> !page_has_kind(map, covered_to, kind);
    return covered_to >= end_pfn;
}

enum memmap_status memmap_release(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                  enum memmap_kind from, enum memmap_kind to)
{
    bool frees_page_0 = first_pfn == 0 && to == MEMMAP_USABLE;
    size_t cuts;

    if (range_is_bad(first_pfn, end_pfn) || (unsigned)to >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    if (!may_be_released(from) || !range_has_kind(map, first_pfn, end_pfn, from))
        return MEMMAP_WRONG_KIND;
    cuts = (size_t)cut_splits(map, first_pfn) + (size_t)cut_splits(map, end_pfn) +
           (size_t)(frees_page_0 && end_pfn > 1 && cut_splits(map, 1));
    if (map->capacity - map->count < cuts)
        return MEMMAP_NO_ROOM;
    cut_at(map, first_pfn);
    cut_at(map, end_pfn);
    if (frees_page_0)
        cut_at(map, 1);
    for (size_t i = first_ending_above(map, first_pfn);
         i < map->count && map->regions[i].first_pfn < end_pfn; i++)
        map->regions[i].kind = (uint8_t)to;
    if (frees_page_0)
        map->regions[0].kind = MEMMAP_RESERVED;
    merge_neighbours(map);
    return MEMMAP_OK;
}

enum memmap_status memmap_release_all(struct memmap *map, enum memmap_kind from,
                                      enum memmap_kind to, uint64_t *ret_pages)
{
    bool cuts_page_0 = map->count > 0 && map->regions[0].first_pfn == 0 &&
                       map->regions[0].kind == from && map->regions[0].end_pfn > 1 &&
                       to == MEMMAP_USABLE;
    uint64_t pages = 0;

    if (!may_be_released(from))
        return MEMMAP_WRONG_KIND;
    if ((unsigned)to >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    if (cuts_page_0 && map->count >= map->capacity)
        return MEMMAP_NO_ROOM;
    if (cuts_page_0)
        cut_at(map, 1);
    for (size_t i = 0; i < map->count; i++) {
        struct memmap_region *region = &map->regions[i];
        if (region->kind != from)
            continue;
        if (region->first_pfn == 0 && to == MEMMAP_USABLE) {
            region->kind = MEMMAP_RESERVED;
        } else {
            region->kind = (uint8_t)to;
            pages += memmap_region_page_count(region);
        }
    }
    merge_neighbours(map);
    *ret_pages = pages;
    return MEMMAP_OK;
}
