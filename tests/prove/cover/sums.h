/* SPDX-License-Identifier: MIT */
/* Sums over spans and places that stay the same. */
/*@
    lemma of_class_kept{A,B}: \forall struct span *s, integer low, high, n, c; 0 <= low ==>
        low <= high ==> high <= n ==> spans_kept{A,B}(s, n) ==>
        of_class{A}(s, low, high, c) == of_class{B}(s, low, high, c);
    lemma rank_kept{A,B}: \forall struct span *s, integer n, p; 0 <= n ==>
        spans_kept{A,B}(s, n) ==> rank_at{A}(s, n, p) == rank_at{B}(s, n, p);
    lemma placed_kept{A,B}: \forall struct place *a, integer k, m, c, p; 0 <= k ==> k <= m ==>
        places_kept{A,B}(a, m) ==>
        placed{A}(a, 0, k, 0, p, -1, c) == placed{B}(a, 0, k, 0, p, -1, c); */
