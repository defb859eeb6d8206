/* SPDX-License-Identifier: MIT */
/*@
    lemma half_counted{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out, p, q, i, w; low <= out <= high ==>
        places_merged{A,B}(from, to, low, left, middle, right, low, out) ==>
        placed{B}(to, low, high, p, q, i, w) == placed{A}(from, low, left, p, q, i, w) +
            placed{A}(from, middle, right, p, q, i, w) + placed{B}(to, out, high, p, q, i, w);
    lemma rest_counted{A,B}: \forall struct place *from, *to,
        integer low, left, middle, right, high, out, p, q, i, w; low <= left <= middle ==>
        middle <= right <= high ==>
        places_merged{A,B}(from, to, left, middle, right, high, out, high) ==>
        placed{A}(from, low, high, p, q, i, w) == placed{A}(from, low, left, p, q, i, w) +
            placed{A}(from, middle, right, p, q, i, w) + placed{B}(to, out, high, p, q, i, w); */
