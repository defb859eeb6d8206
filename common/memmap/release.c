/* SPDX-License-Identifier: MIT */
/*
 * Release: a range, or every region of a kind, gets a lower kind in place. Cuts and merges as
 * in edit.c; page 0 never becomes usable.
 */
#include "memmap/changes.h"
#include "memmap/cut.h"

/*@ lemma found_kind{L}: \forall struct memmap_region *r, integer i, n, p; 0 <= i < n ==>
        sound(r, n) ==> sorted(r, n) ==> r[i].first_pfn <= p < r[i].end_pfn ==>
        kind_at(r, n, p) == r[i].kind;
    // No region of this kind begins at page 0.
    predicate none_at_0{L}(struct memmap_region *r, integer n, integer kind) =
        \forall integer i; 0 <= i < n ==> r[i].first_pfn > 0 || r[i].kind != kind;
    lemma none_at_0_of_kind{L}: \forall struct memmap_region *r, integer n, kind;
        sound(r, n) ==> sorted(r, n) ==> kind_at(r, n, 0) != kind ==> none_at_0(r, n, kind);
    lemma kind_of_page_0{L}: \forall struct memmap_region *r, integer n, kind; 0 <= n ==>
        0 <= kind ==> none_at_0(r, n, kind) ==> kind_at(r, n, 0) != kind;
    lemma pages_but_0{L}: \forall struct memmap_region *r, integer n, end, kind; 0 <= n ==>
        none_at_0(r, n, kind) ==>
        pages_in(r, n, 0, end, kind, kind) == pages_in(r, n, 1, end, kind, kind); */

/* Gives the regions from `index` on that begin below end_pfn a kind. */
/*@ requires count <= 0x7ffffffffffffff && \valid(regions + (0 .. count - 1));
    requires sound(regions, count) && sorted(regions, count) && index <= count;
    requires is_seam(regions, count, first_pfn) && is_seam(regions, count, end_pfn);
    requires \forall integer i; 0 <= i < index ==> regions[i].end_pfn <= first_pfn;
    requires \forall integer i; index <= i < count ==> regions[i].end_pfn > first_pfn;
    requires first_pfn < end_pfn && kind < MEMMAP_KIND_COUNT;
    assigns regions[0 .. count - 1];
    ensures changed{Pre,Here}(regions, 0, count, first_pfn, end_pfn, 0, 255, kind); */
static void give_kind(struct memmap_region *regions, size_t count, size_t index,
                      uint64_t first_pfn, uint64_t end_pfn, enum memmap_kind kind)
{
    size_t i = index;

    (void)first_pfn;
    /*@ loop invariant index <= i <= count;
        loop invariant changed{Pre,Here}(regions, 0, i, first_pfn, end_pfn, 0, 255, kind);
        loop invariant same{Pre,Here}(regions, i, count);
        loop assigns i, regions[0 .. count - 1];
        loop variant count - i; */
    for (; i < count && regions[i].first_pfn < end_pfn; i++) {
        //@ assert first_pfn <= regions[i].first_pfn && regions[i].end_pfn <= end_pfn;
        regions[i].kind = (uint8_t)kind;
        //@ assert same{LoopCurrent,Here}(regions, 0, i);
        //@ assert same{LoopCurrent,Here}(regions, i + 1, count);
        //@ assert changed{Pre,Here}(regions, i, i + 1, first_pfn, end_pfn, 0, 255, kind);
    }
}

/* Gives the pages of a range that two cuts fit a kind; merges nothing. */
/*@ requires map_writable(map);
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    requires room(map, first_pfn, end_pfn);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map);
    ensures sound(map->regions, map->count) && sorted(map->regions, map->count);
    ensures map->capacity == \old(map->capacity);
    ensures \old(map->count) <= map->count;
    ensures is_seam{Pre}(map->regions, \old(map->count), first_pfn) ==>
        map->count <= \old(map->count) + 1;
    ensures is_seam{Pre}(map->regions, \old(map->count), first_pfn) ==>
        is_seam{Pre}(map->regions, \old(map->count), end_pfn) ==> map->count == \old(map->count);
    ensures is_seam(map->regions, map->count, end_pfn);
    ensures \forall integer q; is_seam{Pre}(map->regions, \old(map->count), q) ==>
        is_seam(map->regions, map->count, q);
    ensures map_changed{Pre,Here}(map, first_pfn, end_pfn, 0, 255, kind);
    ensures \forall integer to, low, high;
        pages_in(map->regions, map->count, end_pfn, to, low, high) ==
        pages_in{Pre}(map->regions, \old(map->count), end_pfn, to, low, high); */
static void set_range(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                      enum memmap_kind kind)
{
    size_t index;

    memmap_cut_at(map, first_pfn);
    //@ ghost First: ;
    memmap_cut_at(map, end_pfn);
    //@ ghost Second: ;
    index = memmap_first_ending_above(map, first_pfn);
    give_kind(map->regions, map->count, index, first_pfn, end_pfn, kind);
    /*@ assert changed{Second,Here}(map->regions, 0, map->count, first_pfn, end_pfn, 0, 255,
                                    kind); */
    /*@ assert \forall integer q; is_seam{Second}(map->regions, map->count, q) ==>
        is_seam(map->regions, map->count, q); */
    /*@ assert \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_after(kind_at{Second}(map->regions, map->count, p), p, first_pfn, end_pfn, 0, 255,
                   kind); */
    /*@ assert \forall integer p; attributes_at(map->regions, map->count, p) ==
        attributes_at{Second}(map->regions, map->count, p); */
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
    for (size_t i = memmap_first_ending_above(map, first_pfn); i < map->count && covered_to < end_pfn;
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

/*@ predicate releasable(integer kind) =
        kind == MEMMAP_LOADER_RECLAIMABLE || kind == MEMMAP_BOOT_RECLAIMABLE ||
        kind == MEMMAP_ACPI_RECLAIMABLE || kind == MEMMAP_UNACCEPTED ||
        MEMMAP_KERNEL <= kind <= MEMMAP_FIRMWARE_TABLE;
    logic integer released(integer p, integer to) =
        p == 0 && to == MEMMAP_USABLE ? MEMMAP_RESERVED : to;
    // Exactly the pages of [first, end) whose kind lies in low .. high are released.
    predicate map_released{A,B}(struct memmap *m, integer first, integer end, integer low,
                                integer high, integer to) =
        (\forall integer p; kind_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            kind_after(kind_at{A}(\at(m->regions, A), \at(m->count, A), p), p, first, end, low,
                       high, released(p, to))) &&
        (\forall integer p; attributes_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            attributes_at{A}(\at(m->regions, A), \at(m->count, A), p)); */

/*@ predicate room_to_release{L}(struct memmap *m, integer first, integer end, integer to) =
        first == 0 && to == MEMMAP_USABLE && end > 1 ? room(m, 1, end) : room(m, first, end); */

/* Releases the pages below end_pfn, page 0 as reserved. */
/*@ requires map_writable(map) && 0 < end_pfn <= PFN_END;
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    requires room_to_release(map, 0, end_pfn, MEMMAP_USABLE);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map);
    ensures sound(map->regions, map->count) && sorted(map->regions, map->count);
    ensures map_released{Pre,Here}(map, 0, end_pfn, 0, 255, MEMMAP_USABLE); */
static void release_from_0(struct memmap *map, uint64_t end_pfn)
{
    //@ assert is_seam(map->regions, map->count, 0);
    set_range(map, 0, 1, MEMMAP_RESERVED);
    //@ ghost First: ;
    //@ assert map_changed{Pre,Here}(map, 0, 1, 0, 255, MEMMAP_RESERVED);
    if (end_pfn > 1) {
        set_range(map, 1, end_pfn, MEMMAP_USABLE);
        //@ assert map_released{Pre,Here}(map, 0, end_pfn, 0, 255, MEMMAP_USABLE);
    }
}

/* Releases a range that the cuts fit. */
/*@ requires map_writable(map);
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    requires first_pfn < end_pfn <= PFN_END && to < MEMMAP_KIND_COUNT;
    requires room_to_release(map, first_pfn, end_pfn, to);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map) && sound(map->regions, map->count) &&
        sorted(map->regions, map->count) && merged(map->regions, map->count);
    ensures map_released{Pre,Here}(map, first_pfn, end_pfn, 0, 255, to); */
static void release_range(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                          enum memmap_kind to)
{
    if (first_pfn == 0 && to == MEMMAP_USABLE) {
        release_from_0(map, end_pfn);
    } else {
        set_range(map, first_pfn, end_pfn, to);
        //@ assert map_released{Pre,Here}(map, first_pfn, end_pfn, 0, 255, to);
    }
    //@ assert map_released{Pre,Here}(map, first_pfn, end_pfn, 0, 255, to);
    memmap_merge_neighbours(map);
}

/*@ requires map_writable(map) && map_ordered(map);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_RANGE ||
        \result == MEMMAP_WRONG_KIND || \result == MEMMAP_NO_ROOM;
    ensures \result == MEMMAP_BAD_RANGE <==>
        !(first_pfn < end_pfn <= PFN_END) || to >= MEMMAP_KIND_COUNT;
    ensures \result == MEMMAP_WRONG_KIND ==> !releasable(from) ||
        !\forall integer p; first_pfn <= p < end_pfn ==> page_has_kind{Pre}(map, p, from);
    ensures \result == MEMMAP_OK || \result == MEMMAP_NO_ROOM ==> releasable(from) &&
        \forall integer p; first_pfn <= p < end_pfn ==> page_has_kind{Pre}(map, p, from);
    ensures \result == MEMMAP_NO_ROOM ==> !room_to_release{Pre}(map, first_pfn, end_pfn, to);
    ensures \result != MEMMAP_OK ==> map_unchanged{Pre,Here}(map);
    ensures map_writable(map) && map_ordered(map);
    ensures \result == MEMMAP_OK ==> merged(map->regions, map->count);
    ensures \result == MEMMAP_OK ==> map_released{Pre,Here}(map, first_pfn, end_pfn, 0, 255, to); */
enum memmap_status memmap_release(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                  enum memmap_kind from, enum memmap_kind to)
{
    bool frees_page_0 = first_pfn == 0 && to == MEMMAP_USABLE;
    uint64_t first_cut;
    size_t cuts;

    if (memmap_range_is_bad(first_pfn, end_pfn) || (unsigned)to >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    if (!may_be_released(from) || !range_has_kind(map, first_pfn, end_pfn, from))
        return MEMMAP_WRONG_KIND;
    /* Nothing can be cut before page 0, but behind it. */
    first_cut = frees_page_0 && end_pfn > 1 ? 1 : first_pfn;
    cuts = (size_t)memmap_cut_splits(map, first_cut) + (size_t)memmap_cut_splits(map, end_pfn);
    if (map->capacity - map->count < cuts)
        return MEMMAP_NO_ROOM;
    release_range(map, first_pfn, end_pfn, to);
    return MEMMAP_OK;
}

/*@ predicate page_0_kept{A,B}(struct memmap *m, integer from, integer to) =
        (\forall integer p; kind_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            (p == 0 && to == MEMMAP_USABLE &&
                    kind_at{A}(\at(m->regions, A), \at(m->count, A), p) == from ?
                MEMMAP_RESERVED : kind_at{A}(\at(m->regions, A), \at(m->count, A), p))) &&
        (\forall integer p; attributes_at{B}(\at(m->regions, B), \at(m->count, B), p) ==
            attributes_at{A}(\at(m->regions, A), \at(m->count, A), p)); */

/* Makes page 0 `reserved` if it would become usable; false, and no change: the cut has no room. */
/*@ requires map_writable(map) && 0 <= from < MEMMAP_RESERVED;
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures map_writable(map);
    ensures sound(map->regions, map->count) && sorted(map->regions, map->count);
    ensures map->capacity == \old(map->capacity);
    ensures !\result ==> map_unchanged{Pre,Here}(map) && map->count == map->capacity;
    ensures cut: !\result ==> map->regions[0].end_pfn > 1;
    ensures \result ==> page_0_kept{Pre,Here}(map, from, to);
    ensures \result ==> pages_in(map->regions, map->count, 0, PFN_END, from, from) ==
        pages_in{Pre}(map->regions, \old(map->count), to == MEMMAP_USABLE ? 1 : 0, PFN_END, from,
                      from); */
static bool reserve_page_0(struct memmap *map, enum memmap_kind from, enum memmap_kind to)
{
    if (to != MEMMAP_USABLE || map->count == 0 || map->regions[0].first_pfn != 0 ||
        map->regions[0].kind != from) {
        //@ assert to == MEMMAP_USABLE ==> none_at_0(map->regions, map->count, from);
        //@ assert to == MEMMAP_USABLE ==> kind_at(map->regions, map->count, 0) != from;
        return true;
    }
    if (map->regions[0].end_pfn > 1 && map->count >= map->capacity)
        return false;
    //@ assert kind_at(map->regions, map->count, 0) == from;
    set_range(map, 0, 1, MEMMAP_RESERVED);
    //@ assert kind_at(map->regions, map->count, 0) == MEMMAP_RESERVED;
    //@ assert none_at_0(map->regions, map->count, from);
    //@ assert page_0_kept{Pre,Here}(map, from, to);
    return true;
}

/* Gives a region of kind `from` the kind `to`: its pages then, else 0. */
/*@ requires \valid(region) && to < MEMMAP_KIND_COUNT && region->first_pfn <= region->end_pfn;
    assigns region->kind;
    ensures region->kind == (\old(region->kind) == from ? to : \old(region->kind));
    ensures \result == (\old(region->kind) == from ? region->end_pfn - region->first_pfn : 0); */
static uint64_t change_region(struct memmap_region *region, enum memmap_kind from,
                              enum memmap_kind to)
{
    if (region->kind != from)
        return 0;
    region->kind = (uint8_t)to;
    return memmap_region_page_count(region);
}

/* Gives every region of a kind another one; how many pages. */
/*@ requires count <= 0x7ffffffffffffff && \valid(regions + (0 .. count - 1));
    requires sound(regions, count) && sorted(regions, count) && to < MEMMAP_KIND_COUNT;
    assigns regions[0 .. count - 1];
    ensures changed{Pre,Here}(regions, 0, count, 0, PFN_END, from, from, to);
    ensures \result == pages_in{Pre}(regions, count, 0, PFN_END, from, from); */
static uint64_t change_kind(struct memmap_region *regions, size_t count, enum memmap_kind from,
                            enum memmap_kind to)
{
    uint64_t pages = 0;

    /*@ loop invariant 0 <= i <= count;
        loop invariant changed{Pre,Here}(regions, 0, i, 0, PFN_END, from, from, to);
        loop invariant same{Pre,Here}(regions, i, count);
        loop invariant pages == pages_in{Pre}(regions, i, 0, PFN_END, from, from);
        loop invariant i > 0 ==> pages <= \at(regions[\at(i, Here) - 1].end_pfn, Pre);
        loop invariant i == 0 ==> pages == 0;
        loop assigns i, pages, regions[0 .. count - 1];
        loop variant count - i; */
    for (size_t i = 0; i < count; i++) {
        /*@ assert overlap(regions[i].first_pfn, regions[i].end_pfn, 0, PFN_END) ==
            regions[i].end_pfn - regions[i].first_pfn; */
        pages += change_region(&regions[i], from, to);
        //@ assert same{LoopCurrent,Here}(regions, 0, i);
        //@ assert same{LoopCurrent,Here}(regions, i + 1, count);
        //@ assert changed{Pre,Here}(regions, i, i + 1, 0, PFN_END, from, from, to);
    }
    return pages;
}

/* Changes a kind in the whole map, merges; how many pages. */
/*@ requires map_writable(map) && to < MEMMAP_KIND_COUNT;
    requires sound(map->regions, map->count) && sorted(map->regions, map->count);
    assigns map->count, map->regions[0 .. map->count - 1];
    ensures map_writable(map) && sound(map->regions, map->count) &&
        sorted(map->regions, map->count) && merged(map->regions, map->count);
    ensures map_changed{Pre,Here}(map, 0, PFN_END, from, from, to);
    ensures \result == pages_in{Pre}(map->regions, \old(map->count), 0, PFN_END, from, from); */
static uint64_t release_kind(struct memmap *map, enum memmap_kind from, enum memmap_kind to)
{
    uint64_t pages = change_kind(map->regions, map->count, from, to);

    //@ assert is_seam{Pre}(map->regions, map->count, 0);
    //@ assert is_seam{Pre}(map->regions, map->count, PFN_END);
    /*@ assert \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_after(kind_at{Pre}(map->regions, map->count, p), p, 0, PFN_END, from, from, to); */
    /*@ assert \forall integer p; attributes_at(map->regions, map->count, p) ==
        attributes_at{Pre}(map->regions, map->count, p); */
    memmap_merge_neighbours(map);
    return pages;
}

/*@ requires map_writable(map) && map_ordered(map) && \valid(ret_pages);
    requires \separated(ret_pages, map, map->regions + (0 .. map->capacity - 1));
    assigns map->count, map->regions[0 .. map->capacity - 1], *ret_pages;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_RANGE ||
        \result == MEMMAP_WRONG_KIND || \result == MEMMAP_NO_ROOM;
    ensures \result == MEMMAP_WRONG_KIND <==> !releasable(from);
    ensures \result == MEMMAP_BAD_RANGE <==> releasable(from) && to >= MEMMAP_KIND_COUNT;
    ensures \result != MEMMAP_OK ==>
        map_unchanged{Pre,Here}(map) && *ret_pages == \old(*ret_pages);
    ensures map_writable(map) && map_ordered(map);
    ensures \result == MEMMAP_OK ==> merged(map->regions, map->count);
    ensures \result == MEMMAP_OK ==> map_released{Pre,Here}(map, 0, PFN_END, from, from, to);
    ensures \result == MEMMAP_OK ==> *ret_pages == pages_in{Pre}(map->regions,
        \old(map->count), to == MEMMAP_USABLE ? 1 : 0, PFN_END, from, from); */
enum memmap_status memmap_release_all(struct memmap *map, enum memmap_kind from,
                                      enum memmap_kind to, uint64_t *ret_pages)
{
    uint64_t pages;
    bool kept;

    if (!may_be_released(from))
        return MEMMAP_WRONG_KIND;
    if ((unsigned)to >= MEMMAP_KIND_COUNT)
        return MEMMAP_BAD_RANGE;
    kept = reserve_page_0(map, from, to);
    //@ assert map_writable(map) && map_ordered(map);
    if (!kept)
        return MEMMAP_NO_ROOM;
    pages = release_kind(map, from, to);
    //@ assert map_released{Pre,Here}(map, 0, PFN_END, from, from, to);
    //@ assert map->capacity == \at(map->capacity, Pre);
    //@ assert map->count <= \at(map->capacity, Pre);
    //@ ghost Released: ;
    *ret_pages = pages;
    //@ assert map->count == \at(map->count, Released);
    //@ assert same{Released,Here}(map->regions, 0, map->count);
    //@ assert sound(map->regions, map->count) && sorted(map->regions, map->count);
    //@ assert map->capacity == \at(map->capacity, Pre);
    //@ assert map_writable(map);
    //@ assert map_ordered(map);
    return MEMMAP_OK;
}
