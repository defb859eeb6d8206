/* SPDX-License-Identifier: MIT */
/* What covers a page, from what began. */
/*@
    lemma passed_begun{L}: \forall struct place *a, struct span *s,
        integer n, first, end, opened, closed, c, p; 0 <= first ==> end <= n ==>
        spans_good(s, n) ==> passed(a, s, first, end, opened, closed, p) ==>
        covering(s, first, end, c, p) ==
            of_class(s, first, opened, c) - ended(s, first, end, c, p);
    lemma cover_outside{L}: \forall struct span *s, integer n, first, end, c, p; 0 <= first ==>
        first <= end ==> end <= n ==> spans_end_by(s, 0, first, p) ==>
        begin_behind(s, end, n, p) ==>
        covering(s, 0, n, c, p) == covering(s, first, end, c, p); */
