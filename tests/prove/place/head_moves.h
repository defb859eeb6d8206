/* SPDX-License-Identifier: MIT */
/*@
    lemma head_moves_sorted{A,B,C}: \forall struct place *from, *to,
        integer low, left, next_left, middle, right, next_right, high, out, beyond;
        head_moves{A,B,C}(from, to, low, left, next_left, middle, right, next_right, high, out,
                          beyond) ==>
        heads{A,C}(from, to, low, next_left, middle, next_right, high, beyond);
    lemma head_moves_merged{A,B,C}: \forall struct place *from, *to,
        integer low, left, next_left, middle, right, next_right, high, out, beyond;
        head_moves{A,B,C}(from, to, low, left, next_left, middle, right, next_right, high, out,
                          beyond) ==>
        places_merged{A,C}(from, to, low, next_left, middle, next_right, low, beyond); */
