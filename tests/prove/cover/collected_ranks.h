/* SPDX-License-Identifier: MIT */
/* One span more: what the spans say of each page. */
/*@ lemma rank_stay{A,B}: \forall struct span *s, integer n, p; 0 <= n ==>
        spans_stay{A,B}(s, n) ==> rank_at{A}(s, n, p) == rank_at{B}(s, n, p);
    lemma rank_no_less{L}: \forall struct span *s, integer n, p; 0 <= n ==>
        -1 <= rank_at(s, n, p);
    lemma claims_begin{L}: \forall struct span *s, struct memmap_claim *c, integer n; 0 <= n ==>
        ranks_with_claims{L,L}(s, n, n, c, 0);
    lemma claims_step{A,M,B}: \forall struct span *s, struct memmap_claim *c,
        integer k, n, i, origin; 0 <= n ==> 0 <= i ==> ranks_with_claims{A,M}(s, k, n, c, i) ==>
        spans_stay{M,B}(s, n) ==> is_of_claim{A,B}(s + n, c + i, origin) ==>
        ranks_with_claims{A,B}(s, k, n + 1, c, i + 1);
    lemma entries_step{A,M,B}: \forall struct span *s, uint8_t *b,
        integer n, m, stride, format, wb, i, width; 0 <= n ==> 0 <= i ==>
        ranks_of_entries{A,M}(s, n, b, stride, format, wb, i, width) ==>
        spans_stay{M,B}(s, n) ==>
        entry_taken{A,B}(s, n, m, entry_of(b, stride, i), format, wb, width) ==>
        ranks_of_entries{A,B}(s, m, b, stride, format, wb, i + 1, width); */
