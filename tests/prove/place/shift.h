/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_shift{A,B}: \forall struct place *a, integer low, high, p, q, i, w; low <= high ==>
        places_up{A,B}(a, low, high) ==>
        placed{A}(a, low, high, p, q, i, w) == placed{B}(a, low + 1, high + 1, p, q, i, w); */
