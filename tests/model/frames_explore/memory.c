/* SPDX-License-Identifier: MIT */
/* Single steps on the world's memory, and the threads' store buffers: as x86 has it, a plain store
 * is seen by others later, in order; locked instructions send all of them out first. */
#include <stdio.h>
#include <string.h>

#include "scheduler.h"

static void memory_write(size_t index, uint64_t value)
{
    _Atomic uint64_t *word = world_word(index);
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);

    now.memory_hash ^= explore_mix(index, old) ^ explore_mix(index, value);
    atomic_store_explicit(word, value, memory_order_relaxed);
}

uint64_t memory_read(const struct thread *thread, size_t index)
{
    for (unsigned i = thread == NULL ? 0 : thread->buffered; i > 0; i--) {
        if (thread->buffer[i - 1].index == index)
            return thread->buffer[i - 1].value;
    }
    return atomic_load_explicit(world_word(index), memory_order_relaxed);
}

static void print_step(const char *what, size_t index, uint64_t before, uint64_t after)
{
    char name[40];

    if (!now.is_printing)
        return;
    world_name(index, name, sizeof name);
    if (before == after)
        explore_note("%-6s %-18s %llx", what, name, (unsigned long long)after);
    else
        explore_note("%-6s %-18s %llx -> %llx", what, name, (unsigned long long)before,
                     (unsigned long long)after);
}

void memory_flush_one(struct thread *thread)
{
    size_t index = thread->buffer[0].index;
    uint64_t before = memory_read(NULL, index);

    if (now.is_printing)
        printf("    store buffer of %u:\n", (unsigned)(thread - now.threads));
    print_step("out", index, before, thread->buffer[0].value);
    memory_write(index, thread->buffer[0].value);
    thread->buffered--;
    memmove(thread->buffer, thread->buffer + 1, thread->buffered * sizeof *thread->buffer);
}

void memory_flush_all(struct thread *thread)
{
    while (thread->buffered > 0)
        memory_flush_one(thread);
}

static uint64_t value_after(enum step_kind kind, uint64_t old, uint64_t operand)
{
    switch (kind) {
    case STEP_OR:
        return old | operand;
    case STEP_AND:
        return old & operand;
    case STEP_ADD:
        return old + operand;
    default:
        return operand;
    }
}

uint64_t memory_step(struct thread *thread, enum step_kind kind, size_t index, uint64_t operand,
                     uint64_t expected, bool *ret_done)
{
    static const char *const names[] = {"load", "store", "cas", "swap", "or", "and", "add"};
    uint64_t old;

    if (thread != NULL && kind != STEP_LOAD && kind != STEP_STORE)
        memory_flush_all(thread);
    old = memory_read(thread, index);
    if (kind == STEP_LOAD) {
        print_step("load", index, old, old);
        return old;
    }
    if (kind == STEP_CAS) {
        *ret_done = old == expected && !(thread != NULL && thread->must_fail);
        if (thread != NULL)
            thread->must_fail = false;
        if (!*ret_done) {
            print_step(old == expected ? "cas *failed*" : "cas failed", index, old, old);
            return old;
        }
    }
    memory_write(index, value_after(kind, old, operand));
    print_step(names[kind], index, old, value_after(kind, old, operand));
    return old;
}

void memory_store_later(struct thread *thread, size_t index, uint64_t value)
{
    print_step("(store)", index, memory_read(thread, index), value);
    thread->buffer[thread->buffered].index = index;
    thread->buffer[thread->buffered++].value = value;
}
