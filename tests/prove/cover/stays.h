/* SPDX-License-Identifier: MIT */
/* A map whose regions stay the same stays in normal form. */
/*@
    lemma sound_stays{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        sound{A}(r, n) ==> sound{B}(r, n);
    lemma sorted_stays{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        sorted{A}(r, n) ==> sorted{B}(r, n);
    lemma merged_stays{A,B}: \forall struct memmap_region *r, integer n; same{A,B}(r, 0, n) ==>
        merged{A}(r, n) ==> merged{B}(r, n);
    lemma end_by_stays{A,B}: \forall struct memmap_region *r, integer n, pfn; same{A,B}(r, 0, n) ==>
        end_by{A}(r, n, pfn) ==> end_by{B}(r, n, pfn);
    lemma made_stays{A,B}: \forall struct memmap_region *r, integer n, pfn; same{A,B}(r, 0, n) ==>
        made_to{A}(r, n, pfn) ==> made_to{B}(r, n, pfn);
    lemma made_further{L}: \forall struct memmap_region *r, integer n, p, q; p <= q ==>
        made_to(r, n, p) ==> made_to(r, n, q); */
