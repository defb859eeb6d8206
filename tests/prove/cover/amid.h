/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, what is open is what covers a page. */
/*@
    lemma between_counted{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        cover_counted{L,S}(s, p);
    lemma between_sound{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==>
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) && mask_sound{L}(s) && 0 <= first &&
        opened <= \at(s->count, S);
    lemma between_begun{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        cover_counted{L,S}(s, pfn); */
