/* SPDX-License-Identifier: MIT */
/*@
    lemma filled_counts{L}: \forall struct place *a, struct span *s, integer first, m, c, p;
        0 <= m ==> 0 <= c ==> ends_filled(a, s, first, m) ==>
        placed(a, 0, m, 0, p, -1, c) == ended(s, first, first + m, c, p);
    lemma filled_member{L}: \forall struct place *a, struct span *s, integer first, m, k, i, w;
        0 <= m ==> 0 <= i ==> 0 <= w ==> ends_filled(a, s, first, m) ==>
        placed(a, 0, m, k, k, i, w) > 0 ==>
        first <= i < first + m && s[i].end_pfn == k && span_class(s + i) == w;
    lemma placed_counts{L}: \forall struct place *a, integer m, p, q, i, w; 0 <= m ==>
        placed(a, 0, m, p, q, i, w) >= 0;
    lemma placed_once{L}: \forall struct place *a, integer m, j; 0 <= m ==> 0 <= j < m ==>
        placed(a, 0, m, a[j].key, a[j].key, a[j].index, a[j].what) > 0;
    lemma placed_by{L}: \forall struct place *a, integer m, c, p, q; 0 <= m ==>
        keys_by(a, 0, m, p) ==> keys_by(a, 0, m, q) ==>
        placed(a, 0, m, 0, p, -1, c) == placed(a, 0, m, 0, q, -1, c);
    lemma placed_behind{L}: \forall struct place *a, integer k, m, c, p; 0 <= k ==> k <= m ==>
        keys_behind(a, k, m, p) ==> placed(a, 0, m, 0, p, -1, c) == placed(a, 0, k, 0, p, -1, c); */
