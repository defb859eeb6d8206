/* SPDX-License-Identifier: MIT */
/* From where all that passed has ended to where the next span begins, nothing covers a page. */
/*@
    lemma begin_from_seam{L}: \forall struct sweep *s, integer i, p; sweep_in_line(s) ==>
        0 <= i <= s->count ==> p < seam_pfn(s, i) ==> begin_behind(s->spans, i, s->count, p);
    lemma rank_beyond{L}: \forall struct sweep *s, integer i, pfn, p; sweep_in_line(s) ==>
        0 <= i <= s->count ==> spans_end_by(s->spans, 0, i, pfn) ==> pfn <= p < seam_pfn(s, i) ==>
        rank_at(s->spans, s->count, p) == -1;
    lemma page_beyond{L}: \forall struct sweep *s, integer i, pfn, p; sweep_in_line(s) ==>
        0 <= i <= s->count ==> done_by(s, i, pfn) ==> pfn <= p < seam_pfn(s, i) ==>
        page_swept{L,L}(s, p);
    lemma swept_beyond{L}: \forall struct sweep *s, integer i, pfn; sweep_in_line(s) ==>
        0 <= i <= s->count ==> done_by(s, i, pfn) ==> swept{L,L}(s, seam_pfn(s, i));
    lemma made_beyond{L}: \forall struct sweep *s, integer pfn, next, most; pfn <= next ==>
        made_by(s, pfn, most) ==> made_by(s, next, most);
    lemma end_beyond{L}: \forall struct span *s, integer n, pfn, next; pfn <= next ==>
        spans_end_by(s, 0, n, pfn) ==> spans_end_by(s, 0, n, next); */
