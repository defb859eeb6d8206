/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, the class of a span that covers the page is open. */
/*@
    lemma between_one{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, j;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        first <= j < opened ==> \at(s->spans[j].first_pfn, S) <= pfn ==>
        pfn < \at(s->spans[j].end_pfn, S) ==>
        0 <= span_class{S}(\at(s->spans, S) + j) < SWEEP_CLASSES &&
        bit_set(\at(s->class_mask, L), span_class{S}(\at(s->spans, S) + j)); */
