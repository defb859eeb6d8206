/* SPDX-License-Identifier: MIT */
/* What two steps leave, both leave. */
/*@
    lemma kept_further{A,B,C}: \forall struct sweep *s, struct sweep_walk *w;
        walk_kept{A,B}(s, w) ==> walk_kept{B,C}(s, w) ==> walk_kept{A,C}(s, w); */
