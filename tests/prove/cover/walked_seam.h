/* SPDX-License-Identifier: MIT */
/* A walk that has passed all leaves a seam. */
/*@
    lemma over_at_seam{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_ended(s, w, pfn) ==> at_seam(s, w->end); */
