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

/*@ // Places are counted by box: keys [p, q], index i and what w (negative: any).
    logic integer in_box{L}(struct place *a, integer p, integer q, integer i, integer w) =
        p <= a->key <= q && (i < 0 || a->index == i) && (w < 0 || a->what == w) ? 1 : 0;
    logic integer placed{L}(struct place *a, integer low, integer high,
                            integer p, integer q, integer i, integer w) =
        high <= low ? 0 :
            placed(a, low, high - 1, p, q, i, w) + in_box(a + (high - 1), p, q, i, w);
    // Each box holds as many of a as of b: the same places in any order.
    predicate places_permuted{A,B}(struct place *a, struct place *b, integer low, integer high) =
        \forall integer p, q, i, w;
            placed{A}(a, low, high, p, q, i, w) == placed{B}(b, low, high, p, q, i, w);
    predicate places_in_order{L}(struct place *a, integer low, integer high) =
        \forall integer k; low < k < high ==> a[k - 1].key <= a[k].key; */

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
