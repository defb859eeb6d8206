/* SPDX-License-Identifier: MIT */
/* Spans that all ended, spans of which one covers a page. */
/*@
    lemma ended_all{L}: \forall struct span *s, integer low, high, c, p; low <= high ==>
        spans_end_by(s, low, high, p) ==> ended(s, low, high, c, p) == of_class(s, low, high, c);
    lemma covering_least{L}: \forall struct span *s, integer low, high, c, p; low <= high ==>
        covering(s, low, high, c, p) >= 0;
    lemma covering_one{L}: \forall struct span *s, integer low, high, i, p; low <= i ==>
        i < high ==> s[i].first_pfn <= p < s[i].end_pfn ==>
        covering(s, low, high, span_class(s + i), p) > 0; */
