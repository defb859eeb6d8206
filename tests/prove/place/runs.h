/* SPDX-License-Identifier: MIT */
/*@
    lemma run_more{A,B}: \forall struct place *a, integer low, next, count, width;
        run_added{A,B}(a, low, next, count, width) ==> runs_below{B}(a, next, count, width);
    lemma runs_whole{L}: \forall struct place *a, integer low, count, width;
        all_runs(a, low, count, width) ==> runs(a, 0, count, width); */
