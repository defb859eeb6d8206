/* SPDX-License-Identifier: MIT */
/* Those bit operations that the provers see through once they know these lemmas; no other unit has them. */
#include <stdint.h>

/*@ lemma left_8: \forall integer y; (y << 8) == y * 256;
    lemma left_16: \forall integer y; (y << 16) == y * 65536;
    lemma left_32: \forall integer y; (y << 32) == y * 0x100000000;
    lemma apart_8: \forall uint8_t x, y; (x & (y << 8)) == 0;
    lemma apart_16: \forall uint16_t x, y; (x & (y << 16)) == 0;
    lemma apart_32: \forall uint32_t x, y; (x & (y << 32)) == 0;
    lemma one_left: \forall integer k; 0 <= k < 64 ==> 1 <= (1 << k) <= 0x8000000000000000; */

#include "base/bits.h"
