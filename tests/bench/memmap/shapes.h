/* SPDX-License-Identifier: MIT */
/*
 * Seeded memory maps for the benchmark, as GetMemoryMap would answer: descriptors at a stride
 * of 48 bytes, with types and attribute words in about the mixture of real machines.
 *
 *   sorted       |--a--|-b-|  |c|--d--|    disjoint, in order; some holes; neighbours mostly differ
 *   late         the same; 3 in 100 entries (at least one) come some or many places too late
 *   shuffled     the same, in random order
 *   overlap4     random starts and lengths in random order: 4 entries cover a page on average
 *   overlapdeep  the same with n/8 entries
 *
 * Page 0 is never described: its special rule is not what is measured.
 */
#ifndef GROMA_BENCH_MEMMAP_SHAPES_H
#define GROMA_BENCH_MEMMAP_SHAPES_H

#include <stdint.h>

#define SHAPES_STRIDE_BYTES 48u

enum shape {
    SHAPE_SORTED,
    SHAPE_LATE,
    SHAPE_SHUFFLED,
    SHAPE_OVERLAP4,
    SHAPE_OVERLAPDEEP,
    SHAPE_COUNT,
};

/* "sorted", "late", ... */
const char *shape_name(enum shape shape);

/* Writes `count` descriptors. The same seed, shape and count make the same bytes everywhere. */
void shape_make(enum shape shape, uint32_t count, uint64_t seed, uint8_t *ret_bytes);

#endif
