/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_left_down_next{A,B,C}: \forall struct place *from, *to,
        integer next, left, middle, right, high, before, out, end;
        next + 1 == left ==> before + 1 == out ==> left <= middle ==> out <= end ==>
        places_merged{A,B}(from, to, left, middle, right, high, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + next, to + before) ==>
        places_merged{A,C}(from, to, next, middle, right, high, before, end); */
