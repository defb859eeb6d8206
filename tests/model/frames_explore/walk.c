/* SPDX-License-Identifier: MIT */
/* Walks: starting the threads anew, following the choices made before, and going back to the last
 * one that has options left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler.h"

#define STACK_BYTES 32768u
#define STATES_MAX  (UINT64_C(1) << 26)

static uint8_t stacks[THREADS_MAX][STACK_BYTES] __attribute__((aligned(16)));

static void thread_main(void)
{
    struct thread *thread = &now.threads[now.current];

    client_run(now.current);
    thread->is_done = true;
    schedule_wait(thread);
    abort(); /* nobody chooses a thread that is done */
}

/* A stack from which explore_switch goes to thread_main: six registers, the address, alignment. */
static void thread_start(unsigned i)
{
    struct thread *thread = &now.threads[i];
    void **top = (void **)(void *)(stacks[i] + STACK_BYTES);

    memset(thread, 0, sizeof *thread);
    top -= 8;
    memset(top, 0, 8 * sizeof *top);
    *(void (**)(void))(void *)&top[6] = thread_main;
    thread->stack = top;
    now.current = i;
    explore_switch(&now.main_stack, thread->stack);
}

static enum outcome walk(void)
{
    world_restore();
    client_reset();
    now.depth = now.steps = 0;
    now.last = NOBODY;
    now.left = now.limits;
    now.memory_hash = 0;
    now.outcome = COMPLETE;
    now.is_starting = true;
    now.message[0] = '\0';
    now.counts->executions++;
    for (unsigned i = 0; i < now.thread_count && now.outcome == COMPLETE; i++)
        thread_start(i);
    now.is_starting = false;
    if (now.outcome == COMPLETE) {
        now.current = schedule_choose();
        if (now.current != NOBODY)
            explore_switch(&now.main_stack, now.threads[now.current].stack);
    }
    now.current = NOBODY;
    now.is_printing = false;
    if (now.outcome == COMPLETE)
        client_judge();
    return now.message[0] != '\0' ? FAULT : now.outcome;
}

/* To the next choice not yet made; false: there is none. */
static bool step_back(void)
{
    while (now.depth > 0 && now.nodes[now.depth - 1].left == 0)
        now.depth--;
    if (now.depth == 0)
        return false;
    struct node *node = &now.nodes[now.depth - 1];
    node->option = lowest(node->left);
    node->left &= node->left - 1;
    now.prefix = now.depth;
    return true;
}

/* All walks; ends at the first fault, whose choices are then in now.nodes. */
static enum outcome walk_all(void)
{
    enum outcome outcome;

    now.prefix = 0;
    seen_clear();
    do {
        outcome = walk();
        if (outcome == ANEW) {
            seen_clear();
            now.prefix = now.depth = 0;
        } else if (outcome != FAULT && seen_count() > STATES_MAX) {
            explore_fault("more than %llu states", (unsigned long long)STATES_MAX);
            return FAULT;
        }
    } while (outcome == ANEW || (outcome != FAULT && step_back()));
    now.counts->states += seen_count();
    return outcome;
}

/* The same walk again, printed. */
static void print_walk(void)
{
    now.prefix = now.depth;
    now.is_printing = true;
    (void)walk();
    printf("  fault: %s\n", now.message);
}

bool explore_program(const struct limits *limits, struct counts *counts)
{
    struct limits fewer = *limits;

    now.thread_count = client_threads();
    now.counts = counts;
    now.limits = *limits;
    now.current = NOBODY;
    memset(now.readers, 0, sizeof now.readers);
    memset(now.writers, 0, sizeof now.writers);
    memset(now.shared, 0, sizeof now.shared);
    if (walk_all() != FAULT)
        return true;
    /* Again with as few preemptions as possible, to print a schedule that can be read. */
    for (fewer.preemptions = 0; fewer.preemptions < 6; fewer.preemptions++) {
        now.limits = fewer;
        if (fewer.preemptions < limits->preemptions && walk_all() == FAULT) {
            print_walk();
            return false;
        }
    }
    now.limits = *limits;
    (void)walk_all();
    print_walk();
    return false;
}
