/* SPDX-License-Identifier: MIT */
/*
 * The words of the frame allocator as one CPU alone sees them: what the proofs read in place of
 * common/frames/atomic.h. A compare-and-swap fails only where the word is not what was expected.
 */
#ifndef GROMA_FRAMES_ATOMIC_H
#define GROMA_FRAMES_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/language.h"

/* The prover knows neither atomics nor _Alignas; nothing here depends on where a word lies. */
#undef ATOMIC
#undef ALIGNED_TO
#define ATOMIC(type) type
#define ALIGNED_TO(bytes)
#define _Atomic

/*@ requires \valid_read(word);
    assigns \nothing;
    ensures \result == *word; */
static inline uint64_t word_load(const _Atomic uint64_t *word)
{
    return *word;
}

/*@ requires \valid(word);
    assigns *word;
    ensures *word == value; */
static inline void word_store(_Atomic uint64_t *word, uint64_t value)
{
    *word = value;
}

/*@ requires \valid(word) && \valid(expected) && \separated(word, expected);
    assigns *word, *expected;
    ensures \result <==> \old(*word) == \old(*expected);
    ensures \result ==> *word == value && *expected == \old(*expected);
    ensures !\result ==> *word == \old(*word) && *expected == *word; */
static inline bool word_cas(_Atomic uint64_t *word, uint64_t *expected, uint64_t value)
{
    if (*word != *expected) {
        *expected = *word;
        return false;
    }
    *word = value;
    return true;
}

/*@ requires \valid(word);
    assigns *word;
    ensures \result == \old(*word) && *word == value; */
static inline uint64_t word_swap(_Atomic uint64_t *word, uint64_t value)
{
    uint64_t old = *word;

    *word = value;
    return old;
}

/*@ requires \valid(word);
    assigns *word;
    ensures \result == \old(*word) && *word == (\old(*word) | bits); */
static inline uint64_t word_or(_Atomic uint64_t *word, uint64_t bits)
{
    uint64_t old = *word;

    *word = old | bits;
    return old;
}

/*@ requires \valid(word);
    assigns *word;
    ensures \result == \old(*word) && *word == (\old(*word) & bits); */
static inline uint64_t word_and(_Atomic uint64_t *word, uint64_t bits)
{
    uint64_t old = *word;

    *word = old & bits;
    return old;
}

/*@ requires \valid(word);
    assigns *word;
    ensures \result == \old(*word);
    ensures *word == (uint64_t)(\old(*word) + value); */
static inline uint64_t word_add(_Atomic uint64_t *word, uint64_t value)
{
    uint64_t old = *word;

    *word = old + value;
    return old;
}

/*@ requires \valid_read(word);
    assigns \nothing;
    ensures \result == *word; */
static inline uint64_t word_peek(const _Atomic uint64_t *word)
{
    return *word;
}

#endif
