/* SPDX-License-Identifier: MIT */
/* What the walk reads of its ends stands elsewhere than what is put out. */
/*@
    lemma sweep_key_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s, &w->ends[j].key);
    lemma sweep_index_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s, &w->ends[j].index);
    lemma sweep_what_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s, &w->ends[j].what);
    lemma report_key_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->report, &w->ends[j].key);
    lemma report_index_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->report, &w->ends[j].index);
    lemma report_what_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->report, &w->ends[j].what);
    lemma map_key_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map, &w->ends[j].key);
    lemma map_index_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map, &w->ends[j].index);
    lemma map_what_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map, &w->ends[j].what);
    lemma regions_key_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map->regions + (0 .. s->map->capacity - 1), &w->ends[j].key);
    lemma regions_index_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map->regions + (0 .. s->map->capacity - 1), &w->ends[j].index);
    lemma regions_what_apart{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_apart(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->map->regions + (0 .. s->map->capacity - 1), &w->ends[j].what); */
