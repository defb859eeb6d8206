/* SPDX-License-Identifier: MIT */
/* What a walk leaves that has passed all. */
/*@
    lemma over_done{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_ended(s, w, pfn) ==> done_by(s, w->end, pfn);
    lemma over_by_seam{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_ended(s, w, pfn) ==> pfn <= seam_pfn(s, w->end);
    lemma over_in_line{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_ended(s, w, pfn) ==> sweep_in_line(s) && 0 <= w->end <= s->count; */
