/* SPDX-License-Identifier: MIT */
/* Pages were put out: nothing opened or closed. */
/*@
    lemma stays_counted{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> \at(w->opened, A) == \at(w->opened, B) ==>
        \at(w->closed, A) == \at(w->closed, B) ==> counts_same{A,B}(s) ==>
        counted{A,A}(s, \at(w->ends, A), \at(w->first, A), \at(w->opened, A), \at(w->closed, A)) ==>
        counted{B,B}(s, \at(w->ends, B), \at(w->first, B), \at(w->opened, B), \at(w->closed, B));
    lemma stays_sound{A,B}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==>
        walk_inside{A}(s, w) ==> stays_open{A,B,B}(s) ==> open_linked{B,B}(s) ==>
        mask_sound{B}(s) ==> \at(s->loaded_claim, A) == \at(s->loaded_claim, B) ==>
        classes_sound{A,A}(s, \at(w->opened, A)) ==> classes_sound{B,B}(s, \at(w->opened, A)); */
