/* SPDX-License-Identifier: MIT */
/* The class of a span says what it says of form and kind. */
/*@ lemma class_is_kept{S,T}: \forall struct span *s, integer n, i; forms_kept{S,T}(s, n) ==>
        kinds_kept{S,T}(s, n) ==> 0 <= i < n ==> span_class{S}(s + i) == span_class{T}(s + i); */
