/* SPDX-License-Identifier: MIT */
/*
 * Whose step is next: all choices, depth first.
 *
 * Each thread has a stack of its own and runs until its next access to a word that several
 * threads use and one writes (which words these are is learnt: a new one starts the program anew);
 * steps in between can be seen by nobody. A choice is a thread's step, a CAS made to fail, or, as
 * x86 has it, a plain store that leaves a thread's store buffer.
 *
 * A state that was reached before ends the walk. It is kept as a hash of 60 bits of the memory, of
 * all that each thread has read, of its store buffer, and of the clients' promises; with bounded
 * preemptions also of the thread that ran last, and beside it how many preemptions were left.
 */
#include <stdarg.h>
#include <stdio.h>

#include "scheduler.h"

#define STEPS_MAX 3000u /* of one walk: more is an endless loop */

struct schedule now = {.current = NOBODY};

/* ---- leaving a thread --------------------------------------------------------------------- */

static void leave(enum outcome outcome)
{
    struct thread *thread = &now.threads[now.current];

    now.outcome = outcome;
    explore_switch(&thread->stack, now.main_stack);
}

void explore_fault(const char *format, ...)
{
    va_list arguments;

    if (now.message[0] == '\0') {
        va_start(arguments, format);
        vsnprintf(now.message, sizeof now.message, format, arguments);
        va_end(arguments);
    }
    if (now.current != NOBODY)
        leave(FAULT);
}

void explore_note(const char *format, ...)
{
    va_list arguments;

    if (!now.is_printing)
        return;
    printf("    thread %u: ", now.current);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* ---- choosing ----------------------------------------------------------------------------- */

static uint64_t state_hash(void)
{
    uint64_t hash = explore_mix(client_hash(), now.memory_hash);

    for (unsigned i = 0; i < now.thread_count; i++) {
        const struct thread *thread = &now.threads[i];
        hash = explore_mix(hash, thread->history);
        hash = explore_mix(hash, thread->buffered * 2 + thread->is_done);
    }
    hash = explore_mix(hash, now.left.spurious);
    return now.limits.preemptions == ALL ? hash : explore_mix(hash, now.last);
}

static bool could_fail(const struct thread *thread)
{
    return thread->kind == STEP_CAS && now.left.spurious > 0 && thread->buffered == 0 &&
           memory_read(thread, thread->index) == thread->expected;
}

static uint32_t options(void)
{
    bool may_preempt = now.limits.preemptions == ALL || now.left.preemptions > 0 ||
                       now.last == NOBODY || now.threads[now.last].is_done;
    uint32_t mask = 0;

    for (unsigned i = 0; i < now.thread_count; i++) {
        const struct thread *thread = &now.threads[i];
        if (thread->buffered > 0)
            mask |= 1u << (FLUSH + i);
        if (thread->is_done || !(may_preempt || i == now.last))
            continue;
        mask |= 1u << (RUN + i);
        if (could_fail(thread))
            mask |= 1u << (FAIL + i);
    }
    return mask;
}

unsigned lowest(uint32_t mask)
{
    return (unsigned)__builtin_ctz(mask);
}

/* The option of this walk where there are several; false: the state was seen. */
static bool next_option(uint32_t mask, unsigned *ret_option)
{
    struct node *node = &now.nodes[now.depth];

    if (now.depth >= now.prefix) {
        unsigned first = now.last != NOBODY && (mask & 1u << now.last) != 0 ? now.last : lowest(mask);
        if (seen_before(state_hash(), now.left.preemptions))
            return false;
        *node = (struct node){mask & ~(1u << first), first};
    }
    now.depth++;
    *ret_option = node->option;
    return true;
}

static void account(unsigned thread)
{
    if (now.last != NOBODY && now.last != thread && !now.threads[now.last].is_done &&
        now.limits.preemptions != ALL)
        now.left.preemptions--;
    now.last = thread;
}

unsigned schedule_choose(void)
{
    for (;;) {
        uint32_t mask = options();
        unsigned option, thread;
        if (mask == 0) {
            now.outcome = COMPLETE;
            return NOBODY;
        }
        option = lowest(mask);
        if ((mask & (mask - 1)) != 0 && !next_option(mask, &option)) {
            now.outcome = SEEN;
            return NOBODY;
        }
        if (now.steps++ >= STEPS_MAX || now.depth >= DEPTH_MAX) {
            now.current = NOBODY;
            explore_fault("no end after %u steps", now.steps);
            now.outcome = FAULT;
            return NOBODY;
        }
        now.counts->steps++;
        thread = option % THREADS_MAX;
        if (option >= FLUSH) {
            memory_flush_one(&now.threads[thread]);
            continue;
        }
        account(thread);
        if (option >= FAIL) {
            now.threads[thread].must_fail = true;
            now.left.spurious--;
            now.counts->spurious++;
        }
        return thread;
    }
}

void schedule_wait(struct thread *thread)
{
    void *stack;

    if (now.is_starting) {
        explore_switch(&thread->stack, now.main_stack);
        return;
    }
    now.current = schedule_choose();
    stack = now.current == NOBODY ? now.main_stack : now.threads[now.current].stack;
    if (now.current == NOBODY || &now.threads[now.current] != thread)
        explore_switch(&thread->stack, stack);
}

/* Several threads use the word, and one of them writes it. A word that is found to be one now was
 * taken for another kind so far: all anew. */
static bool is_shared(size_t index, bool is_write)
{
    uint8_t bit = (uint8_t)(1u << now.current);
    uint8_t all;

    if ((now.readers[index] & bit) != 0 && (!is_write || (now.writers[index] & bit) != 0))
        return now.shared[index];
    now.readers[index] |= bit;
    now.writers[index] |= is_write ? bit : 0;
    all = now.readers[index];
    if (!now.shared[index] && now.writers[index] != 0 && (all & (all - 1)) != 0) {
        now.shared[index] = true;
        leave(ANEW);
    }
    return now.shared[index];
}

/* A load of a word that nobody else writes: nothing to choose, to remember or to print. */
static inline bool is_quiet_load(enum step_kind kind, size_t index)
{
    return kind == STEP_LOAD && !now.is_printing &&
           (now.current == NOBODY ||
            (!now.shared[index] && (now.readers[index] & 1u << now.current) != 0));
}

uint64_t explore_step(enum step_kind kind, const _Atomic uint64_t *word, uint64_t operand,
                      uint64_t expected, bool *ret_done)
{
    size_t index = world_index(word);
    struct thread *thread;
    bool is_done = false;
    uint64_t old;

    if (is_quiet_load(kind, index))
        return atomic_load_explicit(word, memory_order_relaxed);
    if (now.current == NOBODY)
        old = memory_step(NULL, kind, index, operand, expected, &is_done);
    else {
        thread = &now.threads[now.current];
        if (!is_shared(index, kind != STEP_LOAD)) {
            old = memory_step(thread, kind, index, operand, expected, &is_done);
        } else if (kind == STEP_STORE && now.limits.buffers && thread->buffered < BUFFER_MAX) {
            memory_store_later(thread, index, operand);
            thread->history = explore_mix(thread->history, operand);
            old = 0;
        } else {
            thread->kind = kind;
            thread->index = index;
            thread->expected = expected;
            schedule_wait(thread);
            if (kind == STEP_STORE)
                memory_flush_all(thread);
            old = memory_step(thread, kind, index, operand, expected, &is_done);
            thread->history = explore_mix(thread->history, old * 2 + is_done);
        }
    }
    if (ret_done != NULL)
        *ret_done = is_done;
    return old;
}

void explore_fence(void)
{
    struct thread *thread = &now.threads[now.current];

    if (thread->buffered == 0)
        return;
    thread->kind = STEP_FENCE;
    schedule_wait(thread);
    memory_flush_all(thread);
    thread->history = explore_mix(thread->history, STEP_FENCE);
}

void explore_call(void)
{
    struct thread *thread = &now.threads[now.current];

    thread->kind = STEP_CALL;
    schedule_wait(thread);
    thread->history = explore_mix(thread->history, STEP_CALL);
}
