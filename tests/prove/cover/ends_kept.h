/* SPDX-License-Identifier: MIT */
/* What is put out leaves the ends of a cluster. */
/*@
    // In B, what stands elsewhere than the sweep, its report and its map is as in A.
    predicate longs_kept{A,B}(struct sweep *s) = \forall uint64_t *p; \separated(s, p) ==>
        \separated(\at(s->report, A), p) ==> \separated(\at(s->map, A), p) ==>
        \separated(\at(s->map->regions, A) + (0 .. \at(s->map->capacity, A) - 1), p) ==>
            \at(*p, A) == \at(*p, B);
    predicate ints_kept{A,B}(struct sweep *s) = \forall uint32_t *p; \separated(s, p) ==>
        \separated(\at(s->report, A), p) ==> \separated(\at(s->map, A), p) ==>
        \separated(\at(s->map->regions, A) + (0 .. \at(s->map->capacity, A) - 1), p) ==>
            \at(*p, A) == \at(*p, B);
    lemma ends_stay{A,B}: \forall struct sweep *s, struct sweep_walk *w; walk_apart{A}(s, w) ==>
        longs_kept{A,B}(s) ==> ints_kept{A,B}(s) ==>
        places_kept{A,B}(\at(w->ends, A), \at(w->end, A) - \at(w->first, A));
    lemma walk_stays{A,B}: \forall struct sweep *s, struct sweep_walk *w; walk_apart{A}(s, w) ==>
        longs_kept{A,B}(s) ==>
        \at(w->first, A) == \at(w->first, B) && \at(w->end, A) == \at(w->end, B) &&
        \at(w->opened, A) == \at(w->opened, B) && \at(w->closed, A) == \at(w->closed, B) &&
        \at(w->open_pfn, A) == \at(w->open_pfn, B); */
