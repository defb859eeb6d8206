/* SPDX-License-Identifier: MIT */
/*
 * common/frames, in its own shape, disturbed at a step of one's choice: compare-and-swaps that fail,
 * and another CPU that does something in between, in whole or half. Every undo and every second
 * attempt runs, whatever the timing.
 *
 *   words.c, blocks.c, caches.c, memory.c
 *                 the scenarios: a map, what was done before, what the first CPU does, what others do
 *   maps.c        their maps
 *   schedule.c    whose step is next, which CAS fails
 *   world.c       the instance: built once a scenario, restored for each run
 *   client.c      what the CPUs do and what they are promised while they do it
 *   judge.c       what must be true after each run
 *   set.c         sets of frames
 */
#ifndef FRAMES_INJECT_H
#define FRAMES_INJECT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/frames.h"
#include "frames/tree.h"

#ifdef FRAMES_HARDENED
#define IS_HARDENED true
#else
#define IS_HARDENED false
#endif

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define CPUS        2u
#define OPS_MAX     5u
#define BEFORE_MAX  12u
#define OTHERS_MAX  5u

/* ---- set.c -------------------------------------------------------------------------------- */

#define SET_MAX 3000u

/* Runs of frames, ascending, with gaps between them. */
struct set {
    unsigned count;
    struct set_run {
        uint64_t first, end;
    } runs[SET_MAX];
};

/* False, and nothing changed: a frame of it is in the set already; is not in it. */
bool set_add(struct set *set, uint64_t first, uint64_t end);
bool set_remove(struct set *set, uint64_t first, uint64_t end);
bool set_has_all(const struct set *set, uint64_t first, uint64_t end);
bool set_has_any(const struct set *set, uint64_t first, uint64_t end);
uint64_t set_size(const struct set *set);
void set_copy(struct set *set, const struct set *from);
/* Keeps what is in both. */
void set_keep(struct set *set, const struct set *other);
/* Is there a place for such a request? Runs do not cross 1 MiB and 4 GiB. */
bool set_has_fit(const struct set *set, const struct frames_request *request);

/* ---- scenarios: words.c, blocks.c, caches.c, memory.c ---------------------------------------- */

enum what {
    NOTHING,
    OP_ALLOC,   /* frames_alloc_order */
    OP_REQUEST, /* frames_alloc */
    OP_AT,      /* frames_alloc_at */
    OP_GIVE,    /* frames_free of a given range */
    OP_GIVE_ORDER,
    OP_BACK,    /* frames_free_order, else frames_free, of what this CPU got as its first-th run */
    OP_RESERVE,
    OP_ADD,     /* frames_add of a later region, or with memory of its own */
    OP_DRAIN,
    OP_BUSY,    /* a CPU that does something counted in `moves`, and does not end */
    OP_IDLE,    /* it ends */
    OP_CHURN,   /* both, count times: something moves whenever one looks */
};

/* Frames are counted from the map's base. */
struct op {
    enum what what;
    bool cached;
    bool contested; /* others give the same frames back: one of both is refused */
    uint64_t first;
    uint64_t count;
    struct frames_request request;
};

#define ALLOC(n)            {.what = OP_ALLOC, .request = {.order = (n)}}
#define CACHED(n)           {.what = OP_ALLOC, .request = {.order = (n)}, .cached = true}
#define REQUEST(...)        {.what = OP_REQUEST, .request = {__VA_ARGS__}}
#define CACHED_REQUEST(...) {.what = OP_REQUEST, .request = {__VA_ARGS__}, .cached = true}
#define AT(f, n)            {.what = OP_AT, .first = (f), .count = (n)}
#define GIVE(f, n)          {.what = OP_GIVE, .first = (f), .count = (n)}
#define PARK(f, n)          {.what = OP_GIVE, .first = (f), .count = (n), .cached = true}
#define CONTEST(f, n)       {.what = OP_GIVE, .first = (f), .count = (n), .contested = true}
#define GIVE_ORDER(f, n)    {.what = OP_GIVE_ORDER, .first = (f), .request = {.order = (n)}}
#define PARK_ORDER(f, n)    {.what = OP_GIVE_ORDER, .first = (f), .request = {.order = (n)}, .cached = true}
#define BACK(i)             {.what = OP_BACK, .first = (i)}
#define BACK_PARKED(i)      {.what = OP_BACK, .first = (i), .cached = true}
#define RESERVE(f, n)       {.what = OP_RESERVE, .first = (f), .count = (n)}
#define ADD(f, n)           {.what = OP_ADD, .first = (f), .count = (n)}
#define UNACCEPTED(f, n)    {.what = OP_ADD, .first = (f), .count = (n), .request = {.flags = FRAMES_UNACCEPTED}}
#define DRAIN               {.what = OP_DRAIN}
#define BUSY                {.what = OP_BUSY}
#define CHURN(n)            {.what = OP_CHURN, .count = (n)}
#define PARK_CONTEST(f)     {.what = OP_GIVE, .first = (f), .count = 1, .cached = true, .contested = true}
#define IDLE                {.what = OP_IDLE}

#define REGIONS_MAX 8u

struct map {
    uint64_t base;
    struct memmap_region regions[REGIONS_MAX]; /* usable, and later ones; end_pfn 0 ends */
};

struct scenario {
    const char *name;
    const struct map *map;
    struct op before[BEFORE_MAX];
    struct op first[OPS_MAX];
    struct op others[OTHERS_MAX][OPS_MAX];
    uint64_t refused; /* with an accept hook: a run with this frame is refused; 0: no hook */
    bool hardened;    /* makes sense in the hardened build alone */
};
struct table {
    const struct scenario *scenarios;
    size_t count;
};
extern const struct table words_table, blocks_table, caches_table, memory_table;

/* maps.c */
extern const struct map map_word, map_block, map_two, map_eight, map_giant, map_giants, map_zones, map_later,
    map_spans, map_holes;

/* ---- schedule.c --------------------------------------------------------------------------- */

#define SLICES_MAX 4u

/* How a run is disturbed. */
struct disturbance {
    uint64_t fail_first, fail_end; /* these compare-and-swaps fail, counted from 1 */
    uint64_t slices[SLICES_MAX];   /* steps of the first CPU, of the other, of the first, ...; 0 ends */
    uint64_t seed;                 /* not 0: at random instead */
    unsigned fail_share;           /* of 256, where at random */
    unsigned slice_mean;
};

struct tally {
    uint64_t steps[CPUS];
    uint64_t cas, failed, switches;
};

/* Runs client_run of both CPUs, or of the first alone. */
void schedule_run(const struct disturbance *disturbance, unsigned cpus, struct tally *ret_tally);
/* Is a run going on, and whose turn is it? */
unsigned schedule_cpu(void);
/* What happens now is nobody's step. */
void schedule_pause(void);
void schedule_resume(void);
uint64_t schedule_failed(void);

/* ---- world.c ------------------------------------------------------------------------------ */

#define METADATA_MAX (1u << 19)
#define PLUGS        4u
#define PLUG_BYTES   8192u

struct world {
    struct frames frames;
    struct frames_cache caches[CPUS];
    _Alignas(64) uint8_t plug[PLUGS][PLUG_BYTES]; /* for memory that brings its own bookkeeping */
    unsigned plugs;
    _Alignas(64) uint8_t metadata[METADATA_MAX];
};
extern struct world world;

/* The scenario's map, nothing done yet. */
void world_build(const struct scenario *scenario);
void world_save(void);
void world_restore(void);
/* What is free in the tree at this moment. */
void world_free_set(struct set *set);

/* ---- client.c ----------------------------------------------------------------------------- */

/* What the CPUs were promised so far. */
struct model {
    struct set managed;
    struct set held;       /* by anybody */
    uint64_t reserved;
    uint64_t giving[CPUS]; /* frames in a call that gives or adds them */
    uint64_t refused;      /* calls that were to be refused */
    uint32_t succeeded;    /* calls, by number */
    unsigned calls;
    unsigned contested, contested_ok;
};
extern struct model model;

/* Builds the world and does what the scenario has done before; false: a fault. */
bool client_load(const struct scenario *scenario);
void client_reset(const struct op *first, const struct op *other);
void client_run(unsigned cpu);
/* This CPU goes on after others had their turn. */
void client_resumes(unsigned cpu);
/* Both have ended. */
void client_end(void);

/* ---- judge.c ------------------------------------------------------------------------------ */

/* The first message stands until fault_clear. */
__attribute__((format(printf, 1, 2))) void fault(const char *format, ...);
const char *fault_text(void);
void fault_clear(void);

/* Nothing lost, nothing double, everything found; leaves the world in another state. */
void judge_all(const struct scenario *scenario);

#endif
