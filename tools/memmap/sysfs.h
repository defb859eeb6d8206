/* SPDX-License-Identifier: MIT */
/* What memmap capture needs of sysfs's folders; see sysfs.c. */
#ifndef MEMMAP_SYSFS_H
#define MEMMAP_SYSFS_H

#include "input.h"

#define SYSFS_VALUE_BYTES 256u

/* The first line of a small file; false where it cannot be read. */
bool sysfs_read_value(const char *path, char value[SYSFS_VALUE_BYTES]);

/*
 * Entry `index` of a folder of the family SYSFS or EFI_RUNTIME; false where there is none. What is wrong
 * with it stands in ret_bad->reason, else NULL.
 */
bool sysfs_read_entry(const char *folder, enum family family, uint32_t index,
                      struct stated *ret_stated, struct unreadable *ret_bad);

#endif
