/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_right{A,B,C}: \forall struct place *from, *to,
        integer low, left, next, middle, right, out, end, beyond;
        middle <= right ==> out <= end ==> right < next <= right + 1 ==> end < beyond <= end + 1 ==>
        places_merged{A,B}(from, to, low, left, middle, right, out, end) ==>
        places_same{B,C}(to, out, end) ==> place_is{A,C}(from + right, to + end) ==>
        places_merged{A,C}(from, to, low, left, middle, next, out, beyond); */
