/* SPDX-License-Identifier: MIT */
/* Pages between two bounds of a cluster: what is open covers them. */
/*@
    lemma between_spans{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        begin_by{S}(\at(s->spans, S), first, opened, p) &&
        begin_behind{S}(\at(s->spans, S), opened, end, p);
    lemma between_places{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        keys_by{S}(a, 0, closed, p) && keys_behind{S}(a, closed, end - first, p);
    lemma between_width{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> p < next ==> p < PFN_END;
    lemma between_before{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        spans_end_by{S}(\at(s->spans, S), 0, first, p);
    lemma between_behind{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        begin_behind{S}(\at(s->spans, S), end, \at(s->count, S), p);
    lemma between_passed{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        passed{S}(a, \at(s->spans, S), first, end, opened, closed, p); */
