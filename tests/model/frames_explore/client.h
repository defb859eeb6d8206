/* SPDX-License-Identifier: MIT */
/* What the clients of the instance do and hold; client.c and judge.c. */
#ifndef FRAMES_EXPLORE_CLIENT_H
#define FRAMES_EXPLORE_CLIENT_H

#include "explore.h"

#define CALLS_MAX   8u
#define REGIONS_MAX 4u
#define NOT_HELD    0u
#define MASKS_MAX   6u

/* One call of a program, as its text has it. */
struct call {
    char what;
    unsigned first, count;
};

/*
 * When is EMPTY true? If at some moment of the call others held all frames. A call under way that
 * will succeed may have its frames already: each mask says "if these calls succeed".
 */
struct witness {
    uint32_t masks[MASKS_MAX]; /* bit: thread * CALLS_MAX + call */
    unsigned count;
};

struct range {
    unsigned first, end;
};

struct script {
    const struct program *program;
    struct range regions[REGIONS_MAX]; /* frames from BASE_PFN on */
    bool is_later[REGIONS_MAX];
    unsigned region_count;
    struct call calls[THREADS_MAX][CALLS_MAX];
    unsigned call_counts[THREADS_MAX];
    unsigned thread_count;
};
extern struct script script;

/* What is known from outside; saved and restored with the world. */
struct clients {
    uint8_t holder[FRAMES_MAX]; /* thread + 1, THREADS_MAX + 1 from the prelude; NOT_HELD */
    unsigned held_count;        /* also what is being given back */
    unsigned total_count;
    unsigned reserved_count;
    uint32_t accepted; /* blocks */
    struct {
        uint64_t pfn;
        unsigned count;
    } got[THREADS_MAX][CALLS_MAX];
    unsigned got_count[THREADS_MAX];
    bool is_taking[THREADS_MAX]; /* within a call that takes */
    unsigned call[THREADS_MAX];
    struct witness witness[THREADS_MAX];
    struct witness empties[THREADS_MAX * 2]; /* answers of EMPTY, whose proof is still open */
    unsigned empty_count;
    uint32_t succeeded; /* bit as in a witness */
};
extern struct clients clients;

/* Blocks that the accept hook refuses for ever. */
bool client_refuses(uint64_t block);

/* Is one of the masks proved, now that all calls have ended? */
void client_judge_empty(const struct witness *witness);

/* One call; in the prelude `thread` is THREADS_MAX. */
void client_call(unsigned thread, const struct call *call);

/* The next call of a program's text; false: the text ends, or is wrong (*ret_wrong). */
bool call_parse(const char **text, struct call *ret_call, bool *ret_wrong);

#endif
