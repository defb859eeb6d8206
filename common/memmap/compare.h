/* SPDX-License-Identifier: MIT */
/*
 * Two maps side by side, and one map as a number. What counts is which page has which kind and
 * attributes; origins and flags tell how a map came to be and are never compared.
 */
#ifndef GROMA_MEMMAP_COMPARE_H
#define GROMA_MEMMAP_COMPARE_H

#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

/* Have these maps (normal form) the same kinds and attributes everywhere? O(count). */
bool memmap_equal(const struct memmap *left, const struct memmap *right);

/* What one map says of a run of pages. */
struct memmap_side {
    bool is_hole; /* then kind and attributes are 0 */
    enum memmap_kind kind;
    uint64_t attributes;
};

/* A run of pages that the two maps see differently, each of them in one way. */
struct memmap_difference {
    uint64_t first_pfn;
    uint64_t end_pfn;
    struct memmap_side left;
    struct memmap_side right;
};

/* A cursor; nothing in it is for the caller. */
struct memmap_difference_walk {
    const struct memmap *left;
    const struct memmap *right;
    size_t left_index;
    size_t right_index;
    uint64_t pfn; /* everything below is done */
};

/*
 * Begins a walk over the differences of two maps in normal form; they must stay as they are
 * while it goes on. O(1).
 *
 *   left     |usable|- kernel -|usable|
 *   right    |- usable -|    |-usable-|
 *   yields          |-1-|-2--|3|            1 kernel/usable  2 kernel/hole  3 kernel/usable
 */
void memmap_difference_begin(struct memmap_difference_walk *walk, const struct memmap *left,
                             const struct memmap *right);

/*
 * The next difference, in order of addresses, as long as it goes on. False, *ret_difference
 * untouched, where there is none left: the first call says so exactly where memmap_equal is
 * true. O(left count + right count) over a whole walk.
 */
MUST_USE bool memmap_difference_next(struct memmap_difference_walk *walk,
                                     struct memmap_difference *ret_difference);

/*
 * A 128-bit digest of (first_pfn, end_pfn, kind, attributes) of every region, for telling
 * whether two boots had the same map. Stable: the same on every machine and in every version.
 * Not cryptographic: a map can be made to have a given digest. O(count).
 *
 * Two lanes read the same 64-bit words: for each region first_pfn, end_pfn, kind, attributes;
 * at last the number of regions. All arithmetic is modulo 2^64; x >> n is a plain shift.
 *
 *   lane = seed;  for each word: lane = mix(lane ^ word) + 0x9e3779b97f4a7c15
 *   mix(x): x ^= x >> a;  x *= p;  x ^= x >> b;  x *= q;  x ^= x >> c
 *
 *           seed                a   p                   b   q                   c
 *   lane 0  0x67726f6d612d6d30  30  0xbf58476d1ce4e5b9  27  0x94d049bb133111eb  31   (splitmix64)
 *   lane 1  0x67726f6d612d6d31  33  0xff51afd7ed558ccd  33  0xc4ceb9fe1a85ec53  33   (MurmurHash3)
 *
 * Each step is a permutation of the lane: maps with as many regions that differ in one word
 * always differ in both lanes.
 */
void memmap_digest(const struct memmap *map, uint64_t ret_digest[2]);

C_DECLARATIONS_END

#endif
