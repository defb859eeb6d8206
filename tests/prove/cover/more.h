/* SPDX-License-Identifier: MIT */
/* An end that is next is one more. */
/*@
    lemma end_counts{L}: \forall struct place *a, integer k, c, p; 0 <= k ==> 0 <= c ==>
        a[k].what == c ==> a[k].key == p ==>
        placed(a, 0, k, 0, p, -1, c) < placed(a, 0, k + 1, 0, p, -1, c);
    lemma end_grows{L}: \forall struct place *a, integer k, m, c, p; 0 <= k ==> k < m ==>
        0 <= c ==> a[k].what == c ==> a[k].key == p ==>
        placed(a, 0, k, 0, p, -1, c) < placed(a, 0, m, 0, p, -1, c);
    lemma end_is_more{L}: \forall struct place *a, integer m, closed, p; 0 <= closed ==>
        closed < m ==> a[closed].key == p ==> p <= PFN_END ==> keys_by(a, 0, closed, p) ==>
        placed(a, 0, closed, 0, PFN_END, -1, a[closed].what) <
            placed(a, 0, m, 0, p, -1, a[closed].what); */
