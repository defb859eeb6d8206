/* SPDX-License-Identifier: MIT */
/* Spans that stay the same stay within their bounds, and in order. */
/*@ lemma within_stays{A,B}: \forall struct span *s, integer n, width, entries, limit;
        spans_stay{A,B}(s, n) ==> spans_within{A}(s, n, width, entries, limit) ==>
        spans_within{B}(s, n, width, entries, limit);
    lemma in_order_stays{A,B}: \forall struct span *s, integer n; spans_stay{A,B}(s, n) ==>
        spans_in_order{A}(s, n) ==> spans_in_order{B}(s, n); */
