/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_quarters{L}: \forall struct place *a,
        integer low, left, middle, right, high, p, q, i, w;
        low <= left <= middle ==> middle <= right <= high ==>
        placed(a, low, high, p, q, i, w) ==
            placed(a, low, left, p, q, i, w) + placed(a, left, middle, p, q, i, w) +
            placed(a, middle, right, p, q, i, w) + placed(a, right, high, p, q, i, w); */
