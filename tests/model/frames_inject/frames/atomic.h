/* SPDX-License-Identifier: MIT */
/*
 * Stands in for common/frames/atomic.h, whose bodies it keeps: each access to a shared word first
 * asks the program whether another CPU comes in between, and each compare-and-swap whether it fails
 * though it need not.
 */
#ifndef FRAMES_INJECT_ATOMIC_H
#define FRAMES_INJECT_ATOMIC_H

#define word_load  real_word_load
#define word_store real_word_store
#define word_cas   real_word_cas
#define word_swap  real_word_swap
#define word_or    real_word_or
#define word_and   real_word_and
#define word_add   real_word_add
#define word_peek  real_word_peek
#include_next "frames/atomic.h"
#undef word_load
#undef word_store
#undef word_cas
#undef word_swap
#undef word_or
#undef word_and
#undef word_add
#undef word_peek

/* Steps until something happens; schedule.c. */
extern uint64_t inject_left;

/* The step has come; never called where nothing is injected. */
void inject_reached(void);
bool inject_fails(void);

static inline void inject_step(void)
{
    if (--inject_left == 0)
        inject_reached();
}

static inline uint64_t word_load(const _Atomic uint64_t *word)
{
    inject_step();
    return real_word_load(word);
}

static inline void word_store(_Atomic uint64_t *word, uint64_t value)
{
    inject_step();
    real_word_store(word, value);
}

static inline bool word_cas(_Atomic uint64_t *word, uint64_t *expected, uint64_t value)
{
    inject_step();
    if (inject_fails()) {
        *expected = real_word_load(word);
        return false;
    }
    return real_word_cas(word, expected, value);
}

static inline uint64_t word_swap(_Atomic uint64_t *word, uint64_t value)
{
    inject_step();
    return real_word_swap(word, value);
}

static inline uint64_t word_or(_Atomic uint64_t *word, uint64_t bits)
{
    inject_step();
    return real_word_or(word, bits);
}

static inline uint64_t word_and(_Atomic uint64_t *word, uint64_t bits)
{
    inject_step();
    return real_word_and(word, bits);
}

static inline uint64_t word_add(_Atomic uint64_t *word, uint64_t value)
{
    inject_step();
    return real_word_add(word, value);
}

static inline uint64_t word_peek(const _Atomic uint64_t *word)
{
    inject_step();
    return real_word_peek(word);
}

#endif
