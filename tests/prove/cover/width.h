/* SPDX-License-Identifier: MIT */
/* No span ends behind the last page there can be. */
/*@
    lemma end_width{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_over(s, w) ==>
        0 <= j < w->end - w->first ==> w->ends[j].key <= PFN_END; */
