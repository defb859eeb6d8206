/* SPDX-License-Identifier: MIT */
/* A seam stays one where nothing is put out, and nothing opens. */
/*@
    lemma same_seam{A,B}: \forall struct sweep *s, integer i; sweep_same{A,B}(s) ==>
        at_seam{A}(s, i) ==> at_seam{B}(s, i);
    lemma same_cluster{A,B}: \forall struct sweep *s, integer first, end; sweep_kept{A,B}(s) ==>
        is_cluster{A}(s, first, end) ==> is_cluster{B}(s, first, end);
    lemma kept_twice{A,B,C}: \forall struct sweep *s; sweep_kept{A,B}(s) ==>
        sweep_kept{B,C}(s) ==> sweep_kept{A,C}(s); */
