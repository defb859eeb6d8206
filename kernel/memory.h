/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own copy of the map, the tables it makes before there is an allocator, and the
 * frame allocator over what is usable.
 *
 * Tables lie in a pool (common/pool) that grows over pages straight from the map, from the top of
 * the usable memory. They become kind `kernel` in the kernel's copy, so that the frame allocator,
 * built over the same copy, never sees them.
 */
#ifndef GROMA_KERNEL_MEMORY_H
#define GROMA_KERNEL_MEMORY_H

#include "kernel.h"

/* Makes kernel->early and, in it, kernel->map, with room to change. False: no memory (E-KMEM-01). */
MUST_USE bool memory_open(struct kernel *kernel);

/* A table of the kernel's: bytes that stay where they are until they are given back. */
struct table {
    void *bytes; /* 64-byte aligned */
    pool_handle_t handle;
};

/*
 * Takes size_bytes for the kernel; what they hold does not matter to anyone. False: no run of
 * memory is large enough, or there are too many tables (E-KMEM-01 was printed).
 */
MUST_USE bool memory_take(struct kernel *kernel, uint64_t size_bytes, const char *purpose,
                          struct table *ret_table);

/* Gives a table back, for the next one; the pages stay the kernel's. */
void memory_give_back(struct kernel *kernel, const struct table *table);

/* Checks kernel->early; prints `groma: tables ...` and, where it is spoilt, E-KMEM-03. */
void memory_check_tables(const struct kernel *kernel);

/*
 * Starts kernel->frames over kernel->map, with bookkeeping for the reclaim stages to come.
 * False: no memory, or the allocator refuses the map (E-KMEM-01, E-FRAMES-01 was printed).
 */
MUST_USE bool memory_start_frames(struct kernel *kernel);

/*
 * A reclaim stage: memory of this kind becomes usable and is added to kernel->frames; each
 * range gained is handed out and given back once. Prints `groma: reclaim stage=...`.
 */
void memory_reclaim(struct kernel *kernel, enum memmap_kind kind, const char *stage);

#endif
