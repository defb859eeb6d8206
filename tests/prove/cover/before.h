/* SPDX-License-Identifier: MIT */
/* Counts with the spans and ends of before, links where nothing opened. */
/*@
    lemma counted_kept{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{B}(s, w) ==>
        counted{B,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, B), \at(w->closed, B)) ==>
        counted{B,B}(s, \at(w->ends, B), \at(w->first, B), \at(w->opened, B), \at(w->closed, B));
    lemma closed_before{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        \at(w->closed, A) < \at(w->end, A) - \at(w->first, A) ==> walk_over{A}(s, w) ==>
        \at(w->opened, A) == \at(w->opened, B) ==>
        \at(w->closed, A) + 1 == \at(w->closed, B) ==>
        counts_change{A,B}(s, \at(w->ends[\at(w->closed, A)].what, A), -1) ==>
        counted{A,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, A), \at(w->closed, A)) ==>
        counted{B,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, B), \at(w->closed, B));
    lemma opened_before{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_inside{A}(s, w) ==>
        \at(w->opened, A) + 1 == \at(w->opened, B) ==>
        \at(w->closed, A) == \at(w->closed, B) ==>
        counts_change{A,B}(s, span_class{A}(\at(s->spans, A) + \at(w->opened, A)), 1) ==>
        counted{A,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, A), \at(w->closed, A)) ==>
        counted{B,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, B), \at(w->closed, B));
    lemma stays_linked{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> stays_open{A,B,B}(s) ==> open_linked{B,B}(s) ==>
        linked{A,A}(s, \at(w->opened, A)) ==> linked{B,B}(s, \at(w->opened, A)); */
