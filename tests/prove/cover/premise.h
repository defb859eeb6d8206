/* SPDX-License-Identifier: MIT */
/* What is open covers a page between two bounds, if the walk has passed what it has to. */
/*@
    lemma between_ends{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==>
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) &&
        ends_sorted{S}(a, \at(s->spans, S), first, end) && 0 <= first &&
        end <= \at(s->count, S) && counted{L,S}(s, a, first, opened, closed);
    lemma between_if{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        passed{S}(a, \at(s->spans, S), first, end, opened, closed, p) ==> p <= PFN_END ==>
        spans_end_by{S}(\at(s->spans, S), 0, first, p) ==>
        begin_behind{S}(\at(s->spans, S), end, \at(s->count, S), p) ==>
        cover_counted{L,S}(s, p); */
