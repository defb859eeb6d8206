/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_first{L}: \forall struct place *a, integer low, next, high, p, q, i, w;
        next == low + 1 ==> next <= high ==>
        placed(a, low, high, p, q, i, w) ==
            in_box(a + low, p, q, i, w) + placed(a, next, high, p, q, i, w);
    lemma placed_before{A,B}: \forall struct place *a, integer before, low, high, p, q, i, w;
        before + 1 == low ==> low <= high ==> places_same{A,B}(a, low, high) ==>
        placed{B}(a, before, high, p, q, i, w) ==
            in_box{B}(a + before, p, q, i, w) + placed{A}(a, low, high, p, q, i, w); */
