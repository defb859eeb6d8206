/* SPDX-License-Identifier: MIT */
/* What covers a page between two bounds of a cluster, from the bounds that were passed. */
/*@
    lemma passed_ended{L}: \forall struct place *a, struct span *s,
        integer first, end, opened, closed, c, p; 0 <= c ==> p <= PFN_END ==>
        ends_sorted(a, s, first, end) ==> passed(a, s, first, end, opened, closed, p) ==>
        ended(s, first, end, c, p) == placed(a, 0, closed, 0, PFN_END, -1, c);
    lemma cover_here{L}: \forall struct place *a, struct span *s,
        integer n, first, end, opened, closed, c, p; 0 <= first ==> end <= n ==> 0 <= c ==>
        p <= PFN_END ==> spans_good(s, n) ==> ends_sorted(a, s, first, end) ==>
        passed(a, s, first, end, opened, closed, p) ==>
        covering(s, first, end, c, p) ==
            of_class(s, first, opened, c) - placed(a, 0, closed, 0, PFN_END, -1, c); */
