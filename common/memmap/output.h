/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: the map that is being made grows at its end, and is in normal form at
 * any time. The contracts speak in the words of pages.h.
 */
#ifndef GROMA_MEMMAP_OUTPUT_H
#define GROMA_MEMMAP_OUTPUT_H

#include "memmap/cut.h"

/*@ predicate joins{L}(struct memmap_region *r, integer n, integer first, integer kind,
                       integer attributes) =
        n > 0 && r[n - 1].end_pfn == first && r[n - 1].kind == kind &&
        r[n - 1].attributes == attributes; */

/*@ // The regions so far, and `more` behind them, can be written; the map itself stands elsewhere.
    predicate map_open{L}(struct memmap *m, integer more) =
        \valid(m) && m->count + more <= m->capacity <= 0x7ffffffffffffff &&
        \valid(m->regions + (0 .. m->capacity - 1)) &&
        \separated(m, m->regions + (0 .. m->capacity - 1));
    // In B, n regions say `kind` of pages [first, end), and of others what m regions said in A.
    predicate put{A,B}(struct memmap_region *r, integer m, integer n, integer first, integer end,
                       integer kind) =
        \forall integer p; kind_at{B}(r, n, p) ==
            (first <= p && p < end ? kept_kind(p, kind) : kind_at{A}(r, m, p));
    predicate region_is{L}(struct memmap_region *r, integer i, integer first, integer end,
                           integer kind, integer attributes) =
        r[i].first_pfn == first && r[i].end_pfn == end && r[i].kind == kind &&
        r[i].attributes == attributes;
    // The last of n regions ends at pfn in B; nothing else differs.
    predicate grown{A,B}(struct memmap_region *r, integer n, integer pfn) =
        same{A,B}(r, 0, n - 1) &&
        region_is{B}(r, n - 1, \at(r[n - 1].first_pfn, A), pfn, \at(r[n - 1].kind, A),
                     \at(r[n - 1].attributes, A));
    // Region k, behind the first k ones, is new in B.
    predicate appended{A,B}(struct memmap_region *r, integer k, integer first, integer end,
                            integer kind, integer attributes) =
        same{A,B}(r, 0, k) && region_is{B}(r, k, first, end, kind, attributes); */

/*@ requires map_readable(map) && map->count > 0;
    assigns \result \from map->regions, map->count;
    ensures \result == map->regions + (map->count - 1); */
static inline struct memmap_region *last_region(const struct memmap *map)
{
    return &map->regions[map->count - 1];
}

/* Do pages of this kind and these attributes from `first_pfn` on belong to the last region? */
/*@ requires map_readable(map);
    assigns \nothing;
    ensures \result <==> joins(map->regions, map->count, first_pfn, kind, attributes); */
static inline bool goes_on(const struct memmap *map, uint64_t first_pfn, unsigned kind,
                           uint64_t attributes)
{
    return map->count > 0 && last_region(map)->end_pfn == first_pfn &&
           last_region(map)->kind == kind && last_region(map)->attributes == attributes;
}

/* Whatever a region grows by is another's, or lies beside where another ended: it is shared. */
/*@ requires map_open(map, 0) && map->count > 0;
    requires map->regions[map->count - 1].end_pfn < end_pfn <= PFN_END;
    requires made_to(map->regions, map->count, map->regions[map->count - 1].end_pfn);
    assigns map->regions[map->count - 1].end_pfn, map->regions[map->count - 1].flags;
    ensures made: made_to(map->regions, map->count, end_pfn);
    ensures put: put{Pre,Here}(map->regions, map->count, map->count,
                               \old(map->regions[map->count - 1].end_pfn), end_pfn,
                               \old(map->regions[map->count - 1].kind)); */
static inline void grow_last(struct memmap *map, uint64_t end_pfn, unsigned flags)
{
    last_region(map)->end_pfn = end_pfn;
    last_region(map)->flags = (uint8_t)(last_region(map)->flags | flags | MEMMAP_SHARED);
    //@ assert grown{Pre,Here}(map->regions, map->count, end_pfn);
}

/*@ requires at <= 0x7ffffffffffffff && \valid(regions + at);
    requires kind < MEMMAP_KIND_COUNT;
    assigns regions[at];
    ensures region_is(regions, at, first_pfn, end_pfn, kind, attributes);
    ensures same{Pre,Here}(regions, 0, at); */
static inline void store_region(struct memmap_region *regions, size_t at, uint64_t first_pfn,
                                uint64_t end_pfn, unsigned kind, uint64_t attributes,
                                uint32_t origin, unsigned flags)
{
    struct memmap_region *region = &regions[at];

    region->first_pfn = first_pfn;
    region->end_pfn = end_pfn;
    region->attributes = attributes;
    region->origin = origin;
    region->kind = (uint8_t)kind;
    region->flags = (uint8_t)flags;
    region->reserved = 0;
}

/*@ // A map of one region from page 0 on.
    predicate begins_at_0{L}(struct memmap *m) =
        m->count == 1 && m->regions[0].first_pfn == 0 && 0 < m->regions[0].end_pfn <= PFN_END; */

/* Page 0 is never usable: where the only region has it as such, it gives it up. */
/*@ requires map_open(map, 1) && begins_at_0(map);
    assigns map->count, map->regions[0 .. 1];
    ensures 1 <= map->count <= 2;
    ensures made: made_to(map->regions, map->count, \old(map->regions[0].end_pfn));
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        (0 <= p && p < \old(map->regions[0].end_pfn) ?
            kept_kind(p, \old(map->regions[0].kind)) : -1); */
static inline void cut_page_0(struct memmap *map)
{
    struct memmap_region *page_0 = map->regions;

    if (page_0->kind != MEMMAP_USABLE)
        return;
    if (page_0->end_pfn > 1) {
        memmap_copy_region(map->regions, 0, 1);
        map->regions[1].first_pfn = 1;
        map->count++;
    }
    page_0->end_pfn = 1;
    page_0->kind = MEMMAP_RESERVED;
    /*@ assert \forall integer p; kind_at(map->regions, 1, p) == (0 <= p && p < 1 ?
        MEMMAP_RESERVED : -1); */
}

/*@ requires map_open(map, first_pfn == 0 ? 2 : 1);
    requires made_to(map->regions, map->count, first_pfn);
    requires !joins(map->regions, map->count, first_pfn, kind, attributes);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    assigns map->count, map->regions[map->count .. map->capacity - 1];
    ensures \old(map->count) < map->count <= \old(map->count) + (first_pfn == 0 ? 2 : 1);
    ensures made: made_to(map->regions, map->count, end_pfn);
    ensures put: put{Pre,Here}(map->regions, \old(map->count), map->count, first_pfn, end_pfn,
                               kind); */
static inline void append_region(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                 unsigned kind, uint64_t attributes, uint32_t origin,
                                 unsigned flags)
{
    store_region(map->regions, map->count, first_pfn, end_pfn, kind, attributes, origin, flags);
    //@ ghost Stored: ;
    map->count++;
    //@ assert same{Stored,Here}(map->regions, 0, map->count);
    //@ assert same{Pre,Here}(map->regions, 0, map->count - 1);
    /*@ assert appended{Pre,Here}(map->regions, map->count - 1, first_pfn, end_pfn, kind,
                                  attributes); */
    //@ assert none: first_pfn == 0 ==> \at(map->count, Pre) == 0;
    /*@ assert put: \forall integer p; kind_at(map->regions, map->count, p) ==
        (first_pfn <= p && p < end_pfn ? kind :
            kind_at{Pre}(map->regions, \at(map->count, Pre), p)); */
    if (first_pfn == 0)
        cut_page_0(map);
}

/* Pages of one kind and origin: they widen the last region, if they go on there, or are one. */
/*@ requires map_open(map, first_pfn == 0 ? 2 : 1);
    requires made_to(map->regions, map->count, first_pfn);
    requires joined: goes <==> joins(map->regions, map->count, first_pfn, kind, attributes);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures count: \old(map->count) <= map->count <=
        \old(map->count) + (first_pfn == 0 ? 2 : 1) && map->count > 0;
    ensures made: made_to(map->regions, map->count, end_pfn);
    ensures put: put{Pre,Here}(map->regions, \old(map->count), map->count, first_pfn, end_pfn,
                               kind); */
static inline void put_known(struct memmap *map, bool goes, uint64_t first_pfn, uint64_t end_pfn,
                             unsigned kind, uint64_t attributes, uint32_t origin, unsigned flags)
{
    if (goes)
        grow_last(map, end_pfn, flags);
    else
        append_region(map, first_pfn, end_pfn, kind, attributes, origin, flags);
}

/* The same where nobody has asked yet whether they go on. */
/*@ requires map_open(map, first_pfn == 0 ? 2 : 1);
    requires made_to(map->regions, map->count, first_pfn);
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    assigns map->count, map->regions[0 .. map->capacity - 1];
    ensures count: \old(map->count) <= map->count <=
        \old(map->count) + (first_pfn == 0 ? 2 : 1) && map->count > 0;
    ensures made: made_to(map->regions, map->count, end_pfn);
    ensures put: put{Pre,Here}(map->regions, \old(map->count), map->count, first_pfn, end_pfn,
                               kind); */
static inline void put_pages(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                             unsigned kind, uint64_t attributes, uint32_t origin, unsigned flags)
{
    bool goes = goes_on(map, first_pfn, kind, attributes);

    put_known(map, goes, first_pfn, end_pfn, kind, attributes, origin, flags);
}

#endif
