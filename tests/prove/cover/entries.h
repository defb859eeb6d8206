/* SPDX-License-Identifier: MIT */
/* Sources whose entries have the same bytes say the same of each page. */
/*@ lemma entries_rank_as{A,B}: \forall uint8_t *a, *b, integer stride, format, wb, n, m, p, width;
        0 <= n ==> n <= m ==> entries_as{A,B}(a, b, stride, format, m) ==>
        entries_rank{A}(a, stride, format, wb, n, p, width) ==
        entries_rank{B}(b, stride, format, wb, n, p, width); */
