/* SPDX-License-Identifier: MIT */
/*@
    lemma order_far{L}: \forall struct place *a, integer low, i, j, high; low <= i ==> i <= j ==>
        j < high ==> places_in_order(a, low, high) ==> a[i].key <= a[j].key;
    predicate places_rise{L}(struct place *a, integer low, integer high) =
        \forall integer i, j; low <= i <= j ==> j < high ==> a[i].key <= a[j].key;
    lemma order_rises{L}: \forall struct place *a, integer low, high;
        places_in_order(a, low, high) ==> places_rise(a, low, high); */
