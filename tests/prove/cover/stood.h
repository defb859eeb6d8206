/* SPDX-License-Identifier: MIT */
/*@
    // Where the walk stands on page p, or between two bounds on p: passed so many of each.
    predicate passed{L}(struct place *a, struct span *s, integer first, integer end,
                        integer opened, integer closed, integer p) =
        first <= opened <= end && 0 <= closed <= end - first &&
        begin_by(s, first, opened, p) && begin_behind(s, opened, end, p) &&
        keys_by(a, 0, closed, p) && keys_behind(a, closed, end - first, p); */
