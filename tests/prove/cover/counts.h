/* SPDX-License-Identifier: MIT */
/*@ lemma cover_begun{L}: \forall struct span *s, integer low, high, c, p; low <= high ==>
        begin_by(s, low, high, p) ==> covering(s, low, high, c, p) ==
            of_class(s, low, high, c) - ended(s, low, high, c, p);
    lemma cover_later{L}: \forall struct span *s, integer low, middle, high, c, p;
        low <= middle ==> middle <= high ==> begin_behind(s, middle, high, p) ==>
        covering(s, low, high, c, p) == covering(s, low, middle, c, p);
    lemma ended_later{L}: \forall struct span *s, integer low, middle, high, n, c, p;
        0 <= low ==> low <= middle ==> middle <= high ==> high <= n ==> spans_good(s, n) ==>
        begin_behind(s, middle, high, p) ==>
        ended(s, low, high, c, p) == ended(s, low, middle, c, p);
    lemma cover_ended{L}: \forall struct span *s, integer low, high, c, p; low <= high ==>
        spans_end_by(s, low, high, p) ==> covering(s, low, high, c, p) == 0;
    lemma cover_earlier{L}: \forall struct span *s, integer low, middle, high, c, p;
        low <= middle ==> middle <= high ==> spans_end_by(s, low, middle, p) ==>
        covering(s, low, high, c, p) == covering(s, middle, high, c, p); */
