/* SPDX-License-Identifier: MIT */
/* Where nothing is open, and nothing opens. */
/*@
    lemma rests_none{A,B}: \forall struct sweep *s; sweep_rests{A,B}(s) ==> none_open{A}(s) ==>
        none_open{B}(s);
    lemma rests_in_class{A,B}: \forall struct sweep *s, integer i; sweep_rests{A,B}(s) ==>
        i <= \at(s->count, A) ==> tails_within{A}(s, i) ==> tails_in_class{A,A}(s) ==>
        tails_in_class{B,B}(s);
    lemma rests_linked{A,B}: \forall struct sweep *s, integer i, j; sweep_rests{A,B}(s) ==>
        i <= j ==> i <= \at(s->count, A) ==> none_open{A}(s) ==> linked{A,A}(s, i) ==>
        linked{B,B}(s, j);
    lemma rests_sound{A,B}: \forall struct sweep *s, integer i, j; sweep_rests{A,B}(s) ==>
        i <= j ==> i <= \at(s->count, A) ==> none_open{A}(s) ==> classes_sound{A,A}(s, i) ==>
        classes_sound{B,B}(s, j);
    lemma rests_in_line{A,B}: \forall struct sweep *s; sweep_kept{A,B}(s) ==>
        sweep_in_line{A}(s) ==> sweep_in_line{B}(s);
    lemma rests_swept{L,A,B}: \forall struct sweep *s, integer pfn; sweep_kept{A,B}(s) ==>
        swept{L,A}(s, pfn) ==> swept{L,B}(s, pfn); */
