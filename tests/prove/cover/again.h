/* SPDX-License-Identifier: MIT */
/* Between three states of the sweep, and what regions that are written leave of the spans. */
/*@
    lemma stays_again{A,B,C,S}: \forall struct sweep *s;
        stays_open{A,B,S}(s) ==> stays_open{B,C,S}(s) ==> stays_open{A,C,S}(s);
    lemma kept_again{A,B,C}: \forall struct span *s, integer n;
        spans_kept{A,B}(s, n) ==> spans_kept{B,C}(s, n) ==> spans_kept{A,C}(s, n);
    lemma class_spans{L,S,T}: \forall struct sweep *s, integer n, c; same_spans{S,T}(s, n) ==>
        \at(s->tails[c], L) <= n ==> 0 <= \at(s->heads[c], L) ==>
        class_linked{L,S}(s, c) ==> class_linked{L,T}(s, c);
    lemma open_spans{L,S,T}: \forall struct sweep *s, integer n; same_spans{S,T}(s, n) ==>
        tails_within{L}(s, n) ==> open_linked{L,S}(s) ==> open_linked{L,T}(s); */
