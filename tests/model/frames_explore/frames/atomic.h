/* SPDX-License-Identifier: MIT */
/* Every access to a shared word asks the explorer first whose turn it is. Stands in for
 * common/frames/atomic.h. */
#ifndef GROMA_FRAMES_ATOMIC_H
#define GROMA_FRAMES_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum step_kind {
    STEP_LOAD,
    STEP_STORE,
    STEP_CAS,
    STEP_SWAP,
    STEP_OR,
    STEP_AND,
    STEP_ADD,
    STEP_FENCE, /* the end of a call: its stores are out */
    STEP_CALL,  /* the begin of a further call */
};

/* Returns what the word was before; *ret_done (of a CAS; else NULL) says whether it was made. */
uint64_t explore_step(enum step_kind kind, const _Atomic uint64_t *word, uint64_t operand,
                      uint64_t expected, bool *ret_done);

static inline uint64_t word_load(const _Atomic uint64_t *word)
{
    return explore_step(STEP_LOAD, word, 0, 0, 0);
}

static inline void word_store(_Atomic uint64_t *word, uint64_t value)
{
    (void)explore_step(STEP_STORE, word, value, 0, 0);
}

static inline bool word_cas(_Atomic uint64_t *word, uint64_t *expected, uint64_t value)
{
    bool is_done;

    *expected = explore_step(STEP_CAS, word, value, *expected, &is_done);
    return is_done;
}

static inline uint64_t word_swap(_Atomic uint64_t *word, uint64_t value)
{
    return explore_step(STEP_SWAP, word, value, 0, 0);
}

static inline uint64_t word_or(_Atomic uint64_t *word, uint64_t bits)
{
    return explore_step(STEP_OR, word, bits, 0, 0);
}

static inline uint64_t word_and(_Atomic uint64_t *word, uint64_t bits)
{
    return explore_step(STEP_AND, word, bits, 0, 0);
}

static inline uint64_t word_add(_Atomic uint64_t *word, uint64_t value)
{
    return explore_step(STEP_ADD, word, value, 0, 0);
}

static inline uint64_t word_peek(const _Atomic uint64_t *word)
{
    return explore_step(STEP_LOAD, word, 0, 0, 0);
}

#endif
