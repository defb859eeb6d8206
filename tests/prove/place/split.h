/* SPDX-License-Identifier: MIT */
/*@
    lemma placed_split{L}: \forall struct place *a, integer low, middle, high, p, q, i, w;
        low <= middle ==> middle <= high ==>
        placed(a, low, high, p, q, i, w) ==
            placed(a, low, middle, p, q, i, w) + placed(a, middle, high, p, q, i, w); */
