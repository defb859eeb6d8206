/* SPDX-License-Identifier: MIT */
/* A span that stands alone was put out, up to the next seam. */
/*@
    lemma put_at_seam{A,B}: \forall struct sweep *s, integer i; alone_put{A,B}(s, i) ==>
        at_seam{B}(s, i + 1); */
