/* SPDX-License-Identifier: MIT */
/*
 * Every access to a word that several CPUs share goes through these functions, and nothing
 * else in common/frames knows how they are made. A program that explores interleavings puts
 * another frames/atomic.h before this one on its include path.
 *
 * Loads and read-modify-writes are sequentially consistent: a giver writes a line, then looks
 * at a hint; a searcher clears the hint, then looks at the line again; one of them must see the
 * other (on x86 this costs nothing: the loads are plain, the others are locked anyhow). Stores
 * are releases; they go to words that nobody else writes at that moment.
 */
#ifndef GROMA_FRAMES_ATOMIC_H
#define GROMA_FRAMES_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#ifndef __cplusplus
#include <stdatomic.h>
#endif

#ifdef __cplusplus

/* The same in GNU's words. */
static inline uint64_t word_load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void word_store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline uint64_t word_peek(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

#else

static inline uint64_t word_load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_seq_cst);
}

static inline void word_store(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

/* Writes `value` where the word still is *expected; else *expected becomes what it is. */
static inline bool word_cas(_Atomic uint64_t *word, uint64_t *expected, uint64_t value)
{
    return atomic_compare_exchange_strong_explicit(word, expected, value, memory_order_seq_cst,
                                                   memory_order_seq_cst);
}

/* These return what the word was before. */
static inline uint64_t word_swap(_Atomic uint64_t *word, uint64_t value)
{
    return atomic_exchange_explicit(word, value, memory_order_seq_cst);
}

static inline uint64_t word_or(_Atomic uint64_t *word, uint64_t bits)
{
    return atomic_fetch_or_explicit(word, bits, memory_order_seq_cst);
}

static inline uint64_t word_and(_Atomic uint64_t *word, uint64_t bits)
{
    return atomic_fetch_and_explicit(word, bits, memory_order_seq_cst);
}

static inline uint64_t word_add(_Atomic uint64_t *word, uint64_t value)
{
    return atomic_fetch_add_explicit(word, value, memory_order_seq_cst);
}

/* A word that one CPU writes and others only look at: a cache's masks. */
static inline uint64_t word_peek(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

#endif

#endif
