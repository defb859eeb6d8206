/* SPDX-License-Identifier: MIT */
/* The first seam, and the last: all pages. */
/*@
    lemma blank_seam{L}: \forall struct sweep *s; sweep_blank(s) ==> sweep_in_line(s) ==>
        0 < s->count ==> s->map->count == 0 ==> at_seam(s, 0);
    lemma last_seam{A,B}: \forall struct sweep *s, integer p; sweep_kept{A,B}(s) ==>
        at_seam{B}(s, \at(s->count, B)) ==> page_swept{B,B}(s, p) &&
        page_swept{B,A}(s, p); */
