/* SPDX-License-Identifier: MIT */
/*@
    lemma more_split_a{A,B,C}: \forall struct place *a, *b, integer low, high, p, q, i, w;
        more_permuted{A,B,C}(a, b, low, high) ==>
        placed{A}(a, 0, high, p, q, i, w) ==
            placed{A}(a, 0, low, p, q, i, w) + placed{A}(a, low, high, p, q, i, w);
    lemma more_split_b{A,B,C}: \forall struct place *a, *b, integer low, high, p, q, i, w;
        more_permuted{A,B,C}(a, b, low, high) ==>
        placed{C}(b, 0, high, p, q, i, w) ==
            placed{B}(b, 0, low, p, q, i, w) + placed{C}(b, low, high, p, q, i, w);
    lemma inside_split_b{A,B,C}: \forall struct place *a, integer low, high, count, p, q, i, w;
        part_permuted{A,B,C}(a, low, high, count) ==>
        placed{B}(a, 0, count, p, q, i, w) == placed{B}(a, 0, low, p, q, i, w) +
            placed{B}(a, low, high, p, q, i, w) + placed{B}(a, high, count, p, q, i, w);
    lemma inside_split_c{A,B,C}: \forall struct place *a, integer low, high, count, p, q, i, w;
        part_permuted{A,B,C}(a, low, high, count) ==>
        placed{C}(a, 0, count, p, q, i, w) == placed{B}(a, 0, low, p, q, i, w) +
            placed{C}(a, low, high, p, q, i, w) + placed{B}(a, high, count, p, q, i, w); */
