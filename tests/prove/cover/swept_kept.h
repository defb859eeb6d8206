/* SPDX-License-Identifier: MIT */
/* What was put out is swept, too, where the spans stay. */
/*@
    lemma swept_kept{A,B}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_kept{A,B}(s, w) ==> swept{B,A}(s, pfn) ==> swept{B,B}(s, pfn); */
