/* SPDX-License-Identifier: MIT */
/* Spans that stay the same stay what they are, whatever is written beside them. */
/*@ lemma good_stays{A,B}: \forall struct span *s, integer n; spans_as{A,B}(s, n) ==>
        spans_good{A}(s, n) ==> spans_good{B}(s, n);
    lemma begin_stays{A,B}: \forall struct span *s, integer n; spans_as{A,B}(s, n) ==>
        spans_begin_in_order{A}(s, n) ==> spans_begin_in_order{B}(s, n);
    lemma rank_stays{A,B}: \forall struct span *s, integer n, p; 0 <= n ==>
        spans_as{A,B}(s, n) ==> rank_at{A}(s, n, p) == rank_at{B}(s, n, p);
    lemma rank_is_one{L}: \forall struct span *s, integer n, p; 0 <= n ==>
        -1 <= rank_at(s, n, p); */
