/* SPDX-License-Identifier: MIT */
/* Private to place.c, no code: the words in which its proof speaks of moves, merges and runs. */
#ifndef GROMA_MEMMAP_MERGES_H
#define GROMA_MEMMAP_MERGES_H

#include "memmap/place.h"

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

/*@ predicate place_is{A,B}(struct place *a, struct place *b) =
        \at(a->key, A) == \at(b->key, B) && \at(a->index, A) == \at(b->index, B) &&
        \at(a->what, A) == \at(b->what, B);
    // to[out, end) in B holds what from[low, left) and from[middle, right) hold in A.
    predicate places_merged{A,B}(struct place *from, struct place *to, integer low, integer left,
                                 integer middle, integer right, integer out, integer end) =
        \forall integer p, q, i, w; placed{B}(to, out, end, p, q, i, w) ==
            placed{A}(from, low, left, p, q, i, w) + placed{A}(from, middle, right, p, q, i, w);
    // Of the runs [low, middle), [middle, high) what is before left and right goes before the rest.
    predicate parted{L}(struct place *from, integer low, integer left, integer middle,
                        integer right, integer high) =
        (left > low && right < high ==> from[left - 1].key <= from[right].key) &&
        (right > middle && left < middle ==> from[right - 1].key < from[left].key);
    // to[low, out) are in order, none above what follows in the runs [left, middle) and
    // [right, high).
    predicate heads{A,B}(struct place *from, struct place *to, integer low, integer left,
                         integer middle, integer right, integer high, integer out) =
        places_in_order{B}(to, low, out) &&
        parted{A}(from, low, left, middle, right, high) &&
        (out > low && left < middle ==> \at(to[out - 1].key, B) <= \at(from[left].key, A)) &&
        (out > low && right < high ==> \at(to[out - 1].key, B) <= \at(from[right].key, A));
    // to[out, end) are in order, and the first is one of the runs' [left, middle), [right, high).
    predicate tails{A,B}(struct place *from, struct place *to, integer low, integer left,
                         integer middle, integer right, integer high, integer out, integer end) =
        places_in_order{B}(to, out, end) &&
        parted{A}(from, low, left, middle, right, high) &&
        (out < end ==>
            (left < middle && \at(to[out].key, B) == \at(from[left].key, A)) ||
            (right < high && \at(to[out].key, B) == \at(from[right].key, A)));
    // From here on each predicate is all that a lemma asks for: where it stands in an assertion the
    // provers find the lemma. From B to C one place goes from the runs' heads to to[out].
    predicate head_moves{A,B,C}(struct place *from, struct place *to, integer low, integer left,
                                integer next_left, integer middle, integer right,
                                integer next_right, integer high, integer out, integer beyond) =
        low <= left <= middle <= right <= high && low <= out && beyond == out + 1 &&
        places_in_order{A}(from, low, middle) && places_in_order{A}(from, middle, high) &&
        places_merged{A,B}(from, to, low, left, middle, right, low, out) &&
        heads{A,B}(from, to, low, left, middle, right, high, out) &&
        places_same{B,C}(to, low, out) &&
        ((next_left == left + 1 && next_right == right && left < middle &&
          (right < high ==> \at(from[left].key <= from[right].key, A)) &&
          place_is{A,C}(from + left, to + out)) ||
         (next_left == left && next_right == right + 1 && right < high &&
          (left < middle ==> \at(from[right].key < from[left].key, A)) &&
          place_is{A,C}(from + right, to + out)));
    // From B to C one place goes from the runs' tails to to[before].
    predicate tail_moves{A,B,C}(struct place *from, struct place *to, integer low, integer left,
                                integer next_left, integer middle, integer right,
                                integer next_right, integer high, integer before, integer out) =
        low <= next_left && left <= middle <= next_right && right <= high && out <= high &&
        before + 1 == out &&
        places_in_order{A}(from, low, middle) && places_in_order{A}(from, middle, high) &&
        places_merged{A,B}(from, to, left, middle, right, high, out, high) &&
        tails{A,B}(from, to, low, left, middle, right, high, out, high) &&
        places_same{B,C}(to, out, high) &&
        ((next_left + 1 == left && next_right == right &&
          (right > middle ==> \at(from[right - 1].key < from[next_left].key, A)) &&
          place_is{A,C}(from + next_left, to + before)) ||
         (next_left == left && next_right + 1 == right &&
          (left > low ==> \at(from[left - 1].key <= from[next_right].key, A)) &&
          place_is{A,C}(from + next_right, to + before)));
    // What is known of from as it was in A holds of it as it is in B.
    predicate heads_known{A,B}(struct place *from, struct place *to, integer low, integer left,
                               integer middle, integer right, integer high, integer out) =
        low <= left <= middle <= right <= high && low <= out && places_same{A,B}(from, low, high) &&
        places_merged{A,B}(from, to, low, left, middle, right, low, out) &&
        heads{A,B}(from, to, low, left, middle, right, high, out);
    // Twice the same number of places goes before the rest.
    predicate parted_twice{L}(struct place *a, integer low, integer left, integer left_end,
                              integer middle, integer right, integer right_end, integer high) =
        low <= left <= middle && middle <= right <= high && low <= left_end <= middle &&
        middle <= right_end <= high && left + right == left_end + right_end &&
        places_in_order(a, low, middle) && places_in_order(a, middle, high) &&
        parted(a, low, left, middle, right, high) &&
        parted(a, low, left_end, middle, right_end, high); */

/*@ // a[low, count) are runs of `width` that are each in order; the last may be shorter.
    predicate runs{L}(struct place *a, integer low, integer count, integer width) =
        low >= count || (places_in_order(a, low, \min(low + width, count)) &&
                         runs(a, low + width, count, width));
    // So are those below low, where a run ends or count is passed.
    predicate runs_below{L}(struct place *a, integer low, integer count, integer width) =
        low == 0 || (low >= width && runs_below(a, low - width, count, width) &&
                     places_in_order(a, low - width, \min(low, count)));
    // From B to C one more run is in order.
    predicate run_added{B,C}(struct place *a, integer low, integer next, integer count,
                             integer width) =
        0 <= low < count && 0 < width && next == low + width &&
        runs_below{B}(a, low, count, width) && places_same{B,C}(a, 0, low) &&
        places_in_order{C}(a, low, \min(next, count));
    // Of B's a and C's b the first places are the same, and so are those behind them.
    predicate more_permuted{A,B,C}(struct place *a, struct place *b, integer low, integer high) =
        0 <= low <= high && places_permuted{A,B}(a, b, 0, low) && places_same{B,C}(b, 0, low) &&
        places_permuted{A,C}(a, b, low, high);
    // From B to C only [low, high) moved.
    predicate part_permuted{A,B,C}(struct place *a, integer low, integer high, integer count) =
        0 <= low <= high <= count && places_permuted{A,B}(a, a, 0, count) &&
        places_same{B,C}(a, 0, low) && places_permuted{B,C}(a, a, low, high) &&
        places_same{B,C}(a, high, count);
    // All is runs.
    predicate all_runs{L}(struct place *a, integer low, integer count, integer width) =
        0 < width && 0 <= low && count <= low && runs_below(a, low, count, width); */

#endif
