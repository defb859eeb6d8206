/* SPDX-License-Identifier: MIT */
/*@
    lemma permuted_more{A,B,C}: \forall struct place *a, *b, integer low, high;
        more_permuted{A,B,C}(a, b, low, high) ==> places_permuted{A,C}(a, b, 0, high);
    lemma permuted_inside{A,B,C}: \forall struct place *a, integer low, high, count;
        part_permuted{A,B,C}(a, low, high, count) ==> places_permuted{A,C}(a, a, 0, count); */
