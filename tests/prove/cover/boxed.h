/* SPDX-License-Identifier: MIT */
/* The sort's boxes, as indexes. */
/*@ lemma boxed_times{L}: \forall struct place *a, integer low, n; 0 <= n ==>
        keys_within(a, low, low + n) ==> boxed_is_times(a, low, n);
    lemma moved_times{A,B}: \forall struct place *a, struct place *b, integer low, n, i; 0 <= n ==>
        indexes_moved{A,B}(a, b, low, n) ==>
        times{B}(b, low, low + n, i) == times{A}(a, 0, n, i); */
