/* SPDX-License-Identifier: MIT */
/*@
    lemma heads_right_next{A,B,C}: \forall struct place *from, *to,
        integer low, left, next, middle, right, high, out, beyond;
        next == right + 1 ==> beyond == out + 1 ==> middle <= right < high ==>
        low <= out ==> places_in_order{A}(from, middle, high) ==>
        (left < middle ==> \at(from[right].key < from[left].key, A)) ==>
        heads{A,B}(from, to, low, left, middle, right, high, out) ==>
        places_same{B,C}(to, low, out) ==> place_is{A,C}(from + right, to + out) ==>
        heads{A,C}(from, to, low, left, middle, next, high, beyond); */
