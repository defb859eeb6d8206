/* SPDX-License-Identifier: MIT */
/* Counts the locked instructions of each thread. Stands before common/frames/atomic.h. */
#ifndef GROMA_BENCH_COUNTED_ATOMIC_H
#define GROMA_BENCH_COUNTED_ATOMIC_H

#define word_cas  plain_word_cas
#define word_swap plain_word_swap
#define word_or   plain_word_or
#define word_and  plain_word_and
#define word_add  plain_word_add
#include "../../../../../common/frames/atomic.h"
#undef word_cas
#undef word_swap
#undef word_or
#undef word_and
#undef word_add

extern _Thread_local uint64_t frames_locked_count;

static inline bool word_cas(_Atomic uint64_t *word, uint64_t *expected, uint64_t value)
{
    frames_locked_count++;
    return plain_word_cas(word, expected, value);
}

static inline uint64_t word_swap(_Atomic uint64_t *word, uint64_t value)
{
    frames_locked_count++;
    return plain_word_swap(word, value);
}

static inline uint64_t word_or(_Atomic uint64_t *word, uint64_t bits)
{
    frames_locked_count++;
    return plain_word_or(word, bits);
}

static inline uint64_t word_and(_Atomic uint64_t *word, uint64_t bits)
{
    frames_locked_count++;
    return plain_word_and(word, bits);
}

static inline uint64_t word_add(_Atomic uint64_t *word, uint64_t value)
{
    frames_locked_count++;
    return plain_word_add(word, value);
}

#endif
