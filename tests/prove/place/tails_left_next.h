/* SPDX-License-Identifier: MIT */
/*@
    lemma tails_left_next{A,B,C}: \forall struct place *from, *to,
        integer low, next, left, middle, right, high, before, out, end;
        next + 1 == left ==> before + 1 == out ==> low <= next < middle ==>
        middle <= right <= high ==> out <= end ==> places_in_order{A}(from, low, middle) ==>
        (right > middle ==> \at(from[right - 1].key < from[next].key, A)) ==>
        tails{A,B}(from, to, low, left, middle, right, high, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + next, to + before) ==>
        tails{A,C}(from, to, low, next, middle, right, high, before, end); */
