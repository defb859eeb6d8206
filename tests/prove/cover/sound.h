/* SPDX-License-Identifier: MIT */
/* Links of classes where nothing opens, where a span closes, where spans stay the same. */
/*@
    lemma linked_spans{L,S,T}: \forall struct sweep *s, integer n, opened; same_spans{S,T}(s, n) ==>
        0 <= opened ==> opened <= n ==> linked{L,S}(s, opened) ==> linked{L,T}(s, opened);
    lemma linked_stays{A,B,S}: \forall struct sweep *s, integer opened; stays_open{A,B,S}(s) ==>
        opened <= \at(s->count, S) ==> linked{A,S}(s, opened) ==> open_linked{B,S}(s) ==>
        linked{B,S}(s, opened);
    lemma linked_closed{A,B,S}: \forall struct sweep *s, integer n, opened;
        links_kept{A,B,S}(s, n) ==> opened <= n ==> linked{A,S}(s, opened) ==>
        linked{B,S}(s, opened); */
