/* SPDX-License-Identifier: MIT */
/* A word that is not 0 has a bit; 32 bits are looked at one by one (Wp.bitwised), 64 are two halves. */
#include "base/bits.h"

#define EACH_8(says, from) says(from) && says(from + 1) && says(from + 2) && says(from + 3) && \
    says(from + 4) && says(from + 5) && says(from + 6) && says(from + 7)
#define EACH_32(says) EACH_8(says, 0) && EACH_8(says, 8) && EACH_8(says, 16) && EACH_8(says, 24)
#define NONE(k) !bit_set(x, k)

/*@ predicate no_bits(integer x, integer n) = \forall integer k; 0 <= k < n ==> !bit_set(x, k);

    lemma word_low: \forall integer x; 0 <= x ==> (x & 0xffffffff) == x % 0x100000000;
    lemma word_high: \forall integer x; 0 <= x ==> (x >> 32) == x / 0x100000000;
    lemma low_ones: \forall integer k; 0 <= k < 64 ==> ((0xffffffff & (1 << k)) != 0 <==> k < 32);
    lemma word_halves: \forall integer x; 0 <= x ==> x == (x / 0x100000000) * 0x100000000 + x % 0x100000000;
    lemma half_none: \forall uint32_t x; EACH_32(NONE) ==> x == 0;
    lemma low_bits: \forall integer x, k; 0 <= x && 0 <= k < 32 ==> (bit_set(x, k) <==> bit_set(x % 0x100000000, k));
    lemma high_bits: \forall integer x, k; 0 <= x && 0 <= k < 32 ==>
        (bit_set(x, 32 + k) <==> bit_set(x / 0x100000000, k));
    lemma half_empty: \forall integer x; 0 <= x < 0x100000000 ==> no_bits(x, 32) ==> x == 0;
    lemma low_empty: \forall uint64_t x; no_bits(x, 64) ==> x % 0x100000000 == 0;
    lemma high_empty: \forall uint64_t x; no_bits(x, 64) ==> x / 0x100000000 == 0;
    lemma word_empty: \forall uint64_t x; no_bits(x, 64) ==> x == 0; */

#include "words/some.h"
