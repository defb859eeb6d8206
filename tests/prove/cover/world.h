/* SPDX-License-Identifier: MIT */
/* What is counted, swept and sorted stays so where spans and ends stay the same. */
/*@
    lemma counted_again{L,S,T}: \forall struct sweep *s, struct place *a,
        integer m, first, opened, closed; \at(s->spans, S) == \at(s->spans, T) ==>
        spans_kept{S,T}(\at(s->spans, S), \at(s->count, S)) ==> places_kept{S,T}(a, m) ==>
        0 <= first ==> first <= opened ==> opened <= \at(s->count, S) ==> 0 <= closed ==>
        closed <= m ==> counted{L,S}(s, a, first, opened, closed) ==>
        counted{L,T}(s, a, first, opened, closed);
    lemma page_again{L,S,T}: \forall struct sweep *s, integer p;
        \at(s->spans, S) == \at(s->spans, T) ==> \at(s->count, S) == \at(s->count, T) ==>
        0 <= \at(s->count, S) ==> spans_kept{S,T}(\at(s->spans, S), \at(s->count, S)) ==>
        page_swept{L,S}(s, p) ==> page_swept{L,T}(s, p);
    lemma swept_again{L,S,T}: \forall struct sweep *s, integer pfn;
        \at(s->spans, S) == \at(s->spans, T) ==> \at(s->count, S) == \at(s->count, T) ==>
        0 <= \at(s->count, S) ==> spans_kept{S,T}(\at(s->spans, S), \at(s->count, S)) ==>
        swept{L,S}(s, pfn) ==> swept{L,T}(s, pfn);
    lemma ends_counted_again{S,T}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> first < end ==> end <= n ==> spans_kept{S,T}(s, n) ==>
        places_kept{S,T}(a, end - first) ==> ends_counted{S}(a, s, first, end) ==>
        ends_counted{T}(a, s, first, end);
    lemma ends_members_again{S,T}: \forall struct place *a, integer first, end;
        indexes_kept{S,T}(a, end - first) ==> ends_members{S}(a, first, end) ==>
        ends_members{T}(a, first, end);
    lemma ends_keys_again{S,T}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> end <= n ==> ends_kept{S,T}(s, n) ==> keys_kept{S,T}(a, end - first) ==>
        indexes_kept{S,T}(a, end - first) ==> ends_members{S}(a, first, end) ==>
        ends_keys{S}(a, s, first, end) ==> ends_keys{T}(a, s, first, end);
    lemma ends_classes_again{S,T}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> end <= n ==> forms_kept{S,T}(s, n) ==> kinds_kept{S,T}(s, n) ==>
        whats_kept{S,T}(a, end - first) ==> indexes_kept{S,T}(a, end - first) ==>
        ends_members{S}(a, first, end) ==> ends_classes{S}(a, s, first, end) ==>
        ends_classes{T}(a, s, first, end);
    lemma ends_again{S,T}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> first < end ==> end <= n ==> spans_kept{S,T}(s, n) ==>
        places_kept{S,T}(a, end - first) ==> ends_sorted{S}(a, s, first, end) ==>
        ends_sorted{T}(a, s, first, end);
    lemma reaches_again{S,T}: \forall struct span *s, integer n, first, i; 0 <= first ==>
        i < n ==> spans_kept{S,T}(s, n) ==> reaches{S}(s, first, i) ==> reaches{T}(s, first, i);
    lemma gap_again{S,T}: \forall struct span *s, integer n, first, end; 0 <= first ==>
        end <= n ==> spans_kept{S,T}(s, n) ==> no_gap{S}(s, first, end) ==>
        no_gap{T}(s, first, end);
    lemma good_again{S,T}: \forall struct span *s, integer n; spans_kept{S,T}(s, n) ==>
        spans_good{S}(s, n) ==> spans_good{T}(s, n);
    lemma order_again{S,T}: \forall struct span *s, integer n; spans_kept{S,T}(s, n) ==>
        spans_begin_in_order{S}(s, n) ==> spans_begin_in_order{T}(s, n);
    lemma cluster_again{S,T}: \forall struct sweep *s, integer first, end;
        \at(s->spans, S) == \at(s->spans, T) ==> \at(s->count, S) == \at(s->count, T) ==>
        spans_kept{S,T}(\at(s->spans, S), \at(s->count, S)) ==> is_cluster{S}(s, first, end) ==>
        is_cluster{T}(s, first, end); */
