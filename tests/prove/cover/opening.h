/* SPDX-License-Identifier: MIT */
/* A span opened. */
/*@
    lemma opened_counted{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> walk_inside{B}(s, w) ==>
        \at(w->opened, A) + 1 == \at(w->opened, B) ==>
        \at(w->closed, A) == \at(w->closed, B) ==>
        counts_change{A,B}(s, span_class{A}(\at(s->spans, A) + \at(w->opened, A)), 1) ==>
        counted{A,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, A), \at(w->closed, A)) ==>
        counted{B,B}(s, \at(w->ends, B), \at(w->first, B), \at(w->opened, B), \at(w->closed, B)); */
