/* SPDX-License-Identifier: MIT */
/*@
    lemma up_one_more{A,B}: \forall struct place *a, integer low, high;
        places_up{A,B}(a, low, high) ==> \at(a[low - 1].key, A) == \at(a[low].key, B) ==>
        \at(a[low - 1].index, A) == \at(a[low].index, B) ==>
        \at(a[low - 1].what, A) == \at(a[low].what, B) ==> places_up{A,B}(a, low - 1, high); */
