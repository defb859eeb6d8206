/* SPDX-License-Identifier: MIT */
/* The short way for entries that are in order already; see sweep.h. */
#include "memmap/output.h"
#include "memmap/said.h"
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
    ensures known: all_known(map->regions, map->count);
    ensures put: put{Pre,Here}(map->regions, \old(map->count), map->count, first_pfn, end_pfn,
                               kind); */
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

/*@ // In B, n regions say what m said in A, and of the pages of the entry at `at` what that says in
    // S; these lie behind page `pfn`, or begin there.
    predicate entry_put{S,A,B}(struct memmap_region *r, integer m, integer n, integer pfn,
                             uint8_t *at, integer format, integer wb, integer width) =
        \forall integer p; stated_rank{S}(at, format, wb, p, width) == -1
        ? kind_at{B}(r, n, p) == kind_at{A}(r, m, p)
        : pfn <= p && kind_at{B}(r, n, p) ==
            kept_kind(p, stated_rank{S}(at, format, wb, p, width));
    // In B, n regions say what i entries say in A.
    predicate says_entries{A,B}(struct memmap_region *r, integer n, uint8_t *b, integer stride,
                                integer format, integer wb, integer i, integer width) =
        \forall integer p; kind_at{B}(r, n, p) ==
            kept_kind(p, entries_rank{A}(b, stride, format, wb, i, p, width)); */

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
    ensures known: all_known(map->regions, map->count);
    ensures put: \result != 0 ==> entry_put{Pre,Pre,Here}(map->regions, \old(map->count),
        map->count, \old(end_pfn), \old(entry_at(source, index)), \old(source->format),
        \old(source->assume_wb), width_pfn); */
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
    /*@ assert says: \forall integer p; (first_pfn <= p && p < end_pfn ? entry.kind : -1) ==
        stated_rank{Pre}(\at(entry_at(source, index), Pre), \at(source->format, Pre),
                         \at(source->assume_wb, Pre), p, width_pfn); */
    //@ assert same: same{Pre,Here}(map->regions, 0, map->count);
    put_exact(map, report, first_pfn, end_pfn, entry.kind, entry.attributes, index);
    return end_pfn;
}

/*@ requires input_readable(input) && \valid(report);
    requires \valid(map) && 2 * input->source.count + 1 <= map->capacity <= 0x7ffffffffffffff &&
        \valid(map->regions + (0 .. map->capacity - 1));
    requires \separated(input, map, report, map->regions + (0 .. map->capacity - 1));
    requires \separated(input->source.bytes +
                        (0 .. input->source.count * input->source.stride_bytes - 1), map, report,
                        map->regions + (0 .. map->capacity - 1));
    assigns map->count, map->regions[0 .. map->capacity - 1], report->stated.pages,
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
    ensures count: \result ==> map->count <= input->source.count + 1;
    ensures made: \result ==> made_to(map->regions, map->count, width_of(input));
    ensures known: \result ==> all_known(map->regions, map->count);
    ensures kinds: \result ==> \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, source_rank{Pre}(&input->source, p, \old(width_of(input))));
    ensures some: !\result ==> \old(input->source.count) > 0; */
bool memmap_sweep_in_order(const struct memmap_input *input, struct memmap *map,
                           struct memmap_report *report)
{
    const uint64_t width_pfn = width_pfn_of(input);
    const uint32_t count = input->source.count;
    uint64_t end_pfn = 0;
    //@ ghost const uint8_t *bytes = input->source.bytes;
    //@ ghost uint32_t stride = input->source.stride_bytes;
    //@ ghost enum memmap_format format = input->source.format;
    //@ ghost uint64_t size = (uint64_t)count * stride;
    //@ assert size: size == count * stride;

    map->count = 0;
    /*@ loop invariant 0 <= i <= count && (i == 0 ? map->count == 0 : 0 < map->count <= i + 1);
        loop invariant end_pfn <= width_pfn && made_to(map->regions, map->count, end_pfn);
        loop invariant known: all_known(map->regions, map->count);
        loop invariant source_opened(&input->source) && input->source.count == count;
        loop invariant map_open(map, 0) && map->capacity == \at(map->capacity, Pre);
        loop invariant fields: input->source.bytes == bytes &&
            input->source.stride_bytes == stride && input->source.format == format &&
            input->source.assume_wb == \at(input->source.assume_wb, Pre) &&
            map->regions == \at(map->regions, Pre);
        loop invariant as: bytes_as{Pre,Here}(bytes, bytes, size);
        loop invariant says: says_entries{Pre,Here}(map->regions, map->count, bytes, stride,
            format, \at(input->source.assume_wb, Pre), i, width_pfn);
        loop assigns i, end_pfn, map->count, map->regions[0 .. \at(map->capacity, Pre) - 1],
            report->stated_pages[0 .. MEMMAP_KIND_COUNT - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        //@ ghost uint64_t before_pfn = end_pfn;
        //@ ghost size_t before = map->count;
        //@ ghost Before: ;
        //@ assert inside: entry_within(i, count, smallest_stride(format), stride);
        /*@ assert same: bytes_as{Pre,Before}(entry_of(bytes, stride, i),
            entry_of(bytes, stride, i), smallest_stride(format)); */
        end_pfn = put_entry(&input->source, i, width_pfn, end_pfn, map, report);
        if (end_pfn == 0)
            return false;
        //@ assert as: bytes_as{Before,Here}(bytes, bytes, size);
        /*@ assert put: entry_put{Before,Before,Here}(map->regions, before, map->count,
            before_pfn, entry_of(bytes, stride, i), format,
            \at(input->source.assume_wb, Pre), width_pfn); */
        /*@ assert put_before: entry_put{Pre,Before,Here}(map->regions, before, map->count,
            before_pfn, entry_of(bytes, stride, i), format,
            \at(input->source.assume_wb, Pre), width_pfn); */
        /*@ assert says: says_entries{Pre,Here}(map->regions, map->count, bytes, stride, format,
            \at(input->source.assume_wb, Pre), i + 1, width_pfn); */
    }
    //@ ghost Put: ;
    sum_stated(report);
    //@ assert same: same{Put,Here}(map->regions, 0, map->count);
    //@ assert made: made_to(map->regions, map->count, end_pfn);
    //@ assert wide: end_by(map->regions, map->count, width_pfn);
    /*@ assert says_all: says_entries{Pre,Here}(map->regions, map->count, bytes, stride, format,
        \at(input->source.assume_wb, Pre), count, width_pfn); */
    return true;
}
