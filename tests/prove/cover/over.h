/* SPDX-License-Identifier: MIT */
/* A step of the walk leaves what it goes over. */
/*@
    lemma over_kept{S,T}: \forall struct sweep *s, struct sweep_walk *w; walk_kept{S,T}(s, w) ==>
        walk_over{S}(s, w) ==> walk_over{T}(s, w);
    lemma kept_same{S,T}: \forall struct sweep *s, struct sweep_walk *w; walk_kept{S,T}(s, w) ==>
        same_spans{S,T}(s, \at(s->count, S)); */
