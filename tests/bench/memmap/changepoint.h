/* SPDX-License-Identifier: MIT */
/*
 * The base line: the plain way to make a map disjoint. Every entry gives two change points; they
 * are sorted; at each the active entries are searched for the highest kind.
 * O(n log n + n * depth), in the caller's buffers, nothing but kinds.
 */
#ifndef GROMA_BENCH_MEMMAP_CHANGEPOINT_H
#define GROMA_BENCH_MEMMAP_CHANGEPOINT_H

#include <stddef.h>
#include <stdint.h>

struct changepoint_range {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint32_t kind;
};

struct changepoint_point {
    uint64_t pfn;
    const struct changepoint_range *range;
};

/* For n entries. */
struct changepoint_buffers {
    struct changepoint_range *entries;       /* n */
    struct changepoint_point *points;        /* 2n */
    struct changepoint_point **sorted;       /* 2n */
    const struct changepoint_range **active; /* n */
    struct changepoint_range *output;        /* 2n */
};

/* UEFI descriptors at a stride; returns the number of ranges in buffers->output. */
size_t changepoint_normalize(const struct changepoint_buffers *buffers, const uint8_t *bytes,
                             uint32_t count, uint32_t stride_bytes);

#endif
