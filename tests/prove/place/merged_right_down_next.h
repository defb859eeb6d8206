/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_right_down_next{A,B,C}: \forall struct place *from, *to,
        integer left, middle, next, right, high, before, out, end;
        next + 1 == right ==> before + 1 == out ==> right <= high ==> out <= end ==>
        places_merged{A,B}(from, to, left, middle, right, high, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + next, to + before) ==>
        places_merged{A,C}(from, to, left, middle, next, high, before, end); */
