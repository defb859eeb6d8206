/* SPDX-License-Identifier: MIT */
/*
 * What an allocator must offer to be measured by tests/bench/frames/harness.c. Another one is
 * linked in by another body of these functions; the harness does not change. Frames are numbered
 * from 0; the range managed begins at a 1 GiB bound. Orders are powers of two, aligned.
 */
#ifndef GROMA_BENCH_ADAPTER_H
#define GROMA_BENCH_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#define ADAPTER_NONE UINT64_MAX

struct adapter_cpu; /* what one thread brings along: a cache, or NULL */

/* "groma", "next-fit", ...; without blanks. */
const char *adapter_name(void);

/* Does adapter_cpu make a difference? */
bool adapter_has_cache(void);

/* Bytes of bookkeeping for this many frames. */
uint64_t adapter_metadata_bytes(uint64_t frame_count);

/* Makes frames [0, frame_count) free. `metadata` is page aligned and may hold anything. */
void adapter_init(void *metadata, uint64_t frame_count);

/* What thread 0, 1, ... passes to the calls below; NULL without a cache. */
struct adapter_cpu *adapter_cpu(unsigned thread, bool cached);

/* The first of 2^order frames, or ADAPTER_NONE; and back. */
uint64_t adapter_alloc(struct adapter_cpu *cpu, unsigned order);
void adapter_free(struct adapter_cpu *cpu, uint64_t frame, unsigned order);

/* Empties all caches; no thread is in a call. */
void adapter_drain(void);

/* Locked instructions of this thread's allocs, or frees, so far. Left out where nobody counts. */
__attribute__((weak)) uint64_t adapter_locked_count(bool of_frees);

/* How the free frames lie: the longest run, and how many aligned 2 MiB blocks are free. */
void adapter_free_shape(uint64_t *ret_largest_run, uint64_t *ret_free_blocks);

#endif
