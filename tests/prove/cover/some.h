/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster some class is open. */
/*@
    lemma between_some{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(\at(s->class_mask, L), c); */
