/* SPDX-License-Identifier: MIT */
/*@
    lemma permuted_again{A,B,C}: \forall struct place *a, *b, *c, integer low, high;
        places_permuted{A,B}(a, b, low, high) ==> places_permuted{B,C}(b, c, low, high) ==>
        places_permuted{A,C}(a, c, low, high);
    lemma permuted_same{A,B,C}: \forall struct place *a, *b, integer low, high; low <= high ==>
        places_same{A,B}(a, low, high) ==> places_permuted{B,C}(a, b, low, high) ==>
        places_permuted{A,C}(a, b, low, high); */
