/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes later. What frames_init did not set bookkeeping aside for gets nodes in the
 * caller's memory: one for each run of blocks that no span has, and one for the region's record
 * where the table is full.
 *
 *   | node | lines | groups | rows || node | ...      each on a 64-byte bound
 */
#include "frames/tree.h"

#define BLOCK_4G (FRAMES_4G_END >> BLOCK_SHIFT)

static uint64_t round_up_64(uint64_t size_bytes)
{
    return (size_bytes + 63) & ~UINT64_C(63);
}

/* The lowest run of blocks of [*first, end) that no span has; it does not cross 4 GiB. */
MUST_USE static bool next_missing(const struct frames *frames, uint64_t *first, uint64_t end,
                                  uint64_t *ret_end)
{
    const struct frames_span *span;

    while (*first < end && (span = frames_find_span(frames, *first)) != NULL)
        *first = span->end_block;
    if (*first >= end)
        return false;
    if (*first < BLOCK_4G)
        end = min_u64(end, BLOCK_4G);
    for (span = frames_next_span(frames, NULL); span != NULL;
         span = frames_next_span(frames, span)) {
        if (span->first_block > *first)
            end = min_u64(end, span->first_block);
    }
    *ret_end = end;
    return true;
}

static uint64_t node_bytes(uint64_t first_block, uint64_t end_block)
{
    uint64_t size_bytes = round_up_64(sizeof(struct frames_later));

    if (first_block == end_block)
        return size_bytes;
    return size_bytes + (end_block - first_block) * sizeof(struct frames_line) +
           round_up_64(span_units(first_block, end_block, GROUP_SHIFT - BLOCK_SHIFT) *
                       sizeof(struct frames_group)) +
           round_up_64(span_units(first_block, end_block, GIANT_SHIFT + ROW_SHIFT - BLOCK_SHIFT) *
                       sizeof(struct frames_row));
}

static bool table_is_full(const struct frames *frames)
{
    return word_load(&frames->region_count) == frames->region_capacity;
}

uint64_t frames_add_size(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t first = max_u64(first_pfn, 1) >> BLOCK_SHIFT;
    uint64_t size_bytes = 0;
    uint64_t end;

    if (first_pfn >= end_pfn || end_pfn > PFN_END)
        return 0;
    for (; next_missing(frames, &first, ((end_pfn - 1) >> BLOCK_SHIFT) + 1, &end); first = end)
        size_bytes += node_bytes(first, end);
    if (size_bytes == 0 && table_is_full(frames))
        size_bytes = node_bytes(0, 0);
    return size_bytes;
}

/* A node at the end of the list: its span is visible, but nothing is free in it. */
static void append_node(struct frames *frames, const struct frames_later *node)
{
    struct frames_later *_Atomic *end = &frames->later;
    struct frames_later *later;

    while ((later = atomic_load_explicit(end, memory_order_relaxed)) != NULL)
        end = &later->next;
    atomic_store_explicit(end, (struct frames_later *)(uintptr_t)node, memory_order_release);
}

static void write_node(struct frames_later *node, uint64_t first_block, uint64_t end_block)
{
    uint8_t *memory = (uint8_t *)node + round_up_64(sizeof *node);
    uint8_t *groups, *rows;

    *node = (struct frames_later){.span = {.first_block = first_block, .end_block = end_block}};
    if (first_block == end_block)
        return;
    groups = memory + (end_block - first_block) * sizeof(struct frames_line);
    rows = groups + round_up_64(span_units(first_block, end_block, GROUP_SHIFT - BLOCK_SHIFT) *
                                sizeof(struct frames_group));
    span_place(&node->span, memory, groups, rows);
    span_clear_rows(&node->span);
}

/* All nodes that a range needs; the first carries its record where the table has no place. */
static void append_nodes(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                         unsigned flags, uint8_t *memory)
{
    uint64_t first = first_pfn >> BLOCK_SHIFT;
    uint64_t end = first;
    bool needs_record = table_is_full(frames);

    if (!needs_record)
        region_record(frames, first_pfn, end_pfn, flags);
    while (next_missing(frames, &first, ((end_pfn - 1) >> BLOCK_SHIFT) + 1, &end) || needs_record) {
        struct frames_later *node = (struct frames_later *)(void *)memory;
        if (end < first)
            end = first; /* nothing is missing but the record */
        write_node(node, first, end);
        memory += node_bytes(first, end);
        if (needs_record) {
            node->has_region = true;
            node->region.first_pfn = first_pfn;
            word_store(&node->region.end_pfn,
                       end_pfn | ((flags & FRAMES_UNACCEPTED) != 0 ? REGION_UNACCEPTED : 0));
            needs_record = false;
        }
        append_node(frames, node);
        first = end;
    }
}

/* Unaccepted memory: the first and the last block, where it covers them in part. */
MUST_USE static bool accept_edges(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t middle_first = (first_pfn + BLOCK_FRAMES - 1) & ~(BLOCK_FRAMES - 1);
    uint64_t middle_end = end_pfn & ~(BLOCK_FRAMES - 1);
    frames_accept_fn *accept = frames->accept;

    if (accept == NULL)
        return true;
    if (middle_first > middle_end)
        return accept(frames->accept_context, first_pfn, end_pfn - first_pfn);
    return (middle_first == first_pfn ||
            accept(frames->accept_context, first_pfn, middle_first - first_pfn)) &&
           (middle_end == end_pfn ||
            accept(frames->accept_context, middle_end, end_pfn - middle_end));
}

static enum frames_status add_range(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                    unsigned flags, void *memory, uint64_t memory_bytes)
{
    if (first_pfn >= end_pfn || end_pfn > PFN_END || (flags & ~FRAMES_UNACCEPTED) != 0 ||
        (uintptr_t)memory % 64 != 0)
        return FRAMES_BAD_REQUEST;
    first_pfn = max_u64(first_pfn, 1);
    if (first_pfn == end_pfn)
        return FRAMES_OK;
    if (region_overlaps(frames, first_pfn, end_pfn))
        return FRAMES_IN_USE;
    if (frames_add_size(frames, first_pfn, end_pfn) > (memory == NULL ? 0 : memory_bytes))
        return FRAMES_NO_ROOM;
    if ((flags & FRAMES_UNACCEPTED) != 0 && !accept_edges(frames, first_pfn, end_pfn))
        return FRAMES_REFUSED;
    append_nodes(frames, first_pfn, end_pfn, flags, memory);
    frames_populate(frames, first_pfn, end_pfn);
    return FRAMES_OK;
}

enum frames_status frames_add(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                              unsigned flags, void *memory, uint64_t memory_bytes)
{
    enum frames_status status =
        add_range(frames, first_pfn, end_pfn, flags, memory, memory_bytes);

    if (status == FRAMES_BAD_REQUEST)
        word_add(&frames->refused_count, 1);
    return status;
}
