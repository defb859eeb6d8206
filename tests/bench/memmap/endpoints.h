/* SPDX-License-Identifier: MIT */
/*
 * The floor for unsorted input: nothing but the sorting of 2n endpoints. Merge sort of plain
 * 64-bit keys, halves that are in order already left alone: O(n) where all is sorted.
 */
#ifndef GROMA_BENCH_MEMMAP_ENDPOINTS_H
#define GROMA_BENCH_MEMMAP_ENDPOINTS_H

#include <stddef.h>
#include <stdint.h>

/* Reads and sorts: 2 * count keys in `keys`; `spare` holds as many. Returns how many. */
size_t endpoints_sort(uint64_t *keys, uint64_t *spare, const uint8_t *bytes, uint32_t count,
                      uint32_t stride_bytes);

#endif
