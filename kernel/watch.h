/* SPDX-License-Identifier: MIT */
/*
 * What the firmware keeps, watched: the loader hashed it before and after the exit, the kernel does
 * so at entry and at its end. A change is no fault: it is told, with the descriptor that the
 * firmware gave for the page, and with who it was as far as the page tables know.
 */
#ifndef GROMA_KERNEL_WATCH_H
#define GROMA_KERNEL_WATCH_H

#include "kernel.h"

/*
 * Where the loader watched: hashes all watched pages; prints `groma: watch stage=exit ...` for each
 * run of pages that changed between the loader's two moments, `stage=entry` for those that changed
 * since, and `groma: watched ...` for each stage. Call once memory is open.
 */
void watch_entry(struct kernel *kernel);

/* The same from watch_entry on: `stage=end`. */
void watch_end(struct kernel *kernel);

#endif
