/* SPDX-License-Identifier: MIT */
/* One entry more behind a map: what the map says of each page. */
/*@ lemma none_beyond{L}: \forall struct memmap_region *r, integer n, pfn, p; 0 <= n ==>
        end_by(r, n, pfn) ==> pfn <= p ==> kind_at(r, n, p) == -1;
    lemma says_none{A,M}: \forall struct memmap_region *r, uint8_t *b,
        integer m, pfn, stride, format, wb, i, p, width; 0 <= m ==> end_by{M}(r, m, pfn) ==>
        says_entries{A,M}(r, m, b, stride, format, wb, i, width) ==> pfn <= p ==>
        entries_rank{A}(b, stride, format, wb, i, p, width) == -1;
    lemma says_step{A,M,B}: \forall struct memmap_region *r, uint8_t *b,
        integer m, n, pfn, stride, format, wb, i, width; 0 <= m ==> 0 <= i ==>
        end_by{M}(r, m, pfn) ==> says_entries{A,M}(r, m, b, stride, format, wb, i, width) ==>
        entry_put{A,M,B}(r, m, n, pfn, entry_of(b, stride, i), format, wb, width) ==>
        says_entries{A,B}(r, n, b, stride, format, wb, i + 1, width);
    lemma says_stays{A,M,B}: \forall struct memmap_region *r, uint8_t *b,
        integer n, stride, format, wb, i, width; 0 <= n ==> same{M,B}(r, 0, n) ==>
        says_entries{A,M}(r, n, b, stride, format, wb, i, width) ==>
        says_entries{A,B}(r, n, b, stride, format, wb, i, width); */
