/* SPDX-License-Identifier: MIT */
/* Parts of the places, and what stays of them. */
/*@ lemma times_sum{L}: \forall struct place *a, integer low, high, n; 0 <= low ==>
        low <= high ==> high <= n ==> times_in_parts(a, low, high, n);
    lemma times_stay{A,B}: \forall struct place *a, integer low, high, i; low <= high ==>
        indexes_stay{A,B}(a, a, low, high) ==>
        times{A}(a, low, high, i) == times{B}(a, low, high, i); */
