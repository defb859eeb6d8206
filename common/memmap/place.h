/* SPDX-License-Identifier: MIT */
/* Private to the engine: positions in the address space, and their sort. */
#ifndef GROMA_MEMMAP_PLACE_H
#define GROMA_MEMMAP_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

/* Where something begins or ends. */
struct place {
    uint64_t key;   /* what is sorted by */
    uint32_t index; /* the caller's, like `what` */
    uint32_t what;
};
STATIC_ASSERT(sizeof(struct place) == 16, "two words a place");

/* Where everything stands within so many places of where it belongs, the sort is linear. */
#define PLACE_NEAR 16u

/*
 * Sorts `count` places by key, stable; `spare` holds as many. Returns where the sorted ones stand:
 * `places` or `spare`. Insertion while nothing is far from its place, otherwise merges of two runs
 * from both ends at once, without a branch on the keys: O(n) where everything is near, O(n log n)
 * at worst.
 */
struct place *memmap_places_sort(struct place *places, struct place *spare, size_t count);

#endif
