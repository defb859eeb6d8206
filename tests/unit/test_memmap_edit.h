/* SPDX-License-Identifier: MIT */
#ifndef GROMA_TEST_MEMMAP_EDIT_H
#define GROMA_TEST_MEMMAP_EDIT_H

#include "memmap/memmap.h"

/* Kinds that may be released, by number: reclaimable 1-3, unaccepted 4, claims 7-14. */
static const bool releasable[MEMMAP_KIND_COUNT + 1] = {
    [1] = true, [2] = true,  [3] = true,  [4] = true,  [7] = true,  [8] = true,
    [9] = true, [10] = true, [11] = true, [12] = true, [13] = true, [14] = true,
};

#endif
