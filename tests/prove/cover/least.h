/* SPDX-License-Identifier: MIT */
/* Entries say -1 of a page, or a kind. */
/*@ lemma entries_rank_least{L}: \forall uint8_t *b, integer stride, format, wb, n, p, width;
        0 <= n ==> -1 <= entries_rank(b, stride, format, wb, n, p, width); */
