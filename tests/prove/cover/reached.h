/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, which has no gap, some span is open. */
/*@
    lemma reached_next{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        opened < end ==> reaches{S}(\at(s->spans, S), first, opened);
    lemma reached_last{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, j;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> opened == end ==>
        j == \at(a[closed].index, S) ==>
        first <= j < opened && \at(s->spans[j].end_pfn, S) == next;
    lemma between_reached{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        \exists integer j; first <= j < opened && \at(s->spans[j].first_pfn, S) <= pfn &&
            pfn < \at(s->spans[j].end_pfn, S); */
