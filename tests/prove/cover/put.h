/* SPDX-License-Identifier: MIT */
/* A span that stands alone was put out. */
/*@
    lemma alone_behind{L}: \forall struct sweep *s, integer i, p; is_cluster(s, i, i + 1) ==>
        p < s->spans[i].end_pfn ==> begin_behind(s->spans, i + 1, s->count, p);
    lemma alone_rank{L}: \forall struct sweep *s, integer i, p; is_cluster(s, i, i + 1) ==>
        s->spans[i].first_pfn <= p < s->spans[i].end_pfn ==>
        rank_at(s->spans, i + 1, p) == s->spans[i].kind;
    lemma alone_later{L}: \forall struct sweep *s, integer i, p; is_cluster(s, i, i + 1) ==>
        p < s->spans[i].end_pfn ==>
        rank_at(s->spans, s->count, p) == rank_at(s->spans, i + 1, p);
    lemma rank_of_alone{L}: \forall struct sweep *s, integer i, p; at_seam(s, i) ==>
        is_cluster(s, i, i + 1) ==> s->spans[i].first_pfn <= p < s->spans[i].end_pfn ==>
        rank_at(s->spans, s->count, p) == s->spans[i].kind;
    lemma put_page{A,B}: \forall struct sweep *s, integer i, p; alone_put{A,B}(s, i) ==>
        p < \at(s->spans[i].end_pfn, A) ==> page_swept{B,A}(s, p);
    lemma put_swept{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        swept{B,A}(s, \at(s->spans[i].end_pfn, A));
    lemma put_ended{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        spans_end_by{B}(\at(s->spans, B), 0, i + 1, \at(s->spans[i].end_pfn, B));
    lemma put_made{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        made_by{B}(s, \at(s->spans[i].end_pfn, B), 2 * (i + 1));
    lemma put_sound{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        classes_sound{B,B}(s, i + 1) && none_open{B}(s);
    lemma put_by_seam{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        \at(s->spans[i].end_pfn, B) <= seam_pfn{B}(s, i + 1);
    lemma put_in_line{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        sweep_in_line{B}(s) && 0 <= i < \at(s->count, B);
    lemma put_done{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        done_by{B}(s, i + 1, \at(s->spans[i].end_pfn, B)); */
