/* SPDX-License-Identifier: MIT */
/* The highest kind of good spans is a known one. */
/*@ lemma rank_known{L}: \forall struct span *s, integer n, p; 0 <= n ==> spans_good(s, n) ==>
        rank_at(s, n, p) < MEMMAP_KIND_COUNT; */
