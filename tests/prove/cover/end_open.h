/* SPDX-License-Identifier: MIT */
/* The class of the next end is open. */
/*@
    // An end that is next belongs to a span that is open.
    lemma ends_open{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, p;
        0 <= first ==> end <= \at(s->count, S) ==> first <= opened ==> opened <= end ==>
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==>
        ends_sorted{S}(a, \at(s->spans, S), first, end) ==> 0 <= closed ==> closed < end - first ==>
        \at(a[closed].key, S) == p ==> p <= PFN_END ==> keys_by{S}(a, 0, closed, p) ==>
        \at(a[closed].what, S) < SWEEP_CLASSES ==>
        spans_begin_from{S}(\at(s->spans, S), opened, end, p) ==>
        counted{L,S}(s, a, first, opened, closed) ==>
        \at(s->open_counts[\at(a[closed].what, S)], L) > 0; */
