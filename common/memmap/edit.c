/* SPDX-License-Identifier: MIT */
/*
 * Reserve: the pages of a range get a higher kind in place.
 *
 *        first          end            at most one cut at each side, then the
 *   |------+-----|---|----+-----|      regions between change kind, then equal
 *    left   changed   changed  right   neighbours merge
 */
#include "memmap/changes.h"
#include "memmap/cut.h"

/* Raises a region to a kind unless it is higher: its pages then, else 0. */
/*@ requires \valid(region) && kind < MEMMAP_KIND_COUNT && region->first_pfn <= region->end_pfn;
    assigns region->kind, region->origin, region->flags;
    ensures region->kind == \max(\old(region->kind), kind);
    ensures \result == (\old(region->kind) > kind ? region->end_pfn - region->first_pfn : 0); */
static uint64_t raise_region(struct memmap_region *region, enum memmap_kind kind, uint32_t origin)
{
    if (region->kind > kind)
        return memmap_region_page_count(region);
    if (region->kind < kind) {
        region->kind = (uint8_t)kind;
        region->origin = origin;
        region->flags |= MEMMAP_SHARED;
    }
    return 0;
}

/* Raises the regions from `index` on that begin below end_pfn; the pages of higher ones. */
/*@ requires count <= 0x7ffffffffffffff && \valid(regions + (0 .. count - 1));
    requires sound(regions, count) && sorted(regions, count) && index <= count;
    requires is_seam(regions, count, first_pfn) && is_seam(regions, count, end_pfn);
    requires \forall integer i; 0 <= i < index ==> regions[i].end_pfn <= first_pfn;
    requires \forall integer i; index <= i < count ==> regions[i].end_pfn > first_pfn;
    requires first_pfn < end_pfn && kind < MEMMAP_KIND_COUNT;
    assigns regions[0 .. count - 1];
    ensures changed{Pre,Here}(regions, 0, count, first_pfn, end_pfn, 0, kind, kind);
    ensures \result == pages_in{Pre}(regions, count, first_pfn, end_pfn, kind + 1, 255); */
static uint64_t raise_kinds(struct memmap_region *regions, size_t count, size_t index,
                            uint64_t first_pfn, uint64_t end_pfn, enum memmap_kind kind,
                            uint32_t origin)
{
    uint64_t kept_pages = 0;
    size_t i = index;

    (void)first_pfn;
    //@ assert end_by(regions, index, first_pfn);
    /*@ loop invariant index <= i <= count;
        loop invariant changed{Pre,Here}(regions, 0, i, first_pfn, end_pfn, 0, kind, kind);
        loop invariant same{Pre,Here}(regions, i, count);
        loop invariant kept_pages == pages_in{Pre}(regions, i, first_pfn, end_pfn, kind + 1, 255);
        loop invariant i > index ==> kept_pages <= \at(regions[\at(i, Here) - 1].end_pfn, Pre);
        loop invariant i == index ==> kept_pages == 0;
        loop assigns i, kept_pages, regions[0 .. count - 1];
        loop variant count - i; */
    for (; i < count && regions[i].first_pfn < end_pfn; i++) {
        //@ assert first_pfn <= regions[i].first_pfn && regions[i].end_pfn <= end_pfn;
        /*@ assert overlap(regions[i].first_pfn, regions[i].end_pfn, first_pfn, end_pfn) ==
            regions[i].end_pfn - regions[i].first_pfn; */
        kept_pages += raise_region(&regions[i], kind, origin);
        //@ assert same{LoopCurrent,Here}(regions, 0, i);
        //@ assert same{LoopCurrent,Here}(regions, i + 1, count);
        //@ assert changed{Pre,Here}(regions, i, i + 1, first_pfn, end_pfn, 0, kind, kind);
    }
    //@ assert begin_from{Pre}(regions, i, count, end_pfn);
    return kept_pages;
}

/* Raises a range that two cuts fit; the pages of higher kinds in it. */
/*@ requires map_writable(map);
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    requires room(map, first_pfn, end_pfn);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map) && sound(map->regions, map->count) &&
        sorted(map->regions, map->count) && merged(map->regions, map->count);
    ensures map_changed{Pre,Here}(map, first_pfn, end_pfn, 0, kind, kind);
    ensures \result ==
        pages_in{Pre}(map->regions, \old(map->count), first_pfn, end_pfn, kind + 1, 255); */
static uint64_t raise_range(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                            enum memmap_kind kind, uint32_t origin)
{
    uint64_t kept_pages;
    size_t index;

    memmap_cut_at(map, first_pfn);
    //@ ghost First: ;
    memmap_cut_at(map, end_pfn);
    //@ ghost Second: ;
    index = memmap_first_ending_above(map, first_pfn);
    kept_pages = raise_kinds(map->regions, map->count, index, first_pfn, end_pfn, kind, origin);
    /*@ assert \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_after(kind_at{Second}(map->regions, map->count, p), p, first_pfn, end_pfn, 0, kind,
                   kind); */
    /*@ assert \forall integer p; attributes_at(map->regions, map->count, p) ==
        attributes_at{Second}(map->regions, map->count, p); */
    memmap_merge_neighbours(map);
    return kept_pages;
}

/*@ requires map_writable(map) && map_ordered(map);
    requires \valid(ret_kept_pages);
    requires \separated(ret_kept_pages, map, map->regions + (0 .. map->capacity - 1));
    assigns map->count, map->regions[0 .. map->capacity - 1], *ret_kept_pages;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_RANGE || \result == MEMMAP_NO_ROOM;
    ensures \result == MEMMAP_BAD_RANGE <==>
        !(first_pfn < end_pfn <= PFN_END) || kind >= MEMMAP_KIND_COUNT;
    ensures \result == MEMMAP_NO_ROOM ==> !room{Pre}(map, first_pfn, end_pfn);
    ensures \result != MEMMAP_OK ==> map_unchanged{Pre,Here}(map) &&
        *ret_kept_pages == \old(*ret_kept_pages);
    ensures map_writable(map) && map_ordered(map);
    ensures \result == MEMMAP_OK ==> merged(map->regions, map->count);
    ensures \result == MEMMAP_OK ==> map_changed{Pre,Here}(map, first_pfn, end_pfn, 0, kind, kind);
    ensures \result == MEMMAP_OK ==> *ret_kept_pages ==
        pages_in{Pre}(map->regions, \old(map->count), first_pfn, end_pfn, kind + 1, 255); */
enum memmap_status memmap_reserve(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                  enum memmap_kind kind, uint32_t origin, uint64_t *ret_kept_pages)
{
    uint64_t kept_pages;
    size_t cuts;

    if (memmap_range_is_bad(first_pfn, end_pfn) || (unsigned)kind >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    cuts = (size_t)memmap_cut_splits(map, first_pfn) + (size_t)memmap_cut_splits(map, end_pfn);
    if (map->capacity - map->count < cuts)
        return MEMMAP_NO_ROOM;
    kept_pages = raise_range(map, first_pfn, end_pfn, kind, origin);
    //@ assert map->capacity == \at(map->capacity, Pre);
    //@ assert map->count <= \at(map->capacity, Pre);
    //@ ghost Raised: ;
    *ret_kept_pages = kept_pages;
    //@ assert map->count == \at(map->count, Raised);
    //@ assert same{Raised,Here}(map->regions, 0, map->count);
    //@ assert sound(map->regions, map->count) && sorted(map->regions, map->count);
    return MEMMAP_OK;
}
