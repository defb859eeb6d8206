/* SPDX-License-Identifier: MIT */
/* A span that was taken in for an entry says what the entry said before, too. */
/*@ lemma taken_earlier{A,M,B}: \forall struct span *s, uint8_t *at,
        integer n, m, format, wb, width; bytes_as{A,M}(at, at, smallest_stride(format)) ==>
        entry_taken{M,B}(s, n, m, at, format, wb, width) ==>
        entry_taken{A,B}(s, n, m, at, format, wb, width); */
