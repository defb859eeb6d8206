/* SPDX-License-Identifier: MIT */
/* Links of classes: what keeps them, what a span that opens makes of them. */
/*@
    lemma class_kept{A,B,S}: \forall struct sweep *s, integer n, c;
        links_same{A,B,S}(s, n) ==> tails_within{A}(s, n) ==> 0 <= c < SWEEP_CLASSES ==>
        class_linked{A,S}(s, c) ==> class_linked{B,S}(s, c);
    lemma in_class_kept{A,B,S}: \forall struct sweep *s; tails_same{A,B}(s, -1) ==>
        tails_in_class{A,S}(s) ==> tails_in_class{B,S}(s);
    lemma last_kept{A,B,S}: \forall struct sweep *s, integer n;
        links_kept{A,B,S}(s, n) ==> tails_are_last{A,S}(s, n) ==> tails_are_last{B,S}(s, n);
    lemma others_kept{A,B,S}: \forall struct sweep *s, integer n, c, d;
        head_moved{A,B,S}(s, n, c) ==> tails_within{A}(s, n) ==> 0 <= d < SWEEP_CLASSES ==>
        class_linked{A,S}(s, d) ==> class_linked{B,S}(s, d);
    lemma open_kept_moved{A,B,S}: \forall struct sweep *s, integer n, c;
        head_moved{A,B,S}(s, n, c) ==> tails_within{A}(s, n) ==> open_linked{A,S}(s) ==>
        open_linked{B,S}(s);
    lemma added_within{A,B,S}: \forall struct sweep *s, integer index, c;
        link_added{A,B,S}(s, index, c) ==> linked{A,S}(s, index) ==> 0 <= c < SWEEP_CLASSES ==>
        tails_within{B}(s, index + 1);
    lemma added_in_class{A,B,S}: \forall struct sweep *s, integer index, c;
        link_added{A,B,S}(s, index, c) ==> tails_in_class{A,S}(s) ==> 0 <= c < SWEEP_CLASSES ==>
        tails_in_class{B,S}(s);
    lemma added_last{A,B,S}: \forall struct sweep *s, integer index, c;
        link_added{A,B,S}(s, index, c) ==> linked{A,S}(s, index) ==> 0 <= c < SWEEP_CLASSES ==>
        tails_are_last{B,S}(s, index + 1);
    lemma added_apart{A,S}: \forall struct sweep *s, integer c, d, i;
        tails_in_class{A,S}(s) ==> 0 <= c < SWEEP_CLASSES ==> d != c ==> 0 <= i ==>
        span_class{S}(\at(s->spans, S) + i) == d ==> i + 1 != \at(s->tails[c], A);
    lemma added_next{A,B,S}: \forall struct sweep *s, integer index, c, d, i;
        link_added{A,B,S}(s, index, c) ==> linked{A,S}(s, index) ==> 0 <= c < SWEEP_CLASSES ==>
        d != c ==> 0 <= i < index ==> span_class{S}(\at(s->spans, S) + i) == d ==>
        \at(\at(s->next, S)[i + 1], A) == \at(\at(s->next, S)[i + 1], B);
    lemma added_others{A,B,S}: \forall struct sweep *s, integer index, c, d;
        link_added{A,B,S}(s, index, c) ==> linked{A,S}(s, index) ==> 0 <= c < SWEEP_CLASSES ==>
        0 <= d < SWEEP_CLASSES ==> d != c ==> \at(s->open_counts[d], A) > 0 ==>
        class_linked{B,S}(s, d);
    lemma added_own{A,B,S}: \forall struct sweep *s, integer index, c;
        link_added{A,B,S}(s, index, c) ==> linked{A,S}(s, index) ==> 0 <= c < SWEEP_CLASSES ==>
        0 <= index ==> class_linked{B,S}(s, c); */
