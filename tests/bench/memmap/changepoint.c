/* SPDX-License-Identifier: MIT */
/* The base line; see changepoint.h. Written from the idea, with care for its speed. */
#include "changepoint.h"

#include "base/address.h"
#include "base/bytes.h"
#include "memmap/memmap.h"

enum { NO_KIND = 255, TYPE_COUNT = 16 };

/* Kinds as the engine ranks them; that attribute words change a kind is not looked at. */
static const uint8_t kinds[TYPE_COUNT] = {
    [0] = MEMMAP_RESERVED,         [1] = MEMMAP_LOADER_RECLAIMABLE, [2] = MEMMAP_LOADER_RECLAIMABLE,
    [3] = MEMMAP_BOOT_RECLAIMABLE, [4] = MEMMAP_BOOT_RECLAIMABLE,   [5] = MEMMAP_RUNTIME_CODE,
    [6] = MEMMAP_RUNTIME_DATA,     [7] = MEMMAP_USABLE,             [8] = MEMMAP_BAD,
    [9] = MEMMAP_ACPI_RECLAIMABLE, [10] = MEMMAP_ACPI_NVS,          [11] = MEMMAP_MMIO,
    [12] = MEMMAP_MMIO,            [13] = MEMMAP_RESERVED,          [14] = MEMMAP_PERSISTENT,
    [15] = MEMMAP_UNACCEPTED,
};

static void read_entries(const struct changepoint_buffers *buffers, const uint8_t *bytes,
                         uint32_t count, uint32_t stride_bytes)
{
    for (uint32_t i = 0; i < count; i++, bytes += stride_bytes) {
        struct changepoint_range *entry = &buffers->entries[i];
        uint32_t type = load_le32(bytes);
        entry->first_pfn = load_le64(bytes + 8) / PAGE_BYTES;
        entry->end_pfn = entry->first_pfn + load_le64(bytes + 24);
        entry->kind = type < TYPE_COUNT ? kinds[type] : MEMMAP_RESERVED;
        buffers->points[2 * i] = (struct changepoint_point){entry->first_pfn, entry};
        buffers->points[2 * i + 1] = (struct changepoint_point){entry->end_pfn, entry};
        buffers->sorted[2 * i] = &buffers->points[2 * i];
        buffers->sorted[2 * i + 1] = &buffers->points[2 * i + 1];
    }
}

static void sift_down(struct changepoint_point **heap, size_t root, size_t count)
{
    struct changepoint_point *sunk = heap[root];
    size_t child;

    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count && heap[child + 1]->pfn > heap[child]->pfn)
            child++;
        if (heap[child]->pfn <= sunk->pfn)
            break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = sunk;
}

static void heapsort_points(struct changepoint_point **points, size_t count)
{
    for (size_t root = count / 2; root > 0; root--)
        sift_down(points, root - 1, count);
    for (size_t end = count; end > 1; end--) {
        struct changepoint_point *highest = points[0];
        points[0] = points[end - 1];
        points[end - 1] = highest;
        sift_down(points, 0, end - 1);
    }
}

/* An entry enters the list at its first point and leaves it at its second. */
static size_t update_active(const struct changepoint_range **active, size_t active_count,
                            const struct changepoint_point *point)
{
    if (point->pfn == point->range->first_pfn) {
        active[active_count] = point->range;
        return active_count + 1;
    }
    for (size_t i = 0; i < active_count; i++) {
        if (active[i] == point->range) {
            active[i] = active[active_count - 1];
            return active_count - 1;
        }
    }
    return active_count;
}

static uint32_t highest_kind(const struct changepoint_range *const *active, size_t active_count)
{
    uint32_t kind = NO_KIND;

    for (size_t i = 0; i < active_count; i++) {
        if (kind == NO_KIND || active[i]->kind > kind)
            kind = active[i]->kind;
    }
    return kind;
}

static size_t append(struct changepoint_range *output, size_t count, struct changepoint_range range)
{
    if (range.kind == NO_KIND || range.first_pfn == range.end_pfn)
        return count;
    if (count > 0 && output[count - 1].end_pfn == range.first_pfn &&
        output[count - 1].kind == range.kind) {
        output[count - 1].end_pfn = range.end_pfn;
        return count;
    }
    output[count] = range;
    return count + 1;
}

size_t changepoint_normalize(const struct changepoint_buffers *buffers, const uint8_t *bytes,
                             uint32_t count, uint32_t stride_bytes)
{
    struct changepoint_range open = {0, 0, NO_KIND};
    size_t point_count = 2 * (size_t)count;
    size_t active_count = 0;
    size_t output_count = 0;

    read_entries(buffers, bytes, count, stride_bytes);
    heapsort_points(buffers->sorted, point_count);
    for (size_t i = 0; i < point_count; i++) {
        const struct changepoint_point *point = buffers->sorted[i];
        uint32_t kind;
        active_count = update_active(buffers->active, active_count, point);
        kind = highest_kind(buffers->active, active_count);
        if (kind == open.kind)
            continue;
        open.end_pfn = point->pfn;
        output_count = append(buffers->output, output_count, open);
        open = (struct changepoint_range){point->pfn, point->pfn, kind};
    }
    return output_count;
}
