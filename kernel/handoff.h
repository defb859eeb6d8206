/* SPDX-License-Identifier: MIT */
/*
 * The first step: is there a boot info block that may be believed?
 */
#ifndef GROMA_KERNEL_HANDOFF_H
#define GROMA_KERNEL_HANDOFF_H

#include "kernel.h"

/*
 * Checks the block and opens what it describes: options, screen, live tables. Prints
 * `groma: kernel state=up`. A block that is refused, or that is not mapped, ends the kernel
 * with the line E-BI-NN: its command line cannot be believed either, so the machine halts.
 */
void handoff_accept(struct kernel *kernel, const void *block, const struct entry_state *entry);

/* Prints when the phases of the loader ended, and when the kernel began. */
void handoff_show_times(const struct kernel *kernel);

#endif
