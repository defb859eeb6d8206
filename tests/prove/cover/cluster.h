/* SPDX-License-Identifier: MIT */
/* In a cluster, what is open is what covers the page. */
/*@
    lemma cover_is_counted{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, p;
        0 <= first ==> end <= \at(s->count, S) ==> p <= PFN_END ==>
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==>
        ends_sorted{S}(a, \at(s->spans, S), first, end) ==>
        passed{S}(a, \at(s->spans, S), first, end, opened, closed, p) ==>
        spans_end_by{S}(\at(s->spans, S), 0, first, p) ==>
        begin_behind{S}(\at(s->spans, S), end, \at(s->count, S), p) ==>
        counted{L,S}(s, a, first, opened, closed) ==> cover_counted{L,S}(s, p); */
