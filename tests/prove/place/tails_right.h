/* SPDX-License-Identifier: MIT */
/*@
    lemma tails_right{A,B,C}: \forall struct place *from, *to,
        integer low, left, middle, next, right, high, before, out, end;
        next < right <= next + 1 ==> before < out <= before + 1 ==> middle <= next < high ==>
        low <= left <= middle ==> out <= end ==> places_in_order{A}(from, middle, high) ==>
        (left > low ==> \at(from[left - 1].key <= from[next].key, A)) ==>
        tails{A,B}(from, to, low, left, middle, right, high, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + next, to + before) ==>
        tails{A,C}(from, to, low, left, middle, next, high, before, end); */
