/* SPDX-License-Identifier: MIT */
/* A walk that begins at a seam. */
/*@
    lemma begins_standing{L}: \forall struct sweep *s, struct sweep_walk *w; walk_over(s, w) ==>
        walk_begins(s, w) ==> walk_stands(s, w, w->open_pfn);
    lemma begins_counted{L}: \forall struct sweep *s, struct sweep_walk *w; walk_over(s, w) ==>
        walk_begins(s, w) ==> at_seam(s, w->first) ==> walk_counts(s, w);
    lemma begins_swept{L}: \forall struct sweep *s, struct sweep_walk *w; walk_over(s, w) ==>
        walk_begins(s, w) ==> at_seam(s, w->first) ==> walk_swept(s, w, w->open_pfn, 0); */
