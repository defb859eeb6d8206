/* SPDX-License-Identifier: MIT */
/* Where each page's kind is a known one, each region's is. */
/*@ lemma kind_of_region{L}: \forall struct memmap_region *r, integer i, n; 0 <= i < n ==>
        sound(r, n) ==> sorted(r, n) ==> kind_at(r, n, r[i].first_pfn) == r[i].kind;
    lemma firsts_are_known{L}: \forall struct memmap_region *r, integer n; sound(r, n) ==>
        sorted(r, n) ==> firsts_known(r, n);
    lemma known_by_pages{L}: \forall struct memmap_region *r, integer n; firsts_known(r, n) ==>
        (\forall integer p; kind_at(r, n, p) < MEMMAP_KIND_COUNT) ==> all_known(r, n);
    lemma page_known{L}: \forall struct memmap_region *r, integer n, p; 0 <= n ==>
        all_known(r, n) ==> kind_at(r, n, p) < MEMMAP_KIND_COUNT; */
