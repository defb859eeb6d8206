/* SPDX-License-Identifier: MIT */
/* Pages that nothing covers, and a page that one span covers. */
/*@
    lemma kind_none{L}: \forall struct memmap_region *r, integer n, pfn, p;
        end_by(r, n, pfn) ==> pfn <= p ==> kind_at(r, n, p) == -1;
    lemma rank_ended{L}: \forall struct span *s, integer n, pfn, p;
        spans_end_by(s, 0, n, pfn) ==> pfn <= p ==> rank_at(s, n, p) == -1;
    lemma rank_earlier{L}: \forall struct span *s, integer i, n, p; 0 <= i ==> i <= n ==>
        begin_behind(s, i, n, p) ==> rank_at(s, n, p) == rank_at(s, i, p);
    lemma rank_alone{L}: \forall struct span *s, integer i, p; 0 <= i ==>
        spans_end_by(s, 0, i, s[i].first_pfn) ==> s[i].first_pfn <= p < s[i].end_pfn ==>
        rank_at(s, i + 1, p) == s[i].kind; */
