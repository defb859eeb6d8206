/* SPDX-License-Identifier: MIT */
/* Places as indexes, in any order. */
/*@ lemma times_least{L}: \forall struct place *a, integer low, high, i; low <= high ==>
        times(a, low, high, i) >= 0;
    lemma times_none{L}: \forall struct place *a, integer low, high, limit, i; low <= high ==>
        indexes_below(a, low, high, limit) ==> limit <= i ==> times(a, low, high, i) == 0;
    lemma times_some{L}: \forall struct place *a, integer low, high, k; low <= high ==>
        low <= k < high ==> times(a, low, high, a[k].index) > 0;
    lemma times_same{A,B}: \forall struct place *a, struct place *b, integer low, high, i;
        low <= high ==> indexes_stay{A,B}(a, b, low, high) ==>
        times{A}(a, low, high, i) == times{B}(b, low, high, i);
    lemma times_moved{A,B}: \forall struct place *a, struct place *b, integer low, n, i; 0 <= n ==>
        indexes_moved{A,B}(a, b, low, n) ==>
        times{B}(b, low, low + n, i) == times{A}(a, 0, n, i);
    lemma times_split{L}: \forall struct place *a, integer low, k, high, i; low <= k ==>
        k <= high ==> times(a, low, high, i) == times(a, low, k, i) + times(a, k, high, i);
    lemma times_in_order{L}: \forall struct place *a, integer low, high, n; 0 <= low ==>
        low <= high ==> high <= n ==> times_in_parts(a, low, high, n);
    lemma times_none_begins{L,S}: \forall struct place *a, struct span *s, integer low, high, pfn,
        i; low <= high ==> all_begin_on{L,S}(a, s, low, high, pfn) ==>
        \at(s[i].first_pfn, S) != pfn ==> times{L}(a, low, high, i) == 0;
    lemma placed_times{L}: \forall struct place *a, integer low, n, i; 0 <= n ==> 0 <= i ==>
        keys_within(a, low, low + n) ==>
        placed(a + low, 0, n, 0, UINT64_MAX, i, -1) == times(a, low, low + n, i);
    lemma placed_least{L}: \forall struct place *a, integer n, p, q, i, w; 0 <= n ==>
        placed(a, 0, n, p, q, i, w) >= 0; */
