/* SPDX-License-Identifier: MIT */
/* A span that covers a page has its class open. */
/*@
    lemma class_is_one{L}: \forall struct span *s, integer n, i; spans_good(s, n) ==> 0 <= i ==>
        i < n ==> 0 <= span_class(s + i) < SWEEP_CLASSES;
    lemma covered_one{L,S}: \forall struct sweep *s, integer j, p;
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==> 0 <= j ==> j < \at(s->count, S) ==>
        \at(s->spans[j].first_pfn, S) <= p < \at(s->spans[j].end_pfn, S) ==>
        mask_sound{L}(s) ==> cover_counted{L,S}(s, p) ==>
        bit_set(\at(s->class_mask, L), span_class{S}(\at(s->spans, S) + j)); */
