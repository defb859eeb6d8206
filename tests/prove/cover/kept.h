/* SPDX-License-Identifier: MIT */
/* What closes where stays. */
/*@ lemma ended_kept{A,B}: \forall struct span *s, integer low, high, n, c, p; 0 <= low ==>
        low <= high ==> high <= n ==> spans_kept{A,B}(s, n) ==>
        ended{A}(s, low, high, c, p) == ended{B}(s, low, high, c, p); */
