/* SPDX-License-Identifier: MIT */
/* Where what is open is what covers a page, the highest open kind is the page's. */
/*@
    lemma class_open{L,S}: \forall struct sweep *s, integer c, p; mask_sound{L}(s) ==>
        cover_counted{L,S}(s, p) ==> 0 <= c < SWEEP_CLASSES ==>
        (bit_set(\at(s->class_mask, L), c) <==>
            covering{S}(\at(s->spans, S), 0, \at(s->count, S), c, p) > 0);
    lemma open_below{L,S}: \forall struct sweep *s, integer p;
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==> 0 <= \at(s->count, S) ==>
        mask_sound{L}(s) ==> cover_counted{L,S}(s, p) ==>
        \forall integer c; 0 <= c < SWEEP_CLASSES && bit_set(\at(s->class_mask, L), c) ==>
            class_kind(c) <= rank_at{S}(\at(s->spans, S), \at(s->count, S), p);
    lemma open_at{L,S}: \forall struct sweep *s, integer p;
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==> 0 <= \at(s->count, S) ==>
        mask_sound{L}(s) ==> cover_counted{L,S}(s, p) ==>
        0 <= rank_at{S}(\at(s->spans, S), \at(s->count, S), p) ==>
        \exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(\at(s->class_mask, L), c) &&
            class_kind(c) >= rank_at{S}(\at(s->spans, S), \at(s->count, S), p);
    lemma rank_is_top{L,S}: \forall struct sweep *s, integer p;
        spans_good{S}(\at(s->spans, S), \at(s->count, S)) ==> 0 <= \at(s->count, S) ==>
        mask_sound{L}(s) ==> cover_counted{L,S}(s, p) ==>
        (\exists integer c; 0 <= c < SWEEP_CLASSES && bit_set(\at(s->class_mask, L), c)) ==>
        is_top{L}(s, rank_at{S}(\at(s->spans, S), \at(s->count, S), p));
    lemma top_is_one{L}: \forall struct sweep *s, integer k, l;
        is_top(s, k) ==> is_top(s, l) ==> k == l; */
