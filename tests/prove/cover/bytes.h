/* SPDX-License-Identifier: MIT */
/* Integers of the same bytes are the same. */
/*@ lemma le16_as{A,B}: \forall uint8_t *a, *b, integer n, k; bytes_as{A,B}(a, b, n) ==> 0 <= k ==>
        k + 2 <= n ==> le16{A}(a + k) == le16{B}(b + k);
    lemma le16_as_first{A,B}: \forall uint8_t *a, *b, integer n; bytes_as{A,B}(a, b, n) ==>
        2 <= n ==> le16{A}(a) == le16{B}(b);
    lemma le32_as{A,B}: \forall uint8_t *a, *b, integer n, k; bytes_as{A,B}(a, b, n) ==> 0 <= k ==>
        k + 4 <= n ==> le32{A}(a + k) == le32{B}(b + k);
    lemma le32_as_first{A,B}: \forall uint8_t *a, *b, integer n; bytes_as{A,B}(a, b, n) ==>
        4 <= n ==> le32{A}(a) == le32{B}(b);
    lemma le64_as{A,B}: \forall uint8_t *a, *b, integer n, k; bytes_as{A,B}(a, b, n) ==> 0 <= k ==>
        k + 8 <= n ==> le64{A}(a + k) == le64{B}(b + k);
    lemma le64_as_first{A,B}: \forall uint8_t *a, *b, integer n; bytes_as{A,B}(a, b, n) ==>
        8 <= n ==> le64{A}(a) == le64{B}(b); */
