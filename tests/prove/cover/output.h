/* SPDX-License-Identifier: MIT */
/* The map that grows: each part of the normal form. */
/*@
    lemma grown_sound{A,B}: \forall struct memmap_region *r, integer n, pfn; 0 < n ==>
        grown{A,B}(r, n, pfn) ==> sound{A}(r, n) ==>
        \at(r[n - 1].end_pfn, A) < pfn <= PFN_END ==> sound{B}(r, n);
    lemma grown_sorted{A,B}: \forall struct memmap_region *r, integer n, pfn; 0 < n ==>
        grown{A,B}(r, n, pfn) ==> sorted{A}(r, n) ==> sorted{B}(r, n);
    lemma grown_merged{A,B}: \forall struct memmap_region *r, integer n, pfn; 0 < n ==>
        grown{A,B}(r, n, pfn) ==> merged{A}(r, n) ==> merged{B}(r, n);
    lemma grown_end_by{A,B}: \forall struct memmap_region *r, integer n, first, pfn; 0 < n ==>
        grown{A,B}(r, n, pfn) ==> end_by{A}(r, n, first) ==> first <= pfn ==> end_by{B}(r, n, pfn);
    lemma appended_sound{A,B}: \forall struct memmap_region *r, integer k, first, end, kind, bits;
        0 <= k ==> appended{A,B}(r, k, first, end, kind, bits) ==> first < end <= PFN_END ==>
        sound{A}(r, k) ==> sound{B}(r, k + 1);
    lemma appended_sorted{A,B}: \forall struct memmap_region *r, integer k, first, end, kind, bits;
        0 <= k ==> appended{A,B}(r, k, first, end, kind, bits) ==> end_by{A}(r, k, first) ==>
        sorted{A}(r, k) ==> sorted{B}(r, k + 1);
    lemma appended_merged{A,B}: \forall struct memmap_region *r, integer k, first, end, kind, bits;
        0 <= k ==> appended{A,B}(r, k, first, end, kind, bits) ==>
        !joins{A}(r, k, first, kind, bits) ==> merged{A}(r, k) ==> merged{B}(r, k + 1);
    lemma appended_end_by{A,B}: \forall struct memmap_region *r, integer k, first, end, kind, bits;
        0 <= k ==> appended{A,B}(r, k, first, end, kind, bits) ==> end_by{A}(r, k, first) ==>
        first <= end ==> end_by{B}(r, k + 1, end);
    lemma appended_put{A,B}: \forall struct memmap_region *r, integer k, first, end, kind, bits, p;
        0 <= k ==> appended{A,B}(r, k, first, end, kind, bits) ==>
        kind_at{B}(r, k + 1, p) == (first <= p && p < end ? kind : kind_at{A}(r, k, p)); */
