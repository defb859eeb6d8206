/* SPDX-License-Identifier: MIT */
/*@
    lemma halves_permuted{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out; low <= left <= middle ==>
        middle <= right <= high ==> low <= out <= high ==>
        places_merged{A,B}(from, to, low, left, middle, right, low, out) ==>
        places_merged{A,B}(from, to, left, middle, right, high, out, high) ==>
        places_permuted{A,B}(from, to, low, high); */
