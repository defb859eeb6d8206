/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_left{A,B,C}: \forall struct place *from, *to,
        integer low, left, next, middle, right, out, end, beyond;
        low <= left ==> out <= end ==> left < next <= left + 1 ==> end < beyond <= end + 1 ==>
        places_merged{A,B}(from, to, low, left, middle, right, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + left, to + end) ==>
        places_merged{A,C}(from, to, low, next, middle, right, out, beyond); */
