/* SPDX-License-Identifier: MIT */
/*
 * Walks through the interleavings of a few threads on one small instance of common/frames.
 *
 *   scheduler.c  whose step is next; all choices, depth first; states seen before end a walk
 *   walk.c, seen.c, memory.c  its parts
 *   world.c      the instance: its memory, the names of its words
 *   client.c     what the threads do, and what they are promised
 *   programs.c   the table of programs
 *
 * A *state* is the memory, what each thread has read so far, and what it was promised. Each walk
 * starts anew, follows the choices before it, and ends where a state was seen already.
 */
#ifndef FRAMES_EXPLORE_H
#define FRAMES_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/frames.h"

#define THREADS_MAX 3u
#define BASE_PFN    UINT64_C(4096) /* where the instance's frames begin */
#define FRAMES_MAX  64u
#define ALL         15u /* preemptions: no bound */

struct program {
    const char *name;
    const char *regions; /* "0+32 40+8", frames from BASE_PFN on; "!40+8" is added by an A */
    const char *prelude; /* calls made before the threads start; see client.c */
    const char *threads[THREADS_MAX];
    unsigned preemptions; /* of the full run; 0: the usual, or ALL */
    bool is_long;         /* left out of the quick run */
};
extern const struct program explore_programs[];
extern const size_t explore_program_count;

/* What may happen in one walk, besides the threads' own steps. */
struct limits {
    unsigned preemptions;
    unsigned spurious; /* CAS that fail though they need not */
    bool buffers;      /* plain stores become visible later, as on x86 */
};

struct counts {
    uint64_t executions;
    uint64_t steps;
    uint64_t spurious;
    uint64_t states;
};

/* ---- scheduler.c, walk.c ---- */

/* All interleavings of the program that client_load prepared; false: a fault, and its schedule is
 * printed. Adds to *counts. */
bool explore_program(const struct limits *limits, struct counts *counts);

/* The promise was broken. Ends the walk if called by a thread; the first message stands. */
__attribute__((format(printf, 1, 2))) void explore_fault(const char *format, ...);

/* Waits for the thread's stores; and the begin of a call, where others may come first. */
void explore_fence(void);
void explore_call(void);

/* A line of the schedule, where it is being printed. */
__attribute__((format(printf, 1, 2))) void explore_note(const char *format, ...);

static inline uint64_t explore_mix(uint64_t hash, uint64_t value)
{
    hash = ((hash + UINT64_C(0x632be59bd9b4e019)) ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 29;
}

/* ---- world.c ---- */

#define WORLD_WORDS 2048u

struct world {
    struct frames frames;
    struct frames_cache caches[THREADS_MAX];
    _Alignas(64) uint8_t metadata[1024];
};
_Static_assert(sizeof(struct world) <= WORLD_WORDS * 8, "the world's words");
extern struct world world;

void world_save(void);
void world_restore(void);
static inline size_t world_index(const _Atomic uint64_t *word)
{
    return (size_t)((const uint8_t *)word - (const uint8_t *)&world) / 8;
}

static inline _Atomic uint64_t *world_word(size_t index)
{
    return (_Atomic uint64_t *)(void *)((uint8_t *)&world + index * 8);
}

/* "group 0 SOME", into `text`. */
void world_name(size_t index, char *text, size_t size);

/* ---- client.c ---- */

/* Prepares the world for a program; false: it is wrong in itself. */
bool client_load(const struct program *program);
unsigned client_threads(void);
void client_reset(void);
void client_run(unsigned thread);
/* What the promises given so far depend on. */
uint64_t client_hash(void);
/* After all threads are done: is everything where it should be? */
void client_judge(void);

#endif
