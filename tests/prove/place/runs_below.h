/* SPDX-License-Identifier: MIT */
/*@
    lemma runs_below_same{A,B}: \forall struct place *a, integer low, count, width; 0 <= low ==>
        0 < width ==> places_same{A,B}(a, 0, low) ==> runs_below{A}(a, low, count, width) ==>
        runs_below{B}(a, low, count, width);
    predicate runs_go_on{L}(struct place *a, integer low, integer count, integer width) =
        runs(a, low, count, width) ==> runs(a, 0, count, width);
    lemma runs_joined{L}: \forall struct place *a, integer low, count, width; 0 <= low ==>
        0 < width ==> runs_below(a, low, count, width) ==> runs_go_on(a, low, count, width); */
