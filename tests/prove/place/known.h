/* SPDX-License-Identifier: MIT */
/*@
    lemma heads_known_merged{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out;
        heads_known{A,B}(from, to, low, left, middle, right, high, out) ==>
        places_merged{B,B}(from, to, low, left, middle, right, low, out);
    lemma heads_known_sorted{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out;
        heads_known{A,B}(from, to, low, left, middle, right, high, out) ==>
        heads{B,B}(from, to, low, left, middle, right, high, out); */
