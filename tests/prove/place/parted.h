/* SPDX-License-Identifier: MIT */
/*@
    // Two runs are parted at a rank in one way.
    lemma parted_no_higher{L}: \forall struct place *a,
        integer low, left, left_end, middle, right, right_end, high;
        low <= left_end ==> left <= middle ==> middle <= right ==> right_end <= high ==>
        left + right == left_end + right_end ==>
        places_rise(a, low, middle) ==> places_rise(a, middle, high) ==>
        parted(a, low, left, middle, right, high) ==>
        parted(a, low, left_end, middle, right_end, high) ==> left <= left_end; */
