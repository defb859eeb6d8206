/* SPDX-License-Identifier: MIT */
/* Spans of which each begins behind the one before. */
/*@ lemma row_rises{L}: \forall struct span *s, integer n, j, k; spans_in_order(s, n) ==> 0 <= j ==>
        j <= k ==> k < n ==> s[j].first_pfn <= s[k].first_pfn;
    lemma row_begins{L}: \forall struct span *s, integer n; spans_in_order(s, n) ==>
        spans_begin_in_order(s, n);
    lemma row_good{L}: \forall struct span *s, integer n; spans_in_order(s, n) ==>
        spans_all_sound(s, n) ==> spans_good(s, n); */
