/* SPDX-License-Identifier: MIT */
/*@
    lemma halves_in_order{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out; low <= out <= high ==>
        heads{A,B}(from, to, low, left, middle, right, high, out) ==>
        tails{A,B}(from, to, low, left, middle, right, high, out, high) ==>
        places_in_order{B}(to, low, high); */
