/* SPDX-License-Identifier: MIT */
/*@
    lemma parted_once{L}: \forall struct place *a,
        integer low, left, left_end, middle, right, right_end, high;
        parted_twice(a, low, left, left_end, middle, right, right_end, high) ==>
        left == left_end; */
