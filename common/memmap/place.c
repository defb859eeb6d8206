/* SPDX-License-Identifier: MIT */
/*
 * An adaptive merge sort of positions; see place.h. Merges are most of the cost of an unsorted
 * map, and a wrongly predicted branch most of the cost of a merge: so none depends on a key.
 */
#include "memmap/place.h"

#include <stdbool.h>

#include "memmap/merges.h"

enum { BLOCK = 4 }; /* what insertion does as fast as merging would; measured */

/* One store, and what it leaves alone. */
/*@ requires \valid(places + at);
    assigns places[at];
    ensures places[at].key == place.key && places[at].index == place.index &&
        places[at].what == place.what;
    ensures \forall integer k; k != at ==> places[k].key == \old(places[k].key) &&
        places[k].index == \old(places[k].index) && places[k].what == \old(places[k].what); */
static inline void place_store(struct place *places, size_t at, struct place place)
{
    places[at] = place;
}

/* Moves what stands above `key` in the sorted places [low, at) one up; returns the gap. */
/*@ requires low <= at && \valid(places + (low .. at));
    assigns places[low .. at];
    ensures low <= \result <= at;
    ensures places_same{Pre,Here}(places, low, \result);
    ensures places_up{Pre,Here}(places, \result, at);
    ensures \result > low ==> places[\result - 1].key <= key;
    ensures \result < at ==> key <= places[\result + 1].key; */
static inline size_t make_gap(struct place *places, size_t low, size_t at, uint64_t key)
{
    size_t gap = at;

    /*@ loop invariant low <= gap <= at;
        loop invariant places_same{Pre,Here}(places, low, gap);
        loop invariant places_up{Pre,Here}(places, gap, at);
        loop invariant gap < at ==> key <= places[gap + 1].key;
        loop assigns gap, places[low .. at];
        loop variant gap; */
    while (gap > low && key < places[gap - 1].key) {
        place_store(places, gap, places[gap - 1]);
        //@ assert places_up{Pre,Here}(places, gap, at);
        //@ assert places[gap].key == \at(places[\at(gap, Here) - 1].key, Pre);
        //@ assert places[gap].index == \at(places[\at(gap, Here) - 1].index, Pre);
        //@ assert places[gap].what == \at(places[\at(gap, Here) - 1].what, Pre);
        //@ assert places_up{Pre,Here}(places, gap - 1, at);
        gap--;
    }
    return gap;
}

/* Moves places[at] down to where it belongs in the sorted places before it; returns how far. */
/*@ requires low <= at && \valid(places + (low .. at));
    assigns places[low .. at];
    ensures \result <= at - low;
    ensures sorted: \old(places_in_order(places, low, at)) ==> places_in_order(places, low, at + 1);
    ensures permuted: places_permuted{Pre,Here}(places, places, low, at + 1); */
static size_t place_insert(struct place *places, size_t low, size_t at)
{
    struct place place = places[at];
    size_t to = make_gap(places, low, at, place.key);

    place_store(places, to, place);
    //@ assert places_same{Pre,Here}(places, low, to) && places_up{Pre,Here}(places, to, at);
    //@ assert to > low ==> places[to - 1].key <= places[to].key;
    //@ assert to < at ==> places[to].key <= places[to + 1].key;
    /*@ assert \at(places_in_order(places, low, at), Pre) ==>
            places_in_order(places, low, to) && places_in_order(places, to + 1, at + 1); */
    /*@ assert \forall integer p, q, i, w;
        placed{Pre}(places, low, to, p, q, i, w) == placed(places, low, to, p, q, i, w) &&
        placed{Pre}(places, to, at, p, q, i, w) == placed(places, to + 1, at + 1, p, q, i, w); */
    /*@ assert \forall integer p, q, i, w;
        placed{Pre}(places, low, at + 1, p, q, i, w) == placed{Pre}(places, low, to, p, q, i, w) +
            placed{Pre}(places, to, at, p, q, i, w) + in_box(places + to, p, q, i, w); */
    /*@ assert \forall integer p, q, i, w;
        placed(places, low, at + 1, p, q, i, w) == placed(places, low, to + 1, p, q, i, w) +
            placed(places, to + 1, at + 1, p, q, i, w); */
    return at - to;
}

/* Insertion sort while it is cheap: false where some place had to move far (then go on sorting). */
/*@ requires \valid(places + (0 .. count - 1));
    assigns places[0 .. count - 1];
    ensures sorted: \result ==> places_in_order(places, 0, count);
    ensures permuted: places_permuted{Pre,Here}(places, places, 0, count); */
static bool sort_nearly_sorted(struct place *places, size_t count)
{
    /*@ loop invariant 1 <= i && (count > 0 ==> i <= count);
        loop invariant places_in_order(places, 0, i);
        loop invariant places_permuted{Pre,Here}(places, places, 0, count);
        loop assigns i, places[0 .. count - 1];
        loop variant \max(0, count - i); */
    for (size_t i = 1; i < count; i++) {
        //@ ghost Before: ;
        size_t far = place_insert(places, 0, i);
        //@ assert places_same{Before,Here}(places, i + 1, count);
        //@ assert places_permuted{Before,Here}(places, places, 0, count);
        if (far > PLACE_NEAR)
            return false;
    }
    return true;
}

/*@ requires low <= high <= PLACES_MAX && \valid(places + (low .. high - 1));
    assigns places[low .. high - 1];
    ensures sorted: places_in_order(places, low, high);
    ensures permuted: places_permuted{Pre,Here}(places, places, low, high); */
static void sort_block(struct place *places, size_t low, size_t high)
{
    /*@ loop invariant low + 1 <= i && (low < high ==> i <= high);
        loop invariant places_in_order(places, low, i);
        loop invariant places_permuted{Pre,Here}(places, places, low, high);
        loop assigns i, places[low .. high - 1];
        loop variant \max(0, high - i); */
    for (size_t i = low + 1; i < high; i++) {
        //@ ghost Before: ;
        (void)place_insert(places, low, i);
        //@ assert places_same{Before,Here}(places, i + 1, high);
        //@ assert places_permuted{Before,Here}(places, places, low, high);
    }
}

/* b where take is 1, a where it is 0: a mask, because a compiler may make a branch of `?:`. */
/*@ requires take <= 1;
    assigns \nothing;
    ensures \result == (take == 0 ? a : b); */
static inline size_t select(size_t take, size_t a, size_t b)
{
    return a + ((b - a) & (0 - take));
}

/* One place from array to array, and what that leaves alone. */
/*@ requires \valid_read(from + at) && \valid(to + out);
    assigns to[out];
    ensures place_is{Pre,Here}(from + at, to + out);
    ensures \forall integer k; k != out ==> to[k].key == \old(to[k].key) &&
        to[k].index == \old(to[k].index) && to[k].what == \old(to[k].what);
    ensures \forall integer k; \separated(from + k, to + out) ==>
        from[k].key == \old(from[k].key) && from[k].index == \old(from[k].index) &&
        from[k].what == \old(from[k].what); */
static inline void place_copy(const struct place *from, size_t at, struct place *to, size_t out)
{
    to[out] = from[at];
}

/* What is not merged yet of two runs: [left, left_end) and [right, right_end). */
struct twins {
    size_t left;
    size_t right;
    size_t left_end;
    size_t right_end;
};

/*@ predicate twins_within(struct twins t, integer low, integer middle, integer high, integer i) =
        low <= t.left <= middle <= t.right <= high && low <= t.left_end <= middle <= t.right_end &&
        t.right_end <= high && t.left - low + (t.right - middle) == i &&
        (middle - t.left_end) + (high - t.right_end) == i; */

/* The least of the heads to to[out], the greatest of the tails to to[last]. */
/*@ requires low + 2 * width <= PLACES_MAX && i < width;
    requires places_apart(from, to, low + 2 * width);
    requires twins_within(t, low, low + width, low + 2 * width, i);
    assigns to[low .. low + 2 * width - 1];
    ensures twins_within(\result, low, low + width, low + 2 * width, i + 1);
    ensures places_same{Pre,Here}(from, low, low + 2 * width);
    ensures places_same{Pre,Here}(to, low, low + i);
    ensures places_same{Pre,Here}(to, low + 2 * width - i, low + 2 * width);
    ensures (\result.left == t.left + 1 && \result.right == t.right &&
             \old(from[t.left].key <= from[t.right].key) &&
             place_is{Pre,Here}(from + t.left, to + (low + i))) ||
            (\result.left == t.left && \result.right == t.right + 1 &&
             \old(from[t.right].key < from[t.left].key) &&
             place_is{Pre,Here}(from + t.right, to + (low + i)));
    ensures (\result.left_end == t.left_end - 1 && \result.right_end == t.right_end &&
             \old(from[t.right_end - 1].key) < \at(from[\result.left_end].key, Pre) &&
             place_is{Pre,Here}(from + \result.left_end, to + (low + 2 * width - (i + 1)))) ||
            (\result.left_end == t.left_end && \result.right_end == t.right_end - 1 &&
             \old(from[t.left_end - 1].key) <= \at(from[\result.right_end].key, Pre) &&
             place_is{Pre,Here}(from + \result.right_end, to + (low + 2 * width - (i + 1)))); */
static inline struct twins twins_step(const struct place *from, struct place *to, size_t low,
                                      size_t width, struct twins t, size_t i)
{
    //@ assert low < t.left_end && low + width < t.right_end;
    //@ assert t.left < low + width && t.right < low + 2 * width;
    size_t take_right = from[t.right].key < from[t.left].key;
    size_t take_left = from[t.right_end - 1].key < from[t.left_end - 1].key;
    size_t head = select(take_right, t.left, t.right);
    size_t tail = select(take_left, t.right_end, t.left_end) - 1;
    size_t out = low + i;
    size_t last = low + 2 * width - 1 - i;
    //@ assert low <= head < low + 2 * width && low <= tail < low + 2 * width;
    //@ assert tail == (take_left == 0 ? t.right_end - 1 : t.left_end - 1);
    //@ assert low <= out < last < low + 2 * width && last == low + 2 * width - 1 - i;

    place_copy(from, head, to, out);
    place_copy(from, tail, to, last);
    //@ assert place_is{Pre,Here}(from + tail, to + last);
    t.right += take_right;
    t.left += 1 - take_right;
    t.left_end -= take_left;
    t.right_end -= 1 - take_left;
    return t;
}

/*
 * Merges two runs of `width`: the lower half of the result from their heads, the upper one
 * from their tails. Neither run can be used up early, and the two chains of loads run side by side.
 */
/*@ requires low + 2 * width <= PLACES_MAX && places_apart(from, to, low + 2 * width);
    requires places_in_order(from, low, low + width);
    requires places_in_order(from, low + width, low + 2 * width);
    assigns to[low .. low + 2 * width - 1];
    ensures twins_within(\result, low, low + width, low + 2 * width, width);
    ensures heads_merged: places_merged{Pre,Here}(from, to, low, \result.left, low + width,
                                                  \result.right, low, low + width);
    ensures heads_sorted: heads{Pre,Here}(from, to, low, \result.left, low + width, \result.right,
                                          low + 2 * width, low + width);
    ensures tails_merged: places_merged{Pre,Here}(from, to, \result.left_end, low + width,
                                                  \result.right_end, low + 2 * width, low + width,
                                                  low + 2 * width);
    ensures tails_sorted: tails{Pre,Here}(from, to, low, \result.left_end, low + width,
                                          \result.right_end, low + 2 * width, low + width,
                                          low + 2 * width); */
static inline struct twins merge_halves(const struct place *from, struct place *to, size_t low,
                                        size_t width)
{
    struct twins t = {low, low + width, low + width, low + 2 * width};

    /*@ loop invariant 0 <= i <= width && twins_within(t, low, low + width, low + 2 * width, i);
        loop invariant places_same{Pre,Here}(from, low, low + 2 * width);
        loop invariant heads_merged:
            places_merged{Pre,Here}(from, to, low, t.left, low + width, t.right, low, low + i);
        loop invariant heads_sorted:
            heads{Pre,Here}(from, to, low, t.left, low + width, t.right, low + 2 * width, low + i);
        loop invariant tails_merged:
            places_merged{Pre,Here}(from, to, t.left_end, low + width, t.right_end,
                                    low + 2 * width, low + 2 * width - i, low + 2 * width);
        loop invariant tails_sorted:
            tails{Pre,Here}(from, to, low, t.left_end, low + width, t.right_end, low + 2 * width,
                            low + 2 * width - i, low + 2 * width);
        loop assigns i, t, to[low .. low + 2 * width - 1];
        loop variant width - i; */
    for (size_t i = 0; i < width; i++) {
        //@ ghost struct twins u = t;
        //@ assert low < t.left_end && low + width < t.right_end;
        //@ assert from[t.left_end - 1].key == \at(from[\at(t.left_end, Here) - 1].key, Pre);
        //@ assert from[t.right_end - 1].key == \at(from[\at(t.right_end, Here) - 1].key, Pre);
        //@ ghost Before: ;
        t = twins_step(from, to, low, width, t, i);
        //@ assert places_same{Pre,Here}(from, low, low + 2 * width);
        /*@ assert head_moves{Pre,Before,Here}(from, to, low, u.left, t.left, low + width, u.right,
                                               t.right, low + 2 * width, low + i, low + (i + 1)); */
        //@ assert places_same{Before,Here}(to, low + 2 * width - i, low + 2 * width);
        /*@ assert low <= t.left_end && u.left_end <= low + width <= t.right_end &&
                u.right_end <= low + 2 * width; */
        /*@ assert (t.left_end == u.left_end - 1 && t.right_end == u.right_end &&
                \at(from[\at(u.right_end, Here) - 1].key < from[\at(t.left_end, Here)].key, Pre) &&
                place_is{Pre,Here}(from + t.left_end, to + (low + 2 * width - (i + 1)))) ||
               (t.left_end == u.left_end && t.right_end == u.right_end - 1 &&
                \at(from[\at(u.left_end, Here) - 1].key, Pre) <=
                    \at(from[\at(t.right_end, Here)].key, Pre) &&
                place_is{Pre,Here}(from + t.right_end, to + (low + 2 * width - (i + 1)))); */
        /*@ assert tail_moves{Pre,Before,Here}(from, to, low, u.left_end, t.left_end, low + width,
                                               u.right_end, t.right_end, low + 2 * width,
                                               low + 2 * width - (i + 1), low + 2 * width - i); */
    }
    return t;
}

/* Merges two runs of `width` whole; what the heads took of each is what the tails left of it. */
/*@ requires width > 0 && low + 2 * width <= PLACES_MAX && places_apart(from, to, low + 2 * width);
    requires places_in_order(from, low, low + width);
    requires places_in_order(from, low + width, low + 2 * width);
    assigns to[low .. low + 2 * width - 1];
    ensures sorted: places_in_order(to, low, low + 2 * width);
    ensures permuted: places_permuted{Pre,Here}(from, to, low, low + 2 * width); */
static void merge_twins(const struct place *from, struct place *to, size_t low, size_t width)
{
    struct twins t = merge_halves(from, to, low, width);

    (void)t; /* only the proof looks where they met */
    /*@ assert parted_twice{Pre}(from, low, t.left, t.left_end, low + width, t.right, t.right_end,
                                 low + 2 * width); */
    //@ assert t.left == t.left_end;
    //@ assert t.right == t.right_end;
}

/* The lesser of from[left] and from[right] to to[out]; 1 where it is the right one. */
/*@ requires \valid_read(from + left) && \valid_read(from + right) && \valid(to + out);
    assigns to[out];
    ensures (\result == 0 && \old(from[left].key <= from[right].key) &&
             place_is{Pre,Here}(from + left, to + out)) ||
            (\result == 1 && \old(from[right].key < from[left].key) &&
             place_is{Pre,Here}(from + right, to + out));
    ensures \forall integer k; k != out ==> to[k].key == \old(to[k].key) &&
        to[k].index == \old(to[k].index) && to[k].what == \old(to[k].what);
    ensures \forall integer k; \separated(from + k, to + out) ==>
        from[k].key == \old(from[k].key) && from[k].index == \old(from[k].index) &&
        from[k].what == \old(from[k].what); */
static inline size_t any_step(const struct place *from, struct place *to, size_t left, size_t right,
                              size_t out)
{
    size_t take_right = from[right].key < from[left].key;

    place_copy(from, select(take_right, left, right), to, out);
    return take_right;
}

/* Merges what is left of one run, where the other is used up. */
/*@ requires low <= left <= middle <= right <= high <= PLACES_MAX && places_apart(from, to, high);
    requires left == middle || right == high;
    requires places_in_order(from, low, middle) && places_in_order(from, middle, high);
    requires places_merged{Here,Here}(from, to, low, left, middle, right, low,
                                      left + (right - middle));
    requires heads{Here,Here}(from, to, low, left, middle, right, high, left + (right - middle));
    assigns to[low .. high - 1];
    ensures sorted: places_in_order(to, low, high);
    ensures permuted: places_permuted{Pre,Here}(from, to, low, high); */
static void merge_rest(const struct place *from, struct place *to, size_t low, size_t left,
                       size_t middle, size_t right, size_t high)
{
    size_t out = left + (right - middle);

    (void)low; /* only the contract speaks of it */
    /*@ loop invariant low <= left <= middle <= right <= high && out == left + (right - middle);
        loop invariant left == middle || right == high;
        loop invariant places_same{Pre,Here}(from, low, high);
        loop invariant merged:
            places_merged{Pre,Here}(from, to, low, left, middle, right, low, out);
        loop invariant sorted: heads{Pre,Here}(from, to, low, left, middle, right, high, out);
        loop assigns left, out, to[low .. high - 1];
        loop variant middle - left; */
    while (left < middle) {
        //@ ghost size_t was_left = left;
        //@ ghost size_t at = out;
        //@ ghost Left: ;
        place_copy(from, left++, to, out++);
        //@ assert places_same{Left,Here}(from, low, high);
        //@ assert places_same{Left,Here}(to, low, at);
        //@ assert places_same{Pre,Here}(from, low, high);
        /*@ assert head_moves{Pre,Left,Here}(from, to, low, was_left, left, middle, right, right,
                                             high, at, out); */
    }
    /*@ loop invariant left == middle && middle <= right <= high && out == left + (right - middle);
        loop invariant places_same{Pre,Here}(from, low, high);
        loop invariant merged:
            places_merged{Pre,Here}(from, to, low, left, middle, right, low, out);
        loop invariant sorted: heads{Pre,Here}(from, to, low, left, middle, right, high, out);
        loop assigns right, out, to[low .. high - 1];
        loop variant high - right; */
    while (right < high) {
        //@ ghost size_t was_right = right;
        //@ ghost size_t at = out;
        //@ ghost Right: ;
        place_copy(from, right++, to, out++);
        //@ assert places_same{Right,Here}(from, low, high);
        //@ assert places_same{Right,Here}(to, low, at);
        //@ assert places_same{Pre,Here}(from, low, high);
        /*@ assert head_moves{Pre,Right,Here}(from, to, low, left, left, middle, was_right, right,
                                              high, at, out); */
    }
}

/* Merges from[low, middle) and from[middle, high) into to[low, high); of equals the left first. */
/*@ requires low <= middle <= high <= PLACES_MAX && places_apart(from, to, high);
    requires places_in_order(from, low, middle) && places_in_order(from, middle, high);
    assigns to[low .. high - 1];
    ensures sorted: places_in_order(to, low, high);
    ensures permuted: places_permuted{Pre,Here}(from, to, low, high); */
static void merge_any(const struct place *from, struct place *to, size_t low, size_t middle,
                      size_t high)
{
    size_t left = low;
    size_t right = middle;
    size_t out = low;

    /*@ loop invariant low <= left <= middle <= right <= high && out == left + (right - middle);
        loop invariant places_same{Pre,Here}(from, low, high);
        loop invariant merged:
            places_merged{Pre,Here}(from, to, low, left, middle, right, low, out);
        loop invariant sorted: heads{Pre,Here}(from, to, low, left, middle, right, high, out);
        loop assigns left, right, out, to[low .. high - 1];
        loop variant high - out; */
    while (left < middle && right < high) {
        //@ ghost size_t was_left = left;
        //@ ghost size_t was_right = right;
        //@ ghost size_t at = out;
        //@ ghost Both: ;
        size_t take_right = any_step(from, to, left, right, out);
        out++;
        right += take_right;
        left += 1 - take_right;
        //@ assert places_same{Pre,Here}(from, low, high);
        /*@ assert head_moves{Pre,Both,Here}(from, to, low, was_left, left, middle, was_right,
                                             right, high, at, out); */
    }
    //@ assert heads_known{Pre,Here}(from, to, low, left, middle, right, high, out);
    //@ assert places_in_order(from, low, middle) && places_in_order(from, middle, high);
    //@ ghost Rest: ;
    merge_rest(from, to, low, left, middle, right, high);
    //@ assert places_permuted{Rest,Here}(from, to, low, high);
}

/*@ assigns \nothing;
    ensures \result == \min(a, b); */
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Runs of BLOCK. */
/*@ requires count <= PLACES_MAX && \valid(places + (0 .. count - 1));
    assigns places[0 .. count - 1];
    ensures sorted: runs(places, 0, count, BLOCK);
    ensures permuted: places_permuted{Pre,Here}(places, places, 0, count); */
static void sort_blocks(struct place *places, size_t count)
{
    size_t low = 0;

    /*@ loop invariant 0 <= low <= count + BLOCK;
        loop invariant sorted: runs_below(places, low, count, BLOCK);
        loop invariant permuted: places_permuted{Pre,Here}(places, places, 0, count);
        loop assigns low, places[0 .. count - 1];
        loop variant \max(0, count - low); */
    for (; low < count; low += BLOCK) {
        size_t high = least(low + BLOCK, count);
        //@ ghost Before: ;
        sort_block(places, low, high);
        //@ assert places_same{Before,Here}(places, 0, low);
        //@ assert places_same{Before,Here}(places, high, count);
        //@ assert run_added{Before,Here}(places, low, low + BLOCK, count, BLOCK);
        //@ assert part_permuted{Pre,Before,Here}(places, low, high, count);
    }
    //@ assert all_runs(places, low, count, BLOCK);
}

/* Two runs of `width` become one in `to`; what lies above count is missing. */
/*@ requires low < count <= PLACES_MAX && 0 < width < count && places_apart(from, to, count);
    requires places_in_order(from, low, \min(low + width, count));
    requires places_in_order(from, \min(low + width, count), \min(low + 2 * width, count));
    assigns to[low .. \min(low + 2 * width, count) - 1];
    ensures sorted: places_in_order(to, low, \min(low + 2 * width, count));
    ensures permuted: places_permuted{Pre,Here}(from, to, low, \min(low + 2 * width, count)); */
static void merge_pair(const struct place *from, struct place *to, size_t low, size_t count,
                       size_t width)
{
    size_t middle = least(low + width, count);
    size_t high = least(middle + width, count);

    //@ assert high == \min(low + 2 * width, count);
    if (high - middle == width)
        merge_twins(from, to, low, width);
    else
        merge_any(from, to, low, middle, high);
}

/* One pass: pairs of sorted runs of `width` (the last ones may be shorter) become one in `to`. */
/*@ requires 0 < width < count <= PLACES_MAX && places_apart(from, to, count);
    requires runs(from, 0, count, width);
    assigns to[0 .. count - 1];
    ensures sorted: runs(to, 0, count, 2 * width);
    ensures permuted: places_permuted{Pre,Here}(from, to, 0, count); */
static void merge_pass(const struct place *from, struct place *to, size_t count, size_t width)
{
    size_t low = 0;

    /*@ loop invariant 0 <= low <= count + 2 * width;
        loop invariant places_same{Pre,Here}(from, 0, count);
        loop invariant known: runs{Pre}(from, low, count, width);
        loop invariant sorted: runs_below(to, low, count, 2 * width);
        loop invariant permuted: places_permuted{Pre,Here}(from, to, 0, \min(low, count));
        loop assigns low, to[0 .. count - 1];
        loop variant \max(0, count - low); */
    for (; low < count; low += 2 * width) {
        //@ ghost size_t high = low + 2 * width < count ? low + 2 * width : count;
        //@ assert places_in_order{Pre}(from, low, \min(low + width, count));
        //@ assert runs{Pre}(from, low + width, count, width);
        /*@ assert places_in_order{Pre}(from, \min(low + width, count),
                                        \min(low + 2 * width, count)); */
        //@ assert runs{Pre}(from, low + 2 * width, count, width);
        //@ assert places_same{Pre,Here}(from, low, high);
        //@ ghost Before: ;
        merge_pair(from, to, low, count, width);
        //@ assert places_same{Pre,Here}(from, 0, count);
        //@ assert places_same{Before,Here}(to, 0, low);
        //@ assert places_permuted{Before,Here}(from, to, low, high);
        //@ assert places_permuted{Pre,Here}(from, to, low, high);
        //@ assert run_added{Before,Here}(to, low, low + 2 * width, count, 2 * width);
        //@ assert more_permuted{Pre,Before,Here}(from, to, low, high);
    }
    //@ assert all_runs(to, low, count, 2 * width);
}

/*@ requires count <= PLACES_MAX && \valid(places + (0 .. count - 1)) &&
        \valid(spare + (0 .. count - 1));
    requires \separated(places + (0 .. count - 1), spare + (0 .. count - 1));
    assigns places[0 .. count - 1], spare[0 .. count - 1];
    assigns \result \from places, spare, places[0 .. count - 1], count;
    ensures \result == places || \result == spare;
    ensures sorted: places_in_order(\result, 0, count);
    ensures permuted: places_permuted{Pre,Here}(places, \result, 0, count); */
struct place *memmap_places_sort(struct place *places, struct place *spare, size_t count)
{
    struct place *from = places;
    struct place *to = spare;

    if (sort_nearly_sorted(places, count))
        return places;
    sort_blocks(places, count);
    /*@ loop invariant 0 < width <= 2 * PLACES_MAX;
        loop invariant (from == places && to == spare) || (from == spare && to == places);
        loop invariant sorted: runs(from, 0, count, width);
        loop invariant permuted: places_permuted{Pre,Here}(places, from, 0, count);
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
