/* SPDX-License-Identifier: MIT */
/*
 * common/pool next to a plain model of it: a list of what should be allocated, with its bytes.
 *
 * An operation is done on both. The model foretells the status, where blocks have to be and what
 * they hold from the contract in pool.h alone; it shares no code with the pool. After an error
 * every byte (pool, slots, arena) must be as before.
 */
#ifndef GROMA_TESTS_POOL_SHADOW_H
#define GROMA_TESTS_POOL_SHADOW_H

#include "pool/pool.h"

#define SHADOW_REGIONS 4u
#define SHADOW_SLOTS   80u
#define SHADOW_BYTES   8192u /* an arena, at most */
#define SHADOW_DEAD    64u

enum shadow_what {
    SHADOW_ALLOC, /* index bytes */
    SHADOW_ALLOC_STILL,
    SHADOW_FREE, /* the index-th live run */
    SHADOW_WRITE, /* a: offset, b: bytes, c: what they are */
    SHADOW_READ,
    SHADOW_COPY, /* to the index-th; from: c, its offset and that of the source: a; b: bytes */
    SHADOW_SEAL, /* a: kept access */
    SHADOW_GET, /* a: access */
    SHADOW_PUT,
    SHADOW_MOVE, /* a: to which block */
    SHADOW_COMPACT,
    SHADOW_STEP, /* a: limit */
    SHADOW_GROW, /* a: bytes, of the next region's memory */
    SHADOW_DEAD_HANDLE, /* the index-th dead handle; a: the function */
    SHADOW_FOREIGN_HANDLE, /* the index-th live handle, changed by a; b: the function */
    SHADOW_INIT, /* everything is freed; a odd: released before */
    SHADOW_WHAT_COUNT,
};

struct shadow_operation {
    enum shadow_what what;
    uint32_t index, a, b, c;
};

/* What a pool is made of. */
struct shadow_form {
    const char *name;
    uint32_t block_size;
    uint32_t block_count;
    uint32_t align_bytes;
    uint32_t slot_count;
    uint32_t misalign_bytes; /* of the arena */
};

struct shadow_live {
    pool_handle_t handle;
    uint8_t *bytes; /* what it should hold; known_count of them were ever written */
    uint8_t *known;
    size_t size_bytes;
    uint32_t block_count;
    unsigned access;
    unsigned pins;
    uint8_t *pinned_at;
    struct pool_info info; /* as of the last look */
};

struct shadow {
    const struct shadow_form *form;
    struct pool pool;
    struct pool before; /* and its slots and arenas: to see that nothing changed */
    struct pool_slot *slots, *slots_before;
    uint8_t *arena, *arena_before; /* SHADOW_REGIONS times SHADOW_BYTES */
    size_t arena_bytes[SHADOW_REGIONS];
    uint32_t region_first[SHADOW_REGIONS + 1]; /* blocks */
    uint8_t *region_bytes[SHADOW_REGIONS];
    uint32_t region_count;
    uint32_t id;
    struct shadow_live live[SHADOW_SLOTS];
    uint32_t live_count;
    pool_handle_t dead[SHADOW_DEAD];
    uint32_t dead_count;
    uint64_t statuses[POOL_STATUS_COUNT]; /* how often each came */
    uint64_t moved_count;
    const char *complaint; /* the first disagreement; NULL: none */
    int line;
};

void shadow_open(struct shadow *shadow, const struct shadow_form *form);
void shadow_close(struct shadow *shadow);

/* False, and a complaint, where pool and model disagree. */
bool shadow_operate(struct shadow *shadow, const struct shadow_operation *operation);

/* Everything against everything, by raw bytes. */
bool shadow_verify(struct shadow *shadow);

/* Blocks that this many bytes need, by trying. */
uint32_t shadow_blocks_for(const struct shadow_form *form, uint64_t size_bytes);

/* ---- between the two files of the model ---------------------------------------------------- */

#define RW 12u /* both access bits */

#define AGREE(condition)                     \
    do {                                     \
        if (!(condition)) {                  \
            if (s->complaint == NULL) {      \
                s->complaint = #condition;   \
                s->line = __LINE__;          \
            }                                \
            return false;                    \
        }                                    \
    } while (0)

void shadow_init(struct shadow *shadow, bool is_released_before);
uint32_t shadow_total(const struct shadow *shadow); /* blocks */
uint32_t shadow_used(const struct shadow *shadow);
uint32_t shadow_region_of(const struct shadow *shadow, uint32_t block);

/* A map of the blocks: 0 free, 1 a run that can be moved, 2 a pinned one. `but` is left out. */
void shadow_paint(const struct shadow *shadow, uint8_t *cells, const struct shadow_live *but);

/* The longest hole as it is, and as long as it could get by moving. */
void shadow_longest(const struct shadow *shadow, uint32_t *ret_still, uint32_t *ret_moving);

void shadow_remember(struct shadow *shadow);

/* The status must be the one foretold; after an error nothing may have changed. */
bool shadow_judge(struct shadow *shadow, enum pool_status status, enum pool_status expected);

#endif
