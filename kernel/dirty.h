/* SPDX-License-Identifier: MIT */
/*
 * Who writes there? Any range of the kernel's address space, watched by the dirty bits of the live
 * tables: instant, no copy, but a leaf is one answer (4 KiB, or 2 MiB or 1 GiB of the direct
 * map), and only writes through that mapping count. With dirty_find as its reader's `dirty`, a
 * watch_region (watch/watch.h) compares bytes only where something was written.
 */
#ifndef GROMA_KERNEL_DIRTY_H
#define GROMA_KERNEL_DIRTY_H

#include "kernel.h"

/*
 * Forgets all writes to the range so far. One CPU; nobody may write there between this and the
 * snapshot or refresh that it goes with.
 */
void dirty_forget(const struct kernel *kernel, const void *first, uint64_t size_bytes);

/* Was a byte of the range written since? With the rest of the leaves at its ends. */
bool dirty_is_written(const struct kernel *kernel, const void *first, uint64_t size_bytes);

/* For struct watch_reader: context is the struct kernel, addresses are virtual, in the upper half. */
bool dirty_find(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end);

#endif
