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
        \separated(from + (0 .. count - 1), to + (0 .. count - 1));
    predicate places_same{A,B}(struct place *a, integer low, integer high) =
        \forall integer k; low <= k < high ==> \at(a[k].key, A) == \at(a[k].key, B) &&
            \at(a[k].index, A) == \at(a[k].index, B) && \at(a[k].what, A) == \at(a[k].what, B);
    // In B everything stands one further up than in A.
    predicate places_up{A,B}(struct place *a, integer low, integer high) =
        \forall integer k; low < k <= high ==> \at(a[k - 1].key, A) == \at(a[k].key, B) &&
            \at(a[k - 1].index, A) == \at(a[k].index, B) &&
            \at(a[k - 1].what, A) == \at(a[k].what, B); */

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

/*@ predicate place_is{A,B}(struct place *a, struct place *b) =
        \at(a->key, A) == \at(b->key, B) && \at(a->index, A) == \at(b->index, B) &&
        \at(a->what, A) == \at(b->what, B);
    // to[out, end) in B holds what from[low, left) and from[middle, right) hold in A.
    predicate places_merged{A,B}(struct place *from, struct place *to, integer low, integer left,
                                 integer middle, integer right, integer out, integer end) =
        \forall integer p, q, i, w; placed{B}(to, out, end, p, q, i, w) ==
            placed{A}(from, low, left, p, q, i, w) + placed{A}(from, middle, right, p, q, i, w);
    // to[low, out) are in order, none above what follows in the runs [left, middle) and
    // [right, high), and nothing that is taken from one run is above what follows in the other.
    predicate heads{A,B}(struct place *from, struct place *to, integer low, integer left,
                         integer middle, integer right, integer high, integer out) =
        places_in_order{B}(to, low, out) &&
        (left > low && right < high ==> \at(from[left - 1].key <= from[right].key, A)) &&
        (right > middle && left < middle ==> \at(from[right - 1].key < from[left].key, A)) &&
        (out > low && left < middle ==> \at(to[out - 1].key, B) <= \at(from[left].key, A)) &&
        (out > low && right < high ==> \at(to[out - 1].key, B) <= \at(from[right].key, A)); */

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
             \old(from[t.right_end - 1].key < from[t.left_end - 1].key) &&
             place_is{Pre,Here}(from + (t.left_end - 1), to + (low + 2 * width - 1 - i))) ||
            (\result.left_end == t.left_end && \result.right_end == t.right_end - 1 &&
             \old(from[t.left_end - 1].key <= from[t.right_end - 1].key) &&
             place_is{Pre,Here}(from + (t.right_end - 1), to + (low + 2 * width - 1 - i))); */
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
    //@ assert low <= out < last < low + 2 * width && last == low + 2 * width - 1 - i;

    place_copy(from, head, to, out);
    place_copy(from, tail, to, last);
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
/*@ requires width > 0 && low + 2 * width <= PLACES_MAX && places_apart(from, to, low + 2 * width);
    assigns to[low .. low + 2 * width - 1];
    ensures lower: \old(places_in_order(from, low, low + width) &&
        places_in_order(from, low + width, low + 2 * width)) ==>
        places_in_order(to, low, low + width); */
static void merge_twins(const struct place *from, struct place *to, size_t low, size_t width)
{
    struct twins t = {low, low + width, low + width, low + 2 * width};

    /*@ loop invariant 0 <= i <= width && twins_within(t, low, low + width, low + 2 * width, i);
        loop invariant places_same{Pre,Here}(from, low, low + 2 * width);
        loop invariant places_merged{Pre,Here}(from, to, low, t.left, low + width, t.right,
                                               low, low + i);
        loop invariant \at(places_in_order(from, low, low + width) &&
                places_in_order(from, low + width, low + 2 * width), Pre) ==>
            heads{Pre,Here}(from, to, low, t.left, low + width, t.right, low + 2 * width, low + i);
        loop assigns i, t, to[low .. low + 2 * width - 1];
        loop variant width - i; */
    for (size_t i = 0; i < width; i++) {
        //@ ghost struct twins u = t;
        t = twins_step(from, to, low, width, t, i);
        //@ assert places_same{Pre,Here}(from, low, low + 2 * width);
        /*@ assert head: (t.left == u.left + 1 && t.right == u.right &&
                 \at(from[\at(u.left, Here)].key <= from[\at(u.right, Here)].key, Pre) &&
                 place_is{Pre,Here}(from + u.left, to + (low + i))) ||
                (t.left == u.left && t.right == u.right + 1 &&
                 \at(from[\at(u.right, Here)].key < from[\at(u.left, Here)].key, Pre) &&
                 place_is{Pre,Here}(from + u.right, to + (low + i))); */
    }
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

/* Merges from[low, middle) and from[middle, high) into to[low, high); of equals the left first. */
/*@ requires low <= middle <= high <= PLACES_MAX && places_apart(from, to, high);
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
        size_t take_right = any_step(from, to, left, right, out);
        out++;
        right += take_right;
        left += 1 - take_right;
    }
    /*@ loop invariant low <= left <= middle <= right <= high && out == left + (right - middle);
        loop assigns left, out, to[low .. high - 1];
        loop variant middle - left; */
    while (left < middle)
        place_copy(from, left++, to, out++);
    /*@ loop invariant left == middle && middle <= right <= high && out == left + (right - middle);
        loop assigns right, out, to[low .. high - 1];
        loop variant high - right; */
    while (right < high)
        place_copy(from, right++, to, out++);
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
