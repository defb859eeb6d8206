/* SPDX-License-Identifier: MIT */
/*
 * Numbers for random tests, the same on every machine: splitmix64 (Steele, Lea, Flood: "Fast
 * splittable pseudorandom number generators", OOPSLA 2014). Every state is a good seed.
 */
#ifndef GROMA_MODEL_RANDOM_H
#define GROMA_MODEL_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t word = *state += UINT64_C(0x9e3779b97f4a7c15);

    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* 0 to limit - 1, 0 if limit is 0. Its bias is below limit / 2^64. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return (uint64_t)((unsigned __int128)random_next(state) * limit >> 64);
}

#endif
