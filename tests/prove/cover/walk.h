/* SPDX-License-Identifier: MIT */
/* A step of the walk over a cluster: one place or span more. */
/*@
    lemma placed_grows{L}: \forall struct place *a, integer k, m, c, p; 0 <= k ==> k <= m ==>
        placed(a, 0, k, 0, p, -1, c) <= placed(a, 0, m, 0, p, -1, c);
    lemma passed_least{L}: \forall struct place *a, integer k, c, p; 0 <= k ==>
        placed(a, 0, k, 0, p, -1, c) >= 0;
    lemma placed_next{L}: \forall struct place *a, integer k, c, p; 0 <= k ==> 0 <= c ==>
        a[k].key <= p ==> placed(a, 0, k + 1, 0, p, -1, c) ==
            placed(a, 0, k, 0, p, -1, c) + (a[k].what == c ? 1 : 0);
    lemma of_class_next{L}: \forall struct span *s, integer low, high, c; low <= high ==>
        of_class(s, low, high + 1, c) ==
            of_class(s, low, high, c) + (span_class(s + high) == c ? 1 : 0);
    lemma of_class_most{L}: \forall struct span *s, integer low, high, c; low <= high ==>
        of_class(s, low, high, c) <= high - low; */
