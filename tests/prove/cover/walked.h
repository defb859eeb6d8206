/* SPDX-License-Identifier: MIT */
/* A walk from seam to seam: how it begins, and what it leaves. */
/*@
    lemma begins_before_end{L}: \forall struct sweep *s, struct place *a, integer first, end;
        is_cluster(s, first, end) ==> ends_sorted(a, s->spans, first, end) ==>
        s->spans[first].first_pfn < a[0].key;
    lemma over_at_last{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_over(s, w) ==> walk_stands(s, w, pfn) ==> w->closed == w->end - w->first ==>
        pfn == w->ends[w->end - w->first - 1].key;
    lemma over_all_opened{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_over(s, w) ==> walk_stands(s, w, pfn) ==> w->closed == w->end - w->first ==>
        w->opened == w->end;
    lemma over_all_ended{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        walk_over(s, w) ==> walk_stands(s, w, pfn) ==> w->closed == w->end - w->first ==>
        spans_end_by(s->spans, 0, w->end, pfn);
    lemma good_ended{L}: \forall struct span *s, integer n, low, high; spans_good(s, n) ==>
        0 <= low ==> high <= n ==> spans_end_by(s, low, high, PFN_END);
    lemma all_counted_ended{L}: \forall struct sweep *s, struct place *a, integer first, end, c;
        is_cluster(s, first, end) ==> ends_sorted(a, s->spans, first, end) ==> 0 <= c ==>
        of_class(s->spans, first, end, c) == placed(a, 0, end - first, 0, PFN_END, -1, c);
    lemma over_none_of{L}: \forall struct sweep *s, struct sweep_walk *w, integer c;
        walk_over(s, w) ==> w->opened == w->end ==> w->closed == w->end - w->first ==>
        0 <= c < SWEEP_CLASSES ==> counted{L,L}(s, w->ends, w->first, w->opened, w->closed) ==>
        s->open_counts[c] == 0;
    lemma over_none_open{L}: \forall struct sweep *s, struct sweep_walk *w; walk_over(s, w) ==>
        w->opened == w->end ==> w->closed == w->end - w->first ==>
        counted{L,L}(s, w->ends, w->first, w->opened, w->closed) ==> none_open(s);
    lemma over_made{L}: \forall struct sweep *s, struct sweep_walk *w, integer pfn;
        w->opened == w->end ==> w->closed == w->end - w->first ==> walk_swept(s, w, pfn, 0) ==>
        made_by(s, pfn, 2 * w->end);
    lemma last_is_end{L}: \forall struct sweep *s, struct place *a, integer first, end, j;
        is_cluster(s, first, end) ==> ends_sorted(a, s->spans, first, end) ==>
        0 <= j < end - first ==> a[j].key <= seam_pfn(s, end); */
