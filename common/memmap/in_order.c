/* SPDX-License-Identifier: MIT */
/* The short way for entries that are in order already; see sweep.h. */
#include "memmap/output.h"
#include "memmap/sweep.h"

/*@ requires \valid(report);
    assigns report->stated.pages; */
static void sum_stated(struct memmap_report *report)
{
    /*@ loop invariant 0 <= kind <= MEMMAP_KIND_COUNT;
        loop assigns kind, report->stated.pages;
        loop variant MEMMAP_KIND_COUNT - kind; */
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        report->stated.pages += report->stated_pages[kind];
}

/* Puts out the pages [first_pfn, end_pfn) of an entry behind all others so far. */
/*@ requires \valid(report) && map_open(map, 2) && made_to(map->regions, map->count, first_pfn);
    requires \separated(map, report, map->regions + (0 .. map->capacity - 1));
    requires first_pfn < end_pfn <= PFN_END && kind < MEMMAP_KIND_COUNT;
    requires known: all_known(map->regions, map->count);
    assigns map->count, map->regions[0 .. map->capacity - 1],
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
    ensures count: \old(map->count) <= map->count <= (\old(map->count) == 0 ? 2 :
        \old(map->count) + 1);
    ensures made: map->count > 0 && made_to(map->regions, map->count, end_pfn);
    ensures known: all_known(map->regions, map->count); */
static inline void put_exact(struct memmap *map, struct memmap_report *report, uint64_t first_pfn,
                             uint64_t end_pfn, unsigned kind, uint64_t attributes, uint32_t index)
{
    //@ assert none: first_pfn == 0 ==> map->count == 0;
    report->stated_pages[kind] += end_pfn - first_pfn;
    //@ assert same: same{Pre,Here}(map->regions, 0, map->count);
    //@ assert made: made_to(map->regions, map->count, first_pfn);
    //@ assert known: all_known(map->regions, map->count);
    //@ assert before: \forall integer p; kind_at(map->regions, map->count, p) < MEMMAP_KIND_COUNT;
    put_pages(map, first_pfn, end_pfn, kind, attributes, index, 0);
    //@ assert pages: \forall integer p; kind_at(map->regions, map->count, p) < MEMMAP_KIND_COUNT;
    //@ assert firsts: firsts_known(map->regions, map->count);
}

/* Puts out an entry that is exact and begins at or behind `end_pfn`; its end, 0 where it is not. */
/*@ requires source_opened(source) && index < source->count && width_pfn <= PFN_END;
    requires \valid(report) && map_open(map, 2) && made_to(map->regions, map->count, end_pfn);
    requires \separated(source, map, report, map->regions + (0 .. map->capacity - 1));
    requires known: all_known(map->regions, map->count);
    assigns map->count, map->regions[0 .. map->capacity - 1],
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
    ensures count: \old(map->count) <= map->count <= (\old(map->count) == 0 ? 2 :
        \old(map->count) + 1);
    ensures made: \result != 0 ==> \result <= width_pfn && map->count > 0 &&
        made_to(map->regions, map->count, \result);
    ensures known: all_known(map->regions, map->count); */
static inline uint64_t put_entry(const struct memmap_source *source, uint32_t index,
                                 uint64_t width_pfn, uint64_t end_pfn, struct memmap *map,
                                 struct memmap_report *report)
{
    struct memmap_entry entry;
    uint64_t first_pfn;

    memmap_source_entry(source, index, &entry);
    first_pfn = entry.base_bytes / PAGE_BYTES;
    if (first_pfn < end_pfn || !entry_is_exact(&entry, width_pfn))
        return 0;
    //@ assert made: made_to(map->regions, map->count, \at(end_pfn, Pre));
    //@ assert known: all_known(map->regions, map->count);
    end_pfn = first_pfn + entry.page_count;
    put_exact(map, report, first_pfn, end_pfn, entry.kind, entry.attributes, index);
    return end_pfn;
}

/*@ requires input_readable(input) && \valid(report);
    requires \valid(map) && 2 * input->source.count + 1 <= map->capacity <= 0x7ffffffffffffff &&
        \valid(map->regions + (0 .. map->capacity - 1));
    requires \separated(input, map, report, map->regions + (0 .. map->capacity - 1));
    assigns map->count, map->regions[0 .. map->capacity - 1], report->stated.pages,
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
    ensures count: \result ==> map->count <= input->source.count + 1;
    ensures made: \result ==> made_to(map->regions, map->count, width_of(input));
    ensures known: \result ==> all_known(map->regions, map->count);
    ensures some: !\result ==> \old(input->source.count) > 0; */
bool memmap_sweep_in_order(const struct memmap_input *input, struct memmap *map,
                           struct memmap_report *report)
{
    const uint64_t width_pfn = width_pfn_of(input);
    const uint32_t count = input->source.count;
    uint64_t end_pfn = 0;

    map->count = 0;
    /*@ loop invariant 0 <= i <= count && (i == 0 ? map->count == 0 : 0 < map->count <= i + 1);
        loop invariant end_pfn <= width_pfn && made_to(map->regions, map->count, end_pfn);
        loop invariant known: all_known(map->regions, map->count);
        loop invariant source_opened(&input->source) && input->source.count == count;
        loop invariant map_open(map, 0) && map->capacity == \at(map->capacity, Pre);
        loop assigns i, end_pfn, map->count, map->regions[0 .. \at(map->capacity, Pre) - 1],
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        end_pfn = put_entry(&input->source, i, width_pfn, end_pfn, map, report);
        if (end_pfn == 0)
            return false;
    }
    //@ ghost Put: ;
    sum_stated(report);
    //@ assert same: same{Put,Here}(map->regions, 0, map->count);
    //@ assert made: made_to(map->regions, map->count, end_pfn);
    //@ assert wide: end_by(map->regions, map->count, width_pfn);
    return true;
}
