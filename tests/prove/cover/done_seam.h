/* SPDX-License-Identifier: MIT */
/* Where all that passed has ended, up to the next seam. */
/*@
    lemma done_beyond{L}: \forall struct sweep *s, integer i, pfn; sweep_in_line(s) ==>
        0 <= i <= s->count ==> done_by(s, i, pfn) ==> pfn <= seam_pfn(s, i) ==> at_seam(s, i); */
