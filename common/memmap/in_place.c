/* SPDX-License-Identifier: MIT */
/*
 * Normalizing in one buffer; see normalize.h.
 *
 *   before   | entries as firmware gave them |            free              |
 *   after    | regions              | working memory | entries, moved here  |
 */
#include "base/mem.h"
#include "memmap/span.h"

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

enum memmap_status memmap_normalize_in_place(struct memmap_input *input, void *buffer,
                                             uint64_t buffer_bytes, struct memmap *ret_map,
                                             struct memmap_report *report)
{
    struct memmap_source *source = &input->source;
    uint64_t scratch_bytes = memmap_scratch_bytes(source->count, input->claim_count);
    enum memmap_status status = memmap_check_input(input);
    uint8_t *scratch, *entries;

    if (status != MEMMAP_OK)
        return status;
    if (buffer_bytes <
        memmap_in_place_bytes(source->count, input->claim_count, source->stride_bytes))
        return MEMMAP_NO_ROOM;
    scratch = (uint8_t *)buffer + regions_bytes(source->count, input->claim_count);
    entries = scratch + scratch_bytes;
    memmove(entries, source->bytes, (size_t)source->count * source->stride_bytes);
    source->bytes = entries;
    *ret_map = (struct memmap){
        .regions = buffer,
        .capacity = (size_t)memmap_max_regions(source->count, input->claim_count)};
    return memmap_normalize(input, scratch, scratch_bytes, ret_map, report);
}
