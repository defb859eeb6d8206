/* SPDX-License-Identifier: MIT */
/* Pages that are put out between two bounds are swept. */
/*@
    // Pages [pfn, next) got the highest open kind: they have become what the spans say.
    lemma between_swept{A,B,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{A,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        swept{A,S}(s, pfn) ==> \at(s->map->regions, A) == \at(s->map->regions, B) ==>
        puts_top{A,B}(s, pfn, next) ==>
        swept{B,S}(s, next); */
