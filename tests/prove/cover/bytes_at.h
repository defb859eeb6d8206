/* SPDX-License-Identifier: MIT */
/* Integers, byte by byte. */
/*@ lemma le16_at{L}: \forall uint8_t *a, integer k; le16(a + k) == a[k] + a[k + 1] * 0x100;
    lemma le32_at{L}: \forall uint8_t *a, integer k;
        le32(a + k) == le16(a + k) + le16(a + (k + 2)) * 0x10000;
    lemma le64_at{L}: \forall uint8_t *a, integer k;
        le64(a + k) == le32(a + k) + le32(a + (k + 4)) * 0x100000000; */
