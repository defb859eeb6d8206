/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster: what the walk has passed, and what stands outside. */
/*@
    lemma between_bounds{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        passed{S}(a, \at(s->spans, S), first, end, opened, closed, p) && p <= PFN_END &&
        spans_end_by{S}(\at(s->spans, S), 0, first, p) &&
        begin_behind{S}(\at(s->spans, S), end, \at(s->count, S), p); */
