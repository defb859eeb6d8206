/* SPDX-License-Identifier: MIT */
/* Indexes that are permuted, as functions see it. */
/*@ lemma stay_permuted{A,B}: \forall struct place *a, struct place *b, integer low, high;
        low <= high ==> indexes_stay{A,B}(a, b, low, high) ==>
        indexes_permuted{A,B}(a, b, low, high);
    lemma permuted_twice{A,B,C}: \forall struct place *a, struct place *b, struct place *c,
        integer low, high; indexes_permuted{A,B}(a, b, low, high) ==>
        indexes_permuted{B,C}(b, c, low, high) ==> indexes_permuted{A,C}(a, c, low, high);
    lemma found_all{A,B}: \forall struct place *a, struct place *b, integer low, high;
        low <= high ==> indexes_permuted{A,B}(a, b, low, high) ==>
        keys_within{B}(b, low, high) ==> all_found{A,B}(a, b, low, high);
    lemma found_below{A,B}: \forall struct place *a, struct place *b, integer low, high, limit;
        low <= high ==> all_found{A,B}(a, b, low, high) ==>
        indexes_below{A}(a, low, high, limit) ==> indexes_below{B}(b, low, high, limit);
    lemma found_begin{A,B,S}: \forall struct place *a, struct place *b, struct span *s,
        integer low, high, pfn; low <= high ==> all_found{A,B}(a, b, low, high) ==>
        all_begin_on{A,S}(a, s, low, high, pfn) ==> all_begin_on{B,S}(b, s, low, high, pfn); */
