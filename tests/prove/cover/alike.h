/* SPDX-License-Identifier: MIT */
/* Counting the ends that passed does not ask how far. */
/*@
    lemma passed_alike{L}: \forall struct place *a, integer k, c, p; 0 <= k ==> p <= PFN_END ==>
        keys_by(a, 0, k, p) ==>
        placed(a, 0, k, 0, PFN_END, -1, c) == placed(a, 0, k, 0, p, -1, c); */
