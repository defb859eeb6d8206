/* SPDX-License-Identifier: MIT */
/* What ended, of the spans that opened. */
/*@
    lemma ended_most{L}: \forall struct span *s, integer low, high, c, p; low <= high ==>
        ended(s, low, high, c, p) <= of_class(s, low, high, c);
    // As ended_later, where p is the page that the later ones begin on.
    lemma ended_from{L}: \forall struct span *s, integer low, middle, high, n, c, p;
        0 <= low ==> low <= middle ==> middle <= high ==> high <= n ==> spans_good(s, n) ==>
        spans_begin_from(s, middle, high, p) ==>
        ended(s, low, high, c, p) == ended(s, low, middle, c, p);
    lemma ended_opened{L}: \forall struct span *s, integer n, first, opened, end, c, p;
        0 <= first ==> first <= opened ==> opened <= end ==> end <= n ==> spans_good(s, n) ==>
        spans_begin_from(s, opened, end, p) ==>
        ended(s, first, end, c, p) <= of_class(s, first, opened, c); */
