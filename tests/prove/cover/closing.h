/* SPDX-License-Identifier: MIT */
/* A span closed. */
/*@
    lemma closed_counted{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> walk_inside{B}(s, w) ==> walk_over{A}(s, w) ==>
        \at(w->opened, A) == \at(w->opened, B) ==>
        \at(w->closed, A) + 1 == \at(w->closed, B) ==>
        counts_change{A,B}(s, \at(w->ends[\at(w->closed, A)].what, A), -1) ==>
        counted{A,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, A), \at(w->closed, A)) ==>
        counted{B,B}(s, \at(w->ends, B), \at(w->first, B), \at(w->opened, B), \at(w->closed, B));
    lemma closed_linked{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> links_kept{A,B,B}(s, \at(s->count, A)) ==>
        linked{A,A}(s, \at(w->opened, A)) ==> linked{B,B}(s, \at(w->opened, A)); */
