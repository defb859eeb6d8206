/* SPDX-License-Identifier: MIT */
/*@
    lemma heads_left_next{A,B,C}: \forall struct place *from, *to,
        integer low, left, next, middle, right, high, out, beyond;
        next == left + 1 ==> beyond == out + 1 ==> low <= left < middle ==>
        low <= out ==> places_in_order{A}(from, low, middle) ==>
        (right < high ==> \at(from[left].key <= from[right].key, A)) ==>
        heads{A,B}(from, to, low, left, middle, right, high, out) ==>
        places_same{B,C}(to, low, out) ==> place_is{A,C}(from + left, to + out) ==>
        heads{A,C}(from, to, low, next, middle, right, high, beyond); */
