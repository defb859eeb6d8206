/* SPDX-License-Identifier: MIT */
/*
 * An adaptive merge sort of positions; see place.h. Merges are most of the cost of an unsorted
 * map, and a wrongly predicted branch most of the cost of a merge: so none depends on a key.
 */
#include "memmap/place.h"

#include <stdbool.h>

enum { BLOCK = 4 }; /* what insertion does as fast as merging would; measured */

/* Moves places[at] down to where it belongs in the sorted places before it; returns how far. */
static size_t place_insert(struct place *places, size_t low, size_t at)
{
    struct place place = places[at];
    size_t to = at;

    while (to > low && place.key < places[to - 1].key) {
        places[to] = places[to - 1];
        to--;
    }
    places[to] = place;
    return at - to;
}

/* Insertion sort while it is cheap: false where some place had to move far (then go on sorting). */
static bool sort_nearly_sorted(struct place *places, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (place_insert(places, 0, i) > PLACE_NEAR)
            return false;
    return true;
}

static void sort_block(struct place *places, size_t low, size_t high)
{
    for (size_t i = low + 1; i < high; i++)
        (void)place_insert(places, low, i);
}

/* b where take is 1, a where it is 0: a mask, because a compiler may make a branch of `?:`. */
static inline size_t select(size_t take, size_t a, size_t b)
{
    return a + ((b - a) & (0 - take));
}

/* Merges from[low, middle) and from[middle, high) into to[low, high); of equals the left first. */
static void merge_any(const struct place *from, struct place *to, size_t low, size_t middle,
                      size_t high)
{
    size_t left = low;
    size_t right = middle;
    size_t out = low;

    while (left < middle && right < high) {
        size_t take_right = from[right].key < from[left].key;
        to[out++] = from[select(take_right, left, right)];
        right += take_right;
        left += 1 - take_right;
    }
    while (left < middle)
        to[out++] = from[left++];
    while (right < high)
        to[out++] = from[right++];
}

/*
 * The same for two runs of `width`: the lower half of the result from their heads, the upper one
 * from their tails. Neither run can be used up early, and the two chains of loads run side by side.
 */
static void merge_twins(const struct place *from, struct place *to, size_t low, size_t width)
{
    size_t left = low;
    size_t right = low + width;
    size_t left_last = right - 1;
    size_t right_last = right + width - 1;

    for (size_t i = 0; i < width; i++) {
        size_t take_right = from[right].key < from[left].key;
        size_t take_left_last = from[right_last].key < from[left_last].key;
        to[low + i] = from[select(take_right, left, right)];
        to[low + 2 * width - 1 - i] = from[select(take_left_last, right_last, left_last)];
        right += take_right;
        left += 1 - take_right;
        left_last -= take_left_last;
        right_last -= 1 - take_left_last;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One pass: pairs of sorted runs of `width` (the last ones may be shorter) become one in `to`. */
static void merge_pass(const struct place *from, struct place *to, size_t count, size_t width)
{
    for (size_t low = 0; low < count; low += 2 * width) {
        size_t middle = least(low + width, count);
        size_t high = least(middle + width, count);
        if (high - middle == width)
            merge_twins(from, to, low, width);
        else
            merge_any(from, to, low, middle, high);
    }
}

struct place *memmap_places_sort(struct place *places, struct place *spare, size_t count)
{
    struct place *from = places;
    struct place *to = spare;

    if (sort_nearly_sorted(places, count))
        return places;
    for (size_t low = 0; low < count; low += BLOCK)
        sort_block(places, low, least(low + BLOCK, count));
    for (size_t width = BLOCK; width < count; width *= 2) {
        struct place *swap = from;
        merge_pass(from, to, count, width);
        from = to;
        to = swap;
    }
    return from;
}
