/* SPDX-License-Identifier: MIT */
/*
 * The base line: two-level segregated fit (Masmano et al., "TLSF: a New Dynamic Memory Allocator
 * for Real-Time Systems", ECRTS 2004), written for this comparison alone. Pointers, 8-byte
 * headers, nothing ever moves; both calls are O(1).
 */
#ifndef GROMA_BENCH_POOL_SEGREGATED_H
#define GROMA_BENCH_POOL_SEGREGATED_H

#include <stddef.h>
#include <stdint.h>

#define FIRST_LEVELS  32u
#define SECOND_LEVELS 16u

struct seg_block;

struct seg {
    uint32_t first_bits;
    uint32_t second_bits[FIRST_LEVELS];
    struct seg_block *heads[FIRST_LEVELS][SECOND_LEVELS];
};

/* The arena is 8-byte aligned. */
void seg_init(struct seg *seg, void *arena, size_t arena_bytes);

/* NULL where no block of a fitting class is free. */
void *seg_alloc(struct seg *seg, size_t size_bytes);
void seg_free(struct seg *seg, void *memory);

/* What an allocation takes, header included. */
size_t seg_footprint(size_t size_bytes);

#endif
