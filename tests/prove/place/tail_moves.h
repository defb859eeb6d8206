/* SPDX-License-Identifier: MIT */
/*@
    lemma tail_moves_sorted{A,B,C}: \forall struct place *from, *to,
        integer low, left, next_left, middle, right, next_right, high, before, out;
        tail_moves{A,B,C}(from, to, low, left, next_left, middle, right, next_right, high, before,
                          out) ==>
        tails{A,C}(from, to, low, next_left, middle, next_right, high, before, high);
    lemma tail_moves_merged{A,B,C}: \forall struct place *from, *to,
        integer low, left, next_left, middle, right, next_right, high, before, out;
        tail_moves{A,B,C}(from, to, low, left, next_left, middle, right, next_right, high, before,
                          out) ==>
        places_merged{A,C}(from, to, next_left, middle, next_right, high, before, high); */
