/* SPDX-License-Identifier: MIT */
/* Places that were filled with the first pages of spans, and sorted. */
/*@ lemma placed_self{L}: \forall struct place *a, integer n, j; 0 <= n ==> 0 <= j < n ==>
        placed(a, 0, n, a[j].key, a[j].key, a[j].index, -1) > 0;
    lemma keys_rise_to{L}: \forall struct place *a, integer n, j, k; places_in_order(a, 0, n) ==>
        0 <= j ==> j <= k ==> k < n ==> a[j].key <= a[k].key;
    lemma keys_all_rise{L}: \forall struct place *a, integer n; places_in_order(a, 0, n) ==>
        keys_rise(a, n);
    lemma filled_first{L}: \forall struct place *a, struct span *s, integer n, k, i; 0 <= n ==>
        0 <= i ==> firsts_filled(a, s, n) ==> placed(a, 0, n, k, k, i, -1) > 0 ==>
        i < n && s[i].first_pfn == k;
    lemma filled_times{L}: \forall struct place *a, struct span *s, integer n, i; 0 <= n ==>
        firsts_filled(a, s, n) ==> 0 <= i < n ==> times(a, 0, n, i) > 0;
    lemma filled_all{L}: \forall struct place *a, struct span *s, integer n; 0 <= n ==>
        firsts_filled(a, s, n) ==> all_indexes(a, n);
    lemma rank_in_order{L,S}: \forall struct span *s, struct place *a, integer n, p; 0 <= n ==>
        all_indexes{L}(a, n) ==> indexes_below{L}(a, 0, n, n) ==> keys_within{L}(a, 0, n) ==>
        rank_by{L,S}(s, a, n, p) == rank_at{S}(s, n, p);
    lemma rank_of_same{A,B}: \forall struct span *s, integer n, p; 0 <= n ==>
        spans_as{A,B}(s, n) ==> rank_at{A}(s, n, p) == rank_at{B}(s, n, p); */
