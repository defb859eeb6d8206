/* SPDX-License-Identifier: MIT */
/*
 * A program that watches its own memory: a reader for common/watch that knows which pages were
 * written. Where the kernel has asynchronous write protection (userfaultfd, Linux 6.7 and later) and
 * PAGEMAP_SCAN, a diff looks at those pages alone; otherwise everything is compared with snapshots.
 * Soft-dirty bits are never used: kernels exist where clearing them succeeds and does nothing.
 */
#ifndef MEMWATCH_SELF_H
#define MEMWATCH_SELF_H

#include "watch/watch.h"

struct watch_self {
    uint8_t *memory;
    size_t size_bytes; /* whole pages */
    int fault_file;    /* userfaultfd, or -1: snapshots */
    int map_file;      /* /proc/self/pagemap, or -1 */
    const char *why;   /* what is used, for people */
};

/*
 * Opens [memory, memory + size), page aligned, anonymous and private. Never fails: `why` says which
 * of the two ways it is. The reader's context is `self`, which must stay where it is.
 */
struct watch_reader watch_self_open(struct watch_self *self, void *memory, size_t size_bytes);

/*
 * Forgets what was written so far. Call it before the snapshot; then each watch_diff without refresh
 * tells all since then. False where the kernel refuses; the reader compares everything from then on.
 */
bool watch_self_arm(struct watch_self *self, struct watch_region *region);

void watch_self_close(struct watch_self *self);

#endif
