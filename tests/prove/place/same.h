/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_same{A,B}: \forall struct place *a, integer low, high, p, q, i, w; low <= high ==>
        places_same{A,B}(a, low, high) ==>
        placed{A}(a, low, high, p, q, i, w) == placed{B}(a, low, high, p, q, i, w); */
