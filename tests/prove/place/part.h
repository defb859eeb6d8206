/* SPDX-License-Identifier: MIT */
/*@
    lemma same_part{A,B}: \forall struct place *a, integer first, low, high, last;
        first <= low ==> high <= last ==>
        places_same{A,B}(a, first, last) ==> places_same{A,B}(a, low, high);
    lemma placed_same_part{A,B}: \forall struct place *a,
        integer first, low, high, last, p, q, i, w;
        first <= low ==> low <= high ==> high <= last ==>
        places_same{A,B}(a, first, last) ==>
        placed{A}(a, low, high, p, q, i, w) == placed{B}(a, low, high, p, q, i, w); */
