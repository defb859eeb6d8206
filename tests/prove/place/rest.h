/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_with_rest{A,B}:
        \forall struct place *a, integer low, middle, high, p, q, i, w;
        low <= middle ==> middle <= high ==> places_same{A,B}(a, middle, high) ==>
        placed{A}(a, low, middle, p, q, i, w) == placed{B}(a, low, middle, p, q, i, w) ==>
        placed{A}(a, low, high, p, q, i, w) == placed{B}(a, low, high, p, q, i, w);
    lemma permuted_with_rest{A,B}: \forall struct place *a, integer low, middle, high;
        low <= middle ==> middle <= high ==> places_permuted{A,B}(a, a, low, middle) ==>
        places_same{A,B}(a, middle, high) ==> places_permuted{A,B}(a, a, low, high); */
