/* SPDX-License-Identifier: MIT */
/*@ lemma class_is_kept{S,T}: \forall struct span *s, integer n, i; forms_kept{S,T}(s, n) ==>
        kinds_kept{S,T}(s, n) ==> 0 <= i < n ==> span_class{S}(s + i) == span_class{T}(s + i);
    lemma ended_kept{A,B}: \forall struct span *s, integer low, high, n, c, p; 0 <= low ==>
        low <= high ==> high <= n ==> spans_kept{A,B}(s, n) ==>
        ended{A}(s, low, high, c, p) == ended{B}(s, low, high, c, p); */
