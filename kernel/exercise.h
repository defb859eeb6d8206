/* SPDX-License-Identifier: MIT */
/*
 * Puts the frame allocator to the proof on the whole machine.
 *
 * Up to 4 GiB of usable memory every frame is handed out singly. Above, all of memory is handed
 * out in the largest orders that fit, given back, and then a million single frames spread over
 * all regions. A ledger of its own judges what comes; everything is given back, and the counts
 * must be what they were.
 */
#ifndef GROMA_KERNEL_EXERCISE_H
#define GROMA_KERNEL_EXERCISE_H

#include "kernel.h"

/* Prints E-FRAMES-NN for each fault, then `groma: frames ...`. */
void exercise_frames(struct kernel *kernel);

#endif
