/* SPDX-License-Identifier: MIT */
/* The highest bit of an attribute word. */
/*@ lemma runtime_bit: \forall integer x; 0 <= x <= UINT64_MAX ==>
        ((x & MEMMAP_RUNTIME) != 0 <==> x / MEMMAP_RUNTIME == 1); */
