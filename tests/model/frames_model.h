/* SPDX-License-Identifier: MIT */
/* The model that frames_model.c drives: a byte a frame, and what each call must answer by it. */
#ifndef GROMA_TEST_FRAMES_MODEL_H
#define GROMA_TEST_FRAMES_MODEL_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/frames.h"

#ifdef FRAMES_HARDENED
#define IS_HARDENED true
#else
#define IS_HARDENED false
#endif

#define CACHE_COUNT 3u
#define LIVE_COUNT  8192u
#define G4          FRAMES_4G_END
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

struct map {
    const char *name;
    const struct memmap_region *regions;
    size_t count;
    unsigned share; /* of the operations, in 1000ths */
};
enum { ABSENT, FREE, USED, RESERVED };

struct span {
    uint64_t first_pfn, end_pfn, slot;
};

struct live {
    uint64_t pfn, count;
};

extern struct model {
    struct frames frames;
    struct frames_cache caches[CACHE_COUNT];
    const struct map *map;
    struct span spans[16];
    size_t span_count;
    uint8_t *slots; /* a byte a frame, span after span; FREE: in the tree or parked */
    bool *joined; /* by slot: in one run with the frame before it */
    uint64_t slot_count;
    uint64_t free_count;
    uint64_t end_pfn;
    uint64_t refused_count;
    bool added[16];
    struct live live[LIVE_COUNT];
    size_t live_count;
    uint64_t fill_goal; /* frames that should be in use, roughly */
    uint64_t random, seed;
    uint64_t operation;
} model;

#define MUST(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "frames_model: map %s, seed %" PRIu64 ", operation %" PRIu64        \
                            ": line %d: %s\n",                                                 \
                    model.map->name, model.seed, model.operation, __LINE__, #condition);       \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

/* The span and the byte of a frame; ABSENT outside of all. */
const struct span *span_of(uint64_t pfn);
uint8_t *slot_of(uint64_t pfn);
bool is_in(const struct frames_cache *cache, uint64_t pfn);
bool is_parked(uint64_t pfn);
uint64_t parked_count(void);
void set_range(uint64_t pfn, uint64_t count, uint8_t from, uint8_t to);
bool has_fit(const struct frames_request *request, uint64_t count, uint64_t align);
enum frames_status managed_status(uint64_t pfn, uint64_t count);
bool is_joined(uint64_t pfn);
enum frames_status judge_marks(uint64_t pfn, uint64_t count, bool by_order);
void unjoin(uint64_t pfn, uint64_t count);

/* ---- frames_model_alloc.c ---- */
uint64_t random_below(uint64_t limit);
uint64_t random_pfn(void); /* in a span, or just outside */
uint64_t random_count(void);
struct frames_cache *random_cache(void); /* or NULL */
void remember(uint64_t pfn, uint64_t count);
void try_alloc(void);

#endif
