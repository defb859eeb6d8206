/* SPDX-License-Identifier: MIT */
/* Which parts of a mapped file nobody has written yet: a reader's `absent` (common/watch). */
#ifndef MEMWATCH_HOLES_H
#define MEMWATCH_HOLES_H

#include <stdbool.h>
#include <stdint.h>

struct holes {
    const uint8_t *mapped; /* all of the file */
    uint64_t size_bytes;   /* whole pages */
    int file;              /* open; -1: nothing is asked */
};

/*
 * Opens the file for asking. Only where a hole is known to be zeros that nobody has written, whatever
 * has been mapped and not yet stored: tmpfs and local disks. Else file is -1.
 */
struct holes holes_open(const char *path, const void *mapped, uint64_t size_bytes);

/* The first hole at or behind `offset`; empty where it is to be asked again at its end; false: none. */
bool holes_next(const struct holes *holes, uint64_t offset, uint64_t *ret_first, uint64_t *ret_end);

#endif
