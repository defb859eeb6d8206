/* SPDX-License-Identifier: MIT */
/*@ lemma kind_of_class{L}: \forall struct span *s; span_good(s) ==>
        class_kind(span_class(s)) == s->kind;
    lemma covers_more{L}: \forall struct span *s, integer n, c, p; 0 < n ==>
        covering(s, 0, n, c, p) > 0 ==> covering(s, 0, n - 1, c, p) <= 0 ==>
        s[n - 1].first_pfn <= p < s[n - 1].end_pfn && span_class(s + (n - 1)) == c;
    lemma rank_more{L}: \forall struct span *s, integer n, p; 0 < n ==>
        rank_at(s, n, p) >= rank_at(s, n - 1, p);
    lemma rank_one{L}: \forall struct span *s, integer n, p; 0 < n ==>
        s[n - 1].first_pfn <= p < s[n - 1].end_pfn ==> rank_at(s, n, p) >= s[n - 1].kind;
    lemma rank_high_step{L}: \forall struct span *s, integer n, c, p; 0 < n ==>
        spans_good(s, n) ==>
        (covering(s, 0, n - 1, c, p) > 0 ==> rank_at(s, n - 1, p) >= class_kind(c)) ==>
        covering(s, 0, n, c, p) > 0 ==> rank_at(s, n, p) >= class_kind(c);
    lemma cover_counts{L}: \forall struct span *s, integer n, c, p; 0 <= n ==>
        covering(s, 0, n, c, p) >= 0;
    lemma rank_high{L}: \forall struct span *s, integer n, c, p; 0 <= n ==> spans_good(s, n) ==>
        covering(s, 0, n, c, p) > 0 ==> rank_at(s, n, p) >= class_kind(c);
    predicate none_above{L}(struct span *s, integer n, integer p, integer kind) =
        \forall integer c; 0 <= c < SWEEP_CLASSES && class_kind(c) > kind ==>
            covering(s, 0, n, c, p) <= 0;
    lemma none_above_less{L}: \forall struct span *s, integer n, p, kind; 0 < n ==>
        none_above(s, n, p, kind) ==> none_above(s, n - 1, p, kind);
    lemma covers_one{L}: \forall struct span *s, integer n, c, p; 0 < n ==>
        s[n - 1].first_pfn <= p < s[n - 1].end_pfn ==> span_class(s + (n - 1)) == c ==>
        covering(s, 0, n, c, p) > 0;
    lemma rank_low_step{L}: \forall struct span *s, integer n, p, kind; 0 < n ==>
        spans_good(s, n) ==> -1 <= kind ==> rank_at(s, n - 1, p) <= kind ==>
        none_above(s, n, p, kind) ==> rank_at(s, n, p) <= kind;
    lemma rank_low{L}: \forall struct span *s, integer n, p, kind; 0 <= n ==> spans_good(s, n) ==>
        -1 <= kind ==> none_above(s, n, p, kind) ==> rank_at(s, n, p) <= kind;
    lemma rank_reached{L}: \forall struct span *s, integer n, p, k; 0 <= n ==> spans_good(s, n) ==>
        k == rank_at(s, n, p) - 1 ==> -1 <= k ==> !none_above(s, n, p, k);
    predicate none_covers{L}(struct span *s, integer n, integer p) =
        \forall integer i; 0 <= i < n ==> p < s[i].first_pfn || s[i].end_pfn <= p;
    lemma rank_none{L}: \forall struct span *s, integer n, p; 0 <= n ==>
        none_covers(s, n, p) ==> rank_at(s, n, p) == -1;
    lemma rank_least{L}: \forall struct span *s, integer n, p; 0 <= n ==> rank_at(s, n, p) >= -1; */
