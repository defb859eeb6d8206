/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_right_down{A,B,C}: \forall struct place *from, *to,
        integer left, middle, next, right, high, before, out, end;
        next < right <= next + 1 ==> before < out <= before + 1 ==> right <= high ==> out <= end ==>
        places_merged{A,B}(from, to, left, middle, right, high, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + next, to + before) ==>
        places_merged{A,C}(from, to, left, middle, next, high, before, end); */
