/* SPDX-License-Identifier: MIT */
/*@
    lemma merged_all{A,B}: \forall struct place *from, *to, integer low, middle, high;
        low <= middle <= high ==>
        places_merged{A,B}(from, to, low, middle, middle, high, low, high) ==>
        places_permuted{A,B}(from, to, low, high); */
