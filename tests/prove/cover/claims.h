/* SPDX-License-Identifier: MIT */
/* Claims that stay say the same of each page. */
/*@ lemma claims_rank_stays{A,B}: \forall struct memmap_claim *c, integer m, n, p; 0 <= m ==>
        m <= n ==> claims_stay{A,B}(c, n) ==> claims_rank{A}(c, m, p) == claims_rank{B}(c, m, p);
    lemma claims_rank_least{L}: \forall struct memmap_claim *c, integer m, p; 0 <= m ==>
        -1 <= claims_rank(c, m, p); */
