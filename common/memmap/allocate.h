/* SPDX-License-Identifier: MIT */
/* Early allocation: memory out of a map, before there is an allocator. */
#ifndef GROMA_MEMMAP_ALLOCATE_H
#define GROMA_MEMMAP_ALLOCATE_H

#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

/*
 * Finds a run as memmap_find_run does (lowest or highest place, alignment, limits, never page
 * 0) and raises all of it to `kind` in the same step; *ret_pfn is its first page. What is
 * allocated is no longer of an acceptable kind, so no page is given twice; memmap_release
 * takes it back. At most two more regions. O(count).
 *
 * Errors, map and *ret_pfn unchanged:
 *   BAD_RANGE   page_count 0, an alignment that is no power of two, an unknown `kind`, or one
 *               that does not rank above every acceptable kind (it could not be raised to it)
 *   NOT_FOUND   no run fits
 *   NO_ROOM     one fits, but the array has no room for the cuts at its ends. Only the place
 *               that would be given is tried; it needs a cut at each end that splits a region,
 *               even where the run then merges with a neighbour
 */
MUST_USE enum memmap_status memmap_allocate(struct memmap *map, const struct memmap_want *want,
                                            enum memmap_kind kind, uint32_t origin,
                                            uint64_t *ret_pfn);

C_DECLARATIONS_END

#endif
