/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own copy of the map, the memory it takes before there is an allocator, and the
 * frame allocator over what is usable.
 *
 * What the kernel takes becomes kind `kernel` in its copy, from the top of the usable memory,
 * so that the frame allocator, built over the same copy, never sees it.
 */
#ifndef GROMA_KERNEL_MEMORY_H
#define GROMA_KERNEL_MEMORY_H

#include "kernel.h"

/* Makes kernel->map, with room to change. False: no memory (E-KMEM-01 was printed). */
MUST_USE bool memory_open(struct kernel *kernel);

/*
 * Takes at least size_bytes (not 0) of page-aligned memory for the kernel; its content does
 * not matter to anyone. NULL: no run is large enough (E-KMEM-01 was printed).
 */
void *memory_take(struct kernel *kernel, uint64_t size_bytes, const char *purpose);

/* Gives back what memory_take returned for the same size. */
void memory_give_back(struct kernel *kernel, void *memory, uint64_t size_bytes);

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
