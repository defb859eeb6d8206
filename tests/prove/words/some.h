/* SPDX-License-Identifier: MIT */
/* What words.c ends in. */
/*@ lemma word_some: \forall uint64_t x; x != 0 ==> \exists integer k; 0 <= k < 64 && bit_set(x, k); */
