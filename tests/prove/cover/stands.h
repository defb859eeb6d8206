/* SPDX-License-Identifier: MIT */
/* Where the walk stands, from step to step. */
/*@
    lemma stands_kept{A,B}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_kept{A,B}(s, w) ==> walk_still{A,B}(s, w) ==> 0 < \at(w->end, A) - \at(w->first, A) ==>
        walk_stands{A}(s, w, pfn) ==> walk_stands{B}(s, w, pfn);
    lemma stands_next{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn, next;
        walk_stands(s, w, pfn) ==> w->closed < w->end - w->first ==>
        next == \min(w->open_pfn, w->ends[w->closed].key) ==> walk_stands(s, w, next);
    lemma stands_from{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_over(s, w) ==> walk_stands(s, w, pfn) ==>
        spans_begin_from(s->spans, w->opened, w->end, pfn);
    lemma stands_closed{A,B}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_kept{A,B}(s, w) ==> walk_over{A}(s, w) ==> walk_stands{A}(s, w, pfn) ==>
        \at(w->closed, A) < \at(w->end, A) - \at(w->first, A) ==>
        pfn == \at(w->ends[\at(w->closed, A)].key, A) ==>
        \at(w->opened, A) == \at(w->opened, B) ==> \at(w->open_pfn, A) == \at(w->open_pfn, B) ==>
        \at(w->closed, B) == \at(w->closed, A) + 1 ==> walk_stands{B}(s, w, pfn);
    lemma stands_opened{A,B}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_kept{A,B}(s, w) ==> walk_over{A}(s, w) ==> walk_stands{A}(s, w, pfn) ==>
        0 < \at(w->end, A) - \at(w->first, A) ==> \at(w->opened, A) < \at(w->end, A) ==>
        pfn == \at(w->open_pfn, A) ==> pfn <= PFN_END ==>
        \at(w->closed, A) == \at(w->closed, B) ==> \at(w->opened, B) == \at(w->opened, A) + 1 ==>
        \at(w->open_pfn, B) == (\at(w->opened, B) < \at(w->end, B) ?
            \at(s->spans[\at(w->opened, B)].first_pfn, B) : UINT64_MAX) ==>
        walk_stands{B}(s, w, pfn);
    lemma places_further{A,B,C}: \forall struct place *a, integer m; places_kept{A,B}(a, m) ==>
        places_kept{B,C}(a, m) ==> places_kept{A,C}(a, m);
    lemma spans_further{A,B,C}: \forall struct span *s, integer n; spans_kept{A,B}(s, n) ==>
        spans_kept{B,C}(s, n) ==> spans_kept{A,C}(s, n); */
