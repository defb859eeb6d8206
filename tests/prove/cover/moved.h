/* SPDX-License-Identifier: MIT */
/* The walk passed a bound: what it put out stays. */
/*@
    lemma pages_moved{A,B,S}: \forall struct memmap_region *r, integer n, struct span *s,
        integer count, pfn; 0 <= n ==> same{A,B}(r, 0, n) ==>
        pages_swept{A,S}(r, n, s, count, pfn) ==> pages_swept{B,S}(r, n, s, count, pfn);
    lemma pages_are{L,S}: \forall struct sweep *s, integer pfn; swept{L,S}(s, pfn) ==>
        pages_swept{L,S}(\at(s->map->regions, L), \at(s->map->count, L), \at(s->spans, S),
                         \at(s->count, S), pfn); */
