/* SPDX-License-Identifier: MIT */
/* Find and reserve in one step; see allocate.h. */
#include "memmap/allocate.h"

#include "memmap/changes.h"

/* Does `kind` rank above each of these known kinds? */
/*@ assigns \nothing;
    ensures \result ==> \forall integer k; kind <= k < MEMMAP_KIND_COUNT ==>
        (kinds & (1 << k)) == 0;
    ensures !\result ==> \exists integer k; kind <= k < MEMMAP_KIND_COUNT &&
        (kinds & (1 << k)) != 0; */
static bool ranks_above(enum memmap_kind kind, uint32_t kinds)
{
    /*@ loop invariant kind <= k && (kind < MEMMAP_KIND_COUNT ==> k <= MEMMAP_KIND_COUNT);
        loop invariant \forall integer j; kind <= j < k ==> (kinds & (1 << j)) == 0;
        loop assigns k;
        loop variant \max(0, MEMMAP_KIND_COUNT - k); */
    for (unsigned k = (unsigned)kind; k < MEMMAP_KIND_COUNT; k++)
        if ((kinds & memmap_kind_bit((enum memmap_kind)k)) != 0)
            return false;
    return true;
}

/*@ requires map_writable(map) && map_ordered(map) && kinds_known(map);
    requires \valid_read(want) && \valid(ret_pfn);
    requires \separated(ret_pfn, map, map->regions + (0 .. map->capacity - 1));
    assigns map->count, map->regions[0 .. map->capacity - 1], *ret_pfn;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_RANGE ||
        \result == MEMMAP_NOT_FOUND || \result == MEMMAP_NO_ROOM;
    ensures \result == MEMMAP_NOT_FOUND ==>
        \forall integer p; !fits{Pre}(map, want, \old(map->count), p);
    ensures \result != MEMMAP_OK ==> map_unchanged{Pre,Here}(map) && *ret_pfn == \old(*ret_pfn);
    ensures map_writable(map) && map_ordered(map);
    ensures \result == MEMMAP_OK ==> *ret_pfn > 0;
    ensures \result == MEMMAP_OK ==> fits{Pre}(map, want, \old(map->count), *ret_pfn);
    ensures \result == MEMMAP_OK ==> map_changed{Pre,Here}(map, *ret_pfn,
        *ret_pfn + \old(want->page_count), 0, kind, kind); */
enum memmap_status memmap_allocate(struct memmap *map, const struct memmap_want *want,
                                   enum memmap_kind kind, uint32_t origin, uint64_t *ret_pfn)
{
    uint64_t pfn;
    uint64_t kept_pages; /* 0: every page of the run ranks below `kind` */
    enum memmap_status status;

    if ((unsigned)kind >= MEMMAP_KIND_COUNT || !ranks_above(kind, want->kinds))
        return MEMMAP_BAD_RANGE;
    status = memmap_find_run(map, want, &pfn);
    if (status != MEMMAP_OK)
        return status;
    status = memmap_reserve(map, pfn, pfn + want->page_count, kind, origin, &kept_pages);
    //@ assert map->capacity == \at(map->capacity, Pre) && map_writable(map) && map_ordered(map);
    if (status != MEMMAP_OK)
        return status;
    /*@ assert map_changed{Pre,Here}(map, pfn, pfn + \at(want->page_count, Pre), 0, kind, kind); */
    //@ ghost Reserved: ;
    *ret_pfn = pfn;
    //@ assert map->count == \at(map->count, Reserved);
    //@ assert map->capacity == \at(map->capacity, Pre);
    //@ assert same{Reserved,Here}(map->regions, 0, map->count);
    //@ assert sound(map->regions, map->count) && sorted(map->regions, map->count);
    //@ assert map_writable(map);
    //@ assert map_ordered(map);
    /*@ assert map_changed{Pre,Here}(map, pfn, pfn + \at(want->page_count, Pre), 0, kind, kind); */
    return MEMMAP_OK;
}
