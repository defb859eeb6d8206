/* SPDX-License-Identifier: MIT */
/* The first seam, and the last. */
/*@
    lemma blank_sound{L}: \forall struct sweep *s; sweep_blank(s) ==> 0 < s->count ==>
        classes_sound{L,L}(s, 0);
    lemma blank_rank{L}: \forall struct sweep *s, integer p; sweep_in_line(s) ==>
        0 <= s->count ==> p < seam_pfn(s, 0) ==> begin_behind(s->spans, 0, s->count, p) &&
        rank_at(s->spans, s->count, p) == -1;
    lemma blank_swept{L}: \forall struct sweep *s; sweep_in_line(s) ==> 0 < s->count ==>
        s->map->count == 0 ==> swept{L,L}(s, seam_pfn(s, 0));
    lemma last_page{L}: \forall struct sweep *s, integer p; at_seam(s, s->count) ==>
        page_swept{L,L}(s, p);
    lemma rank_stays_kept{A,B}: \forall struct sweep *s, integer p; sweep_kept{A,B}(s) ==>
        0 <= \at(s->count, A) ==>
        rank_at{A}(\at(s->spans, A), \at(s->count, A), p) ==
            rank_at{B}(\at(s->spans, B), \at(s->count, B), p); */
