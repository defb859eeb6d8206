/* SPDX-License-Identifier: MIT */
/* How many spans of a cluster ended by the last of their ends in order. */
/*@
    lemma ended_less{L}: \forall struct span *s, integer low, high, i, p; low <= i ==> i < high ==>
        p < s[i].end_pfn ==> ended(s, low, high, span_class(s + i), p) <
            of_class(s, low, high, span_class(s + i));
    lemma ends_rise{L}: \forall struct place *a, integer m; places_in_order(a, 0, m) ==>
        keys_by(a, 0, m, a[m - 1].key);
    lemma ends_in_width{L}: \forall struct place *a, struct span *s, integer n, first, end;
        0 <= first ==> end <= n ==> spans_good(s, n) ==> ends_members(a, first, end) ==>
        ends_keys(a, s, first, end) ==> keys_by(a, 0, end - first, PFN_END);
    lemma good_ended_all{L}: \forall struct span *s, integer n, low, high, c; 0 <= low ==>
        low <= high ==> high <= n ==> spans_good(s, n) ==>
        ended(s, low, high, c, PFN_END) == of_class(s, low, high, c);
    lemma last_counts{L}: \forall struct place *a, struct span *s, integer n, first, end, c;
        0 <= first ==> first < end ==> end <= n ==> 0 <= c ==> spans_good(s, n) ==>
        places_in_order(a, 0, end - first) ==> ends_counted(a, s, first, end) ==>
        ends_members(a, first, end) ==> ends_keys(a, s, first, end) ==>
        ended(s, first, end, c, a[end - first - 1].key) == of_class(s, first, end, c);
    lemma last_of_one{L}: \forall struct place *a, struct span *s, integer n, first, end, i;
        0 <= first ==> first <= i < end ==> end <= n ==> spans_good(s, n) ==>
        places_in_order(a, 0, end - first) ==> ends_counted(a, s, first, end) ==>
        ends_members(a, first, end) ==> ends_keys(a, s, first, end) ==>
        s[i].end_pfn <= a[end - first - 1].key &&
        ended(s, first, end, span_class(s + i), a[end - first - 1].key) ==
            of_class(s, first, end, span_class(s + i)); */
