/* SPDX-License-Identifier: MIT */
/* The walk under way: scheduler.c, memory.c, seen.c and walk.c. */
#ifndef FRAMES_EXPLORE_SCHEDULER_H
#define FRAMES_EXPLORE_SCHEDULER_H

#include "explore.h"
#include "frames/atomic.h"

#define DEPTH_MAX  4096u
#define BUFFER_MAX 12u
#define NOBODY     THREADS_MAX

enum outcome { COMPLETE, SEEN, ANEW, FAULT };

struct thread {
    void *stack; /* saved stack pointer */
    bool is_done;
    bool must_fail; /* its next CAS */
    enum step_kind kind; /* of the step it waits for */
    size_t index;
    uint64_t expected;
    uint64_t history; /* hash of all it has read */
    struct {
        size_t index;
        uint64_t value;
    } buffer[BUFFER_MAX]; /* stores that only the thread itself sees */
    unsigned buffered;
};

/* A choice on the way of the current walk. */
struct node {
    uint32_t left; /* options not yet tried */
    unsigned option;
};
enum { RUN = 0, FAIL = THREADS_MAX, FLUSH = 2 * THREADS_MAX }; /* + thread */

struct schedule {
    struct thread threads[THREADS_MAX];
    unsigned thread_count;
    unsigned current; /* NOBODY: not within a walk */
    unsigned last;
    void *main_stack;
    bool is_starting;
    enum outcome outcome;
    struct limits limits, left;
    unsigned steps;
    uint64_t memory_hash;
    struct node nodes[DEPTH_MAX];
    unsigned depth, prefix;
    uint8_t readers[WORLD_WORDS], writers[WORLD_WORDS]; /* bit: thread; writers are readers too */
    bool shared[WORLD_WORDS];
    bool is_printing;
    char message[200];
    struct counts *counts;
};
extern struct schedule now;

void explore_switch(void **ret_stack, void *stack);

/* ---- scheduler.c ---- */

/* The thread to go on; NOBODY: the walk ends, now.outcome says how. */
unsigned schedule_choose(void);
/* Lets others go first; returns when it is this thread's turn. */
void schedule_wait(struct thread *thread);
/* The lowest bit. */
unsigned lowest(uint32_t mask);

/* ---- memory.c: what a thread sees of it, and its store buffer ---- */

uint64_t memory_read(const struct thread *thread, size_t index);
/* One step, now; returns what the word was. `thread` NULL: before or after a walk. */
uint64_t memory_step(struct thread *thread, enum step_kind kind, size_t index, uint64_t operand,
                     uint64_t expected, bool *ret_done);
/* A plain store: into the buffer, which has room. */
void memory_store_later(struct thread *thread, size_t index, uint64_t value);
/* The oldest store of the buffer becomes visible; or all. */
void memory_flush_one(struct thread *thread);
void memory_flush_all(struct thread *thread);

/* ---- seen.c: states that were reached before ---- */

void seen_clear(void);
uint64_t seen_count(void);
/* True if the state was reached before with at least as many preemptions left. */
bool seen_before(uint64_t hash, unsigned preemptions);

#endif
