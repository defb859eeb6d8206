/* SPDX-License-Identifier: MIT */
/* Open spans are counted, one more or less at each bound. */
/*@
    lemma counted_opened{A,B,S}: \forall struct sweep *s, struct place *a,
        integer first, opened, closed; 0 <= first ==> first <= opened ==>
        counted{A,S}(s, a, first, opened, closed) ==>
        counts_change{A,B}(s, span_class{S}(\at(s->spans, S) + opened), 1) ==>
        counted{B,S}(s, a, first, opened + 1, closed);
    lemma counted_closed{A,B,S}: \forall struct sweep *s, struct place *a,
        integer first, opened, closed; 0 <= closed ==> \at(a[closed].key, S) <= PFN_END ==>
        counted{A,S}(s, a, first, opened, closed) ==>
        counts_change{A,B}(s, \at(a[closed].what, S), -1) ==>
        counted{B,S}(s, a, first, opened, closed + 1);
    lemma counted_stays{A,B,S}: \forall struct sweep *s, struct place *a,
        integer first, opened, closed; counts_same{A,B}(s) ==>
        counted{A,S}(s, a, first, opened, closed) ==> counted{B,S}(s, a, first, opened, closed); */
