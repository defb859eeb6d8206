/* SPDX-License-Identifier: MIT */
/* The bytes of each entry, where all bytes of a source are the same. */
/*@ lemma entry_fits: \forall integer i, m, n, stride; 0 <= i < m ==> 0 <= n <= stride ==>
        entry_within(i, m, n, stride);
    lemma entries_fit: \forall integer m, n, stride; 0 <= n <= stride ==>
        entries_within(m, n, stride);
    lemma part_as{A,B}: \forall uint8_t *a, *b, integer n, k, m; bytes_as{A,B}(a, b, n) ==>
        0 <= k ==> k + m <= n ==> bytes_as{A,B}(a + k, b + k, m);
    lemma entry_as{A,B}: \forall uint8_t *a, *b, integer stride, i, m, n;
        entry_within(i, m, n, stride) ==> all_bytes_as{A,B}(a, b, stride, m) ==>
        bytes_as{A,B}(entry_of(a, stride, i), entry_of(b, stride, i), n);
    lemma each_entry_as{A,B}: \forall uint8_t *a, *b, integer stride, i, m, n; 0 <= i < m ==>
        entries_within(m, n, stride) ==> all_bytes_as{A,B}(a, b, stride, m) ==>
        bytes_as{A,B}(entry_of(a, stride, i), entry_of(b, stride, i), n);
    lemma entries_are_as{A,B}: \forall uint8_t *a, *b, integer stride, format, m;
        entries_within(m, smallest_stride(format), stride) ==>
        all_bytes_as{A,B}(a, b, stride, m) ==> entries_as{A,B}(a, b, stride, format, m); */
