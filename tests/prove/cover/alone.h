/* SPDX-License-Identifier: MIT */
/* What the walk reads of its ends stands elsewhere than what the sweep writes. */
/*@
    lemma sweep_index_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s, &w->ends[j].index);
    lemma sweep_what_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s, &w->ends[j].what);
    lemma report_index_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->report, &w->ends[j].index);
    lemma report_what_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->report, &w->ends[j].what);
    lemma next_index_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->next + (0 .. s->count), &w->ends[j].index);
    lemma next_what_alone{L}: \forall struct sweep *s, struct sweep_walk *w, integer j;
        walk_near(s, w) ==> 0 <= j < w->end - w->first ==>
        \separated(s->next + (0 .. s->count), &w->ends[j].what); */
