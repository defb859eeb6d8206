/* SPDX-License-Identifier: MIT */
/*
 * An adaptive merge sort of positions; see place.h. Merges are most of the cost of an unsorted
 * map, and a wrongly predicted branch most of the cost of a merge: so none depends on a key.
 */
#include "memmap/place.h"

#include <stdbool.h>

enum { BLOCK = 4 }; /* what insertion does as fast as merging would; measured */

/*@ // More than fit into memory: an index and two widths never wrap.
    logic integer PLACES_MAX = 0xfffffffffffffff;
    predicate places_apart{L}(struct place *from, struct place *to, integer count) =
        \valid_read(from + (0 .. count - 1)) && \valid(to + (0 .. count - 1)) &&
        \separated(from + (0 .. count - 1), to + (0 .. count - 1)); */

/* Moves places[at] down to where it belongs in the sorted places before it; returns how far. */
/*@ requires low <= at && \valid(places + (low .. at));
    assigns places[low .. at];
    ensures \result <= at - low; */
static size_t place_insert(struct place *places, size_t low, size_t at)
{
    struct place place = places[at];
    size_t to = at;

    /*@ loop invariant low <= to <= at;
        loop assigns to, places[low + 1 .. at];
        loop variant to; */
    while (to > low && place.key < places[to - 1].key) {
        places[to] = places[to - 1];
        to--;
    }
    places[to] = place;
    return at - to;
}

/* Insertion sort while it is cheap: false where some place had to move far (then go on sorting). */
/*@ requires \valid(places + (0 .. count - 1));
    assigns places[0 .. count - 1]; */
static bool sort_nearly_sorted(struct place *places, size_t count)
{
    /*@ loop invariant 1 <= i && (count > 0 ==> i <= count);
        loop assigns i, places[0 .. count - 1];
        loop variant \max(0, count - i); */
    for (size_t i = 1; i < count; i++)
        if (place_insert(places, 0, i) > PLACE_NEAR)
            return false;
    return true;
}

/*@ requires low <= high <= PLACES_MAX && \valid(places + (low .. high - 1));
    assigns places[low .. high - 1]; */
static void sort_block(struct place *places, size_t low, size_t high)
{
    /*@ loop invariant low + 1 <= i && (low < high ==> i <= high);
        loop assigns i, places[low .. high - 1];
        loop variant \max(0, high - i); */
    for (size_t i = low + 1; i < high; i++)
        (void)place_insert(places, low, i);
}

/* b where take is 1, a where it is 0: a mask, because a compiler may make a branch of `?:`. */
/*@ requires take <= 1;
    assigns \nothing;
    ensures \result == (take == 0 ? a : b); */
static inline size_t select(size_t take, size_t a, size_t b)
{
    return a + ((b - a) & (0 - take));
}

/* Merges from[low, middle) and from[middle, high) into to[low, high); of equals the left first. */
/*@ requires low <= middle <= high && places_apart(from, to, high);
    assigns to[low .. high - 1]; */
static void merge_any(const struct place *from, struct place *to, size_t low, size_t middle,
                      size_t high)
{
    size_t left = low;
    size_t right = middle;
    size_t out = low;

    /*@ loop invariant low <= left <= middle <= right <= high && out == left + (right - middle);
        loop assigns left, right, out, to[low .. high - 1];
        loop variant high - out; */
    while (left < middle && right < high) {
        size_t take_right = from[right].key < from[left].key;
        to[out++] = from[select(take_right, left, right)];
        right += take_right;
        left += 1 - take_right;
    }
    /*@ loop invariant low <= left <= middle <= right <= high && out == left + (right - middle);
        loop assigns left, out, to[low .. high - 1];
        loop variant middle - left; */
    while (left < middle)
        to[out++] = from[left++];
    /*@ loop invariant left == middle && middle <= right <= high && out == left + (right - middle);
        loop assigns right, out, to[low .. high - 1];
        loop variant high - right; */
    while (right < high)
        to[out++] = from[right++];
}

/*
 * The same for two runs of `width`: the lower half of the result from their heads, the upper one
 * from their tails. Neither run can be used up early, and the two chains of loads run side by side.
 */
/*@ requires width > 0 && low + 2 * width <= PLACES_MAX && places_apart(from, to, low + 2 * width);
    assigns to[low .. low + 2 * width - 1]; */
static void merge_twins(const struct place *from, struct place *to, size_t low, size_t width)
{
    size_t left = low;
    size_t right = low + width;
    size_t left_last = right - 1;
    size_t right_last = right + width - 1;

    /*@ loop invariant 0 <= i <= width && low <= left && low + width <= right;
        loop invariant left - low + (right - (low + width)) == i;
        loop invariant i < width ==> left_last <= low + width - 1 &&
            right_last <= low + 2 * width - 1;
        loop invariant i < width ==>
            (low + width - 1 - left_last) + (low + 2 * width - 1 - right_last) == i;
        loop assigns i, left, right, left_last, right_last, to[low .. low + 2 * width - 1];
        loop variant width - i; */
    for (size_t i = 0; i < width; i++) {
        //@ assert low <= left_last && low + width <= right_last;
        size_t take_right = from[right].key < from[left].key;
        size_t take_left_last = from[right_last].key < from[left_last].key;
        size_t last_out = low + 2 * width - 1 - i;
        size_t from_last;
        //@ assert last_out == low + 2 * width - 1 - i;
        to[low + i] = from[select(take_right, left, right)];
        from_last = select(take_left_last, right_last, left_last);
        //@ assert low <= from_last < low + 2 * width && low <= last_out < low + 2 * width;
        to[last_out] = from[from_last];
        right += take_right;
        left += 1 - take_right;
        left_last -= take_left_last;
        right_last -= 1 - take_left_last;
    }
}

/*@ assigns \nothing;
    ensures \result == \min(a, b); */
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One pass: pairs of sorted runs of `width` (the last ones may be shorter) become one in `to`. */
/*@ requires 0 < width < count <= PLACES_MAX && places_apart(from, to, count);
    assigns to[0 .. count - 1]; */
static void merge_pass(const struct place *from, struct place *to, size_t count, size_t width)
{
    /*@ loop invariant 0 <= low <= count + 2 * width;
        loop assigns low, to[0 .. count - 1];
        loop variant \max(0, count - low); */
    for (size_t low = 0; low < count; low += 2 * width) {
        size_t middle = least(low + width, count);
        size_t high = least(middle + width, count);
        if (high - middle == width)
            merge_twins(from, to, low, width);
        else
            merge_any(from, to, low, middle, high);
    }
}

/*@ requires count <= PLACES_MAX && \valid(places + (0 .. count - 1)) &&
        \valid(spare + (0 .. count - 1));
    requires \separated(places + (0 .. count - 1), spare + (0 .. count - 1));
    assigns places[0 .. count - 1], spare[0 .. count - 1];
    assigns \result \from places, spare, places[0 .. count - 1], count;
    ensures \result == places || \result == spare; */
struct place *memmap_places_sort(struct place *places, struct place *spare, size_t count)
{
    struct place *from = places;
    struct place *to = spare;

    if (sort_nearly_sorted(places, count))
        return places;
    /*@ loop invariant 0 <= low <= count + BLOCK;
        loop assigns low, places[0 .. count - 1];
        loop variant \max(0, count - low); */
    for (size_t low = 0; low < count; low += BLOCK)
        sort_block(places, low, least(low + BLOCK, count));
    /*@ loop invariant 0 < width <= 2 * PLACES_MAX;
        loop invariant (from == places && to == spare) || (from == spare && to == places);
        loop assigns width, from, to, places[0 .. count - 1], spare[0 .. count - 1];
        loop variant \max(0, count - width); */
    for (size_t width = BLOCK; width < count; width *= 2) {
        struct place *swap = from;
        merge_pass(from, to, count, width);
        from = to;
        to = swap;
    }
    return from;
}
