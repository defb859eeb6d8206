/* SPDX-License-Identifier: MIT */
/* Pages that got their kind are swept. */
/*@
    lemma between_top{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        is_top{L}(s, rank_at{S}(\at(s->spans, S), \at(s->count, S), p));
    lemma between_alike{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next, p;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn <= p < next ==>
        rank_at{S}(\at(s->spans, S), \at(s->count, S), p) ==
            rank_at{S}(\at(s->spans, S), \at(s->count, S), pfn);
    predicate ranks_alike{S}(struct sweep *s, integer pfn, integer next) =
        \forall integer p; pfn <= p < next ==> rank_at(s->spans, s->count, p) ==
            rank_at(s->spans, s->count, pfn);
    lemma between_ranks{L,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{L,S}(s, a, first, end, opened, closed, pfn, next) ==>
        ranks_alike{S}(s, pfn, next);
    lemma swept_more{A,B,S}: \forall struct sweep *s, integer pfn, next;
        swept{A,S}(s, pfn) ==> \at(s->map->regions, A) == \at(s->map->regions, B) ==>
        put{A,B}(\at(s->map->regions, A), \at(s->map->count, A), \at(s->map->count, B), pfn, next,
            rank_at{S}(\at(s->spans, S), \at(s->count, S), pfn)) ==>
        ranks_alike{S}(s, pfn, next) ==> swept{B,S}(s, next);
    lemma between_put{A,B,S}: \forall struct sweep *s, struct place *a,
        integer first, end, opened, closed, pfn, next;
        between{A,S}(s, a, first, end, opened, closed, pfn, next) ==> pfn < next ==>
        puts_top{A,B}(s, pfn, next) ==>
        put{A,B}(\at(s->map->regions, A), \at(s->map->count, A), \at(s->map->count, B), pfn, next,
            rank_at{S}(\at(s->spans, S), \at(s->count, S), pfn)); */
