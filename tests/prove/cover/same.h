/* SPDX-License-Identifier: MIT */
/* What is done stays done where nothing is put out, and nothing opens. */
/*@
    lemma same_page{A,B}: \forall struct sweep *s, integer p; sweep_same{A,B}(s) ==>
        0 <= \at(s->map->count, A) ==> page_swept{A,A}(s, p) ==> page_swept{B,A}(s, p);
    lemma same_swept{A,B}: \forall struct sweep *s, integer pfn; sweep_same{A,B}(s) ==>
        swept{A,A}(s, pfn) ==> swept{B,A}(s, pfn);
    lemma same_made{A,B}: \forall struct sweep *s, integer pfn, most; sweep_same{A,B}(s) ==>
        made_by{A}(s, pfn, most) ==> made_by{B}(s, pfn, most);
    lemma same_ended{A,B}: \forall struct sweep *s, integer i, pfn; sweep_same{A,B}(s) ==>
        i <= \at(s->count, A) ==> spans_end_by{A}(\at(s->spans, A), 0, i, pfn) ==>
        spans_end_by{B}(\at(s->spans, B), 0, i, pfn);
    lemma same_done{A,B}: \forall struct sweep *s, integer i, pfn; sweep_same{A,B}(s) ==>
        i <= \at(s->count, A) ==> done_by{A}(s, i, pfn) ==> done_by{B}(s, i, pfn);
    lemma same_pfn{A,B}: \forall struct sweep *s, integer i; sweep_same{A,B}(s) ==> 0 <= i ==>
        seam_pfn{A}(s, i) == seam_pfn{B}(s, i); */
