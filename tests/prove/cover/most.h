/* SPDX-License-Identifier: MIT */
/* No more spans of a class are open than opened. */
/*@
    lemma counts_most{L,S}: \forall struct sweep *s, struct place *a,
        integer first, opened, closed, c; 0 <= first ==> first <= opened ==> 0 <= closed ==>
        0 <= c < SWEEP_CLASSES ==> counted{L,S}(s, a, first, opened, closed) ==>
        \at(s->open_counts[c], L) <= opened; */
