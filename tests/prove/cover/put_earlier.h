/* SPDX-License-Identifier: MIT */
/* An entry that was put says what it said before, too. */
/*@ lemma put_earlier{S,A,B}: \forall struct memmap_region *r, uint8_t *at,
        integer m, n, pfn, format, wb, width; bytes_as{S,A}(at, at, smallest_stride(format)) ==>
        entry_put{A,A,B}(r, m, n, pfn, at, format, wb, width) ==>
        entry_put{S,A,B}(r, m, n, pfn, at, format, wb, width); */
