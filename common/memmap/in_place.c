/* SPDX-License-Identifier: MIT */
/*
 * Normalizing in one buffer; see normalize.h.
 *
 *   before   | entries as firmware gave them |            free              |
 *   after    | regions              | working memory | entries, moved here  |
 */
#include "base/mem.h"
#include "memmap/said.h"

/*@ assigns \nothing;
    ensures \result == (2 * (entry_count + claim_count) + 1) * 32; */
static uint64_t regions_bytes(uint32_t entry_count, uint32_t claim_count)
{
    return memmap_max_regions(entry_count, claim_count) * sizeof(struct memmap_region);
}

/*@ assigns \nothing;
    ensures entry_count <= MEMMAP_MAX_ENTRIES ==> \result ==
        (2 * (entry_count + claim_count) + 1) * 32 + 128 * (entry_count + claim_count) +
        entry_count * stride_bytes; */
uint64_t memmap_in_place_bytes(uint32_t entry_count, uint32_t claim_count, uint32_t stride_bytes)
{
    return regions_bytes(entry_count, claim_count) +
           memmap_scratch_bytes(entry_count, claim_count) + (uint64_t)entry_count * stride_bytes;
}

/* Moves the entries; the two places may overlap. */
/*@ requires \valid(source) && source_opened(source);
    requires \valid(to + (0 .. source->count * source->stride_bytes - 1));
    requires \separated(source, to + (0 .. source->count * source->stride_bytes - 1));
    assigns source->bytes, to[0 .. source->count * source->stride_bytes - 1];
    ensures to: source->bytes == to;
    ensures opened: source_opened(source);
    ensures entries: source->count == \old(source->count);
    ensures stride: source->stride_bytes == \old(source->stride_bytes);
    ensures moved: \forall integer k; 0 <= k < \old(source->count * source->stride_bytes) ==>
        to[k] == \at(\at(source->bytes, Pre)[k], Pre);
    ensures as: bytes_as{Pre,Here}(\old(source->bytes), to,
                                   \old(source->count * source->stride_bytes));
    ensures format: source->format == \old(source->format);
    ensures wb: source->assume_wb == \old(source->assume_wb); */
static void move_entries(struct memmap_source *source, uint8_t *to)
{
    //@ assert size: 0 <= source->count * source->stride_bytes <= UINT64_MAX;
    memmove(to, source->bytes, (size_t)source->count * source->stride_bytes);
    source->bytes = to;
}

/*@ // Where the working memory begins, and where the entries stand afterwards.
    logic integer work_at{L}(struct memmap_input *in) = 32 * (2 * span_limit(in) + 1);
    logic integer entries_at{L}(struct memmap_input *in) = work_at(in) + 128 * span_limit(in);
    logic integer in_place_size{L}(struct memmap_input *in) =
        entries_at(in) + in->source.count * in->source.stride_bytes; */

/*@ requires \valid(input) && source_opened(&input->source);
    requires \valid_read(input->claims + (0 .. input->claim_count - 1));
    requires \valid(report) && \valid(ret_map);
    requires \valid((uint8_t *)buffer + (0 .. buffer_bytes - 1));
    requires \separated(input, ret_map, report, (uint8_t *)buffer + (0 .. buffer_bytes - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1), input, ret_map, report,
                        (uint8_t *)buffer + (0 .. buffer_bytes - 1));
    assigns input->source.bytes, *ret_map, *report;
    assigns ((uint8_t *)buffer)[entries_at(input) .. in_place_size(input) - 1];
    assigns ((struct memmap_region *)buffer)[0 .. 2 * span_limit(input)];
    assigns ((struct span *)((uint8_t *)buffer + work_at(input)))[0 .. span_limit(input) - 1];
    assigns ((struct span *)((uint8_t *)buffer + work_at(input) + 32 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)buffer + work_at(input) + 64 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)buffer + work_at(input) + 80 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((uint32_t *)((uint8_t *)buffer + work_at(input) + 96 * span_limit(input)))
        [0 .. span_limit(input)];
    assigns ((struct place *)((uint8_t *)buffer + work_at(input)))[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)buffer + work_at(input) + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    ensures count: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> ret_map->count <= 2 * \old(span_limit(input)) + 1;
    ensures made: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> made_to(ret_map->regions, ret_map->count, PFN_END);
    ensures known: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> all_known(ret_map->regions, ret_map->count);
    ensures kinds: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> \forall integer p;
        kind_at(ret_map->regions, ret_map->count, p) == kept_kind(p, input_rank{Pre}(input, p)); */
enum memmap_status memmap_normalize_in_place(struct memmap_input *input, void *buffer,
                                             uint64_t buffer_bytes, struct memmap *ret_map,
                                             struct memmap_report *report)
{
    struct memmap_source *source = &input->source;
    uint64_t scratch_bytes = memmap_scratch_bytes(source->count, input->claim_count);
    enum memmap_status status = memmap_check_input(input);
    uint8_t *scratch;
    //@ ghost const uint8_t *bytes = source->bytes;
    //@ ghost uint32_t count = source->count;
    //@ ghost uint32_t stride = source->stride_bytes;
    //@ ghost enum memmap_format format = source->format;

    //@ assert inside: entries_within(count, smallest_stride(format), stride);
    if (status != MEMMAP_OK)
        return status;
    if (buffer_bytes <
        memmap_in_place_bytes(source->count, input->claim_count, source->stride_bytes))
        return MEMMAP_NO_ROOM;
    //@ assert size: in_place_size(input) <= buffer_bytes;
    scratch = (uint8_t *)buffer + regions_bytes(source->count, input->claim_count);
    //@ assert work: scratch == (uint8_t *)buffer + work_at(input);
    //@ assert bytes: scratch_bytes == 128 * span_limit(input);
    //@ assert scratch: \valid(scratch + (0 .. scratch_bytes - 1));
    //@ assert entries: scratch + scratch_bytes == (uint8_t *)buffer + entries_at(input);
    move_entries(source, scratch + scratch_bytes);
    //@ assert limit: span_limit(input) == \at(span_limit(input), Pre);
    //@ assert places: places_of(input) == \at(places_of(input), Pre);
    *ret_map = (struct memmap){
        .regions = buffer,
        .capacity = (size_t)memmap_max_regions(source->count, input->claim_count)};
    //@ assert opened: source_opened(&input->source);
    //@ assert all: all_bytes_as{Pre,Here}(bytes, source->bytes, stride, count);
    //@ assert same: entries_as{Pre,Here}(bytes, source->bytes, stride, format, count);
    //@ assert claims: claims_stay{Pre,Here}(input->claims, input->claim_count);
    /*@ assert source: \forall integer p, width; source_rank(&input->source, p, width) ==
        source_rank{Pre}(&input->source, p, width); */
    /*@ assert claims_rank: \forall integer p;
        claims_rank(input->claims, input->claim_count, p) ==
        claims_rank{Pre}(\at(input->claims, Pre), \at(input->claim_count, Pre), p); */
    //@ assert width: width_of(input) == \at(width_of(input), Pre);
    //@ assert ranks: \forall integer p; input_rank(input, p) == input_rank{Pre}(input, p);
    return memmap_normalize(input, scratch, scratch_bytes, ret_map, report);
}
