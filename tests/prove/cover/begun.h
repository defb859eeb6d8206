/* SPDX-License-Identifier: MIT */
/* What covers a page, from what began. */
/*@
    // Where the walk stands on page p, or between two bounds on p: passed so many of each.
    predicate passed{L}(struct place *a, struct span *s, integer first, integer end,
                        integer opened, integer closed, integer p) =
        first <= opened <= end && 0 <= closed <= end - first &&
        begin_by(s, first, opened, p) && begin_behind(s, opened, end, p) &&
        keys_by(a, 0, closed, p) && keys_behind(a, closed, end - first, p);
    lemma passed_begun{L}: \forall struct place *a, struct span *s,
        integer n, first, end, opened, closed, c, p; 0 <= first ==> end <= n ==>
        spans_good(s, n) ==> passed(a, s, first, end, opened, closed, p) ==>
        covering(s, first, end, c, p) ==
            of_class(s, first, opened, c) - ended(s, first, end, c, p);
    lemma cover_outside{L}: \forall struct span *s, integer n, first, end, c, p; 0 <= first ==>
        first <= end ==> end <= n ==> spans_end_by(s, 0, first, p) ==>
        begin_behind(s, end, n, p) ==>
        covering(s, 0, n, c, p) == covering(s, first, end, c, p); */
