/* SPDX-License-Identifier: MIT */
#include "bootinfo/bootinfo.h"
#include "frames/frames.h"

extern struct frames frames;
extern struct frames_cache cache;

/* False: there is no usable memory. After it, frames_alloc_order(&frames, &cache, ...) and so on. */
bool memory_start(const struct bootinfo *info);
