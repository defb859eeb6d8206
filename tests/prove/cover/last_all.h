/* SPDX-License-Identifier: MIT */
/* All spans of a cluster end by the last of their ends in order. */
/*@
    lemma last_of_all{L}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> first < end ==> end <= n ==> spans_good(s, n) ==>
        places_in_order(a, 0, end - first) ==> ends_counted(a, s, first, end) ==>
        ends_members(a, first, end) ==> ends_keys(a, s, first, end) ==>
        spans_end_by(s, first, end, a[end - first - 1].key); */
