/* SPDX-License-Identifier: MIT */
/* The highest kind that covers a page is the same in whatever order spans are looked at. */
/*@ lemma rank_has{L}: \forall struct span *s, integer n, j, p; 0 <= n ==> 0 <= j < n ==>
        rank_of(s + j, p) <= rank_at(s, n, p);
    lemma rank_from{L}: \forall struct span *s, integer n, p; 0 <= n ==> -1 <= rank_at(s, n, p);
    lemma rank_by_from{L,S}: \forall struct span *s, struct place *a, integer n, p; 0 <= n ==>
        -1 <= rank_by{L,S}(s, a, n, p);
    lemma rank_by_below{L,S}: \forall struct span *s, struct place *a, integer k, n, p; 0 <= k ==>
        0 <= n ==> indexes_below{L}(a, 0, k, n) ==>
        (\forall integer j; 0 <= j < k ==> 0 <= \at(a[j].index, L)) ==>
        rank_by{L,S}(s, a, k, p) <= rank_at{S}(s, n, p);
    lemma rank_by_has{L,S}: \forall struct span *s, struct place *a, integer n, i, p; 0 <= n ==>
        times{L}(a, 0, n, i) > 0 ==> rank_of{S}(s + i, p) <= rank_by{L,S}(s, a, n, p);
    lemma rank_step{L}: \forall struct span *s, integer n, p; 0 < n ==>
        rank_at(s, n, p) == \max(rank_at(s, n - 1, p), rank_of(s + (n - 1), p));
    lemma rank_by_each{L,S}: \forall struct span *s, struct place *a, integer n, i, p;
        0 <= i < n ==> all_indexes{L}(a, n) ==> rank_of{S}(s + i, p) <= rank_by{L,S}(s, a, n, p);
    lemma rank_at_below{L,S}: \forall struct span *s, struct place *a, integer m, n, p; 0 <= m ==>
        m <= n ==> all_indexes{L}(a, n) ==> rank_at{S}(s, m, p) <= rank_by{L,S}(s, a, n, p);
    lemma rank_ordered{L,S}: \forall struct span *s, struct place *a, integer n, p; 0 <= n ==>
        all_indexes{L}(a, n) ==> indexes_below{L}(a, 0, n, n) ==>
        (\forall integer j; 0 <= j < n ==> 0 <= \at(a[j].index, L)) ==>
        rank_by{L,S}(s, a, n, p) == rank_at{S}(s, n, p); */
