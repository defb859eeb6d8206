/* SPDX-License-Identifier: MIT */
/*
 * Private to common/pool, what its files share: where runs lie, their headers, the lists of holes.
 *
 *   slot:  |H payload ... slack| gap (a hole, or nothing) |H next run ...
 *          first_block          + block_count              + gap_count
 *
 * The slots of a region make a ring, in the order of addresses, from its head: a slot of no
 * blocks that stands where the region begins and never moves (it has POOL_PINS). So each hole belongs to exactly one
 * slot, the one before it, and two holes never touch.
 */
#ifndef GROMA_POOL_INNER_H
#define GROMA_POOL_INNER_H

#include "base/bits.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "pool/pool.h"

#define NO_SLOT         UINT32_MAX
#define NO_SHIFT        UINT32_MAX
#define RETIRED         UINT32_MAX /* generation of a slot that is not used again */
#define SHORT_RUN       16u        /* blocks: the most that the header byte can say */
#define COUNT_BYTES     4u         /* behind the header byte of a longer run */
#define CLASS_WORDS     (POOL_CLASSES / 64 + 1)
#define ACCESS_BITS     (POOL_READ | POOL_WRITE)

/* ---- places ------------------------------------------------------------------------------- */

static inline uint8_t *block_address(const struct pool *pool, uint32_t region, uint32_t block)
{
    const struct pool_region *in = &pool->regions[region];

    return in->bytes + (size_t)(block - in->first_block) * pool->block_size;
}

static inline uint8_t *run_address(const struct pool *pool, const struct pool_slot *slot)
{
    return block_address(pool, slot->region, slot->first_block);
}

static inline uint32_t run_end(const struct pool_slot *slot)
{
    return slot->first_block + slot->block_count;
}

/* From the beginning of the run to the payload. */
static inline size_t payload_offset(const struct pool *pool, uint32_t block_count)
{
    return block_count <= SHORT_RUN ? 1 : pool->long_offset;
}

static inline size_t run_size_bytes(const struct pool *pool, const struct pool_slot *slot)
{
    return (size_t)slot->block_count * pool->block_size - slot->slack_bytes -
           payload_offset(pool, slot->block_count);
}

/* ---- headers ------------------------------------------------------------------------------ */

/* `bits`: F, R, W. Without a branch: which runs are short a processor cannot foretell. */
static inline uint8_t header_byte(unsigned bits, uint32_t block_count)
{
    uint32_t if_short = 0 - (uint32_t)(block_count <= SHORT_RUN);

    return (uint8_t)(bits | (block_count > 1) * POOL_EXTENDED |
                     ((block_count - 1) & if_short) << POOL_COUNT_SHIFT);
}

/*
 * Whether the four bytes behind the header byte may be looked at and written without asking how
 * long the run is: in a hole or a new run they are nobody's yet.
 */
static inline bool count_always_fits(const struct pool *pool)
{
    return pool->block_size > COUNT_BYTES;
}

/* At the beginning of a hole or of a run that is new. */
static inline void header_write(const struct pool *pool, uint8_t *at, unsigned bits, uint32_t block_count)
{
    *at = header_byte(bits, block_count);
    if (count_always_fits(pool) || block_count > SHORT_RUN)
        store_le32(at + 1, block_count);
}

/* Is this what header_write writes for a run (or a hole) of this length, R and W aside? */
static inline bool header_is(const struct pool *pool, const uint8_t *at, unsigned bits, uint32_t block_count)
{
    unsigned ignored = (bits & POOL_FREE) != 0 ? 0 : ACCESS_BITS;
    uint32_t wrong = (*at ^ header_byte(bits, block_count)) & ~ignored;

    if (count_always_fits(pool) || block_count > SHORT_RUN)
        wrong |= (load_le32(at + 1) ^ block_count) & (0 - (uint32_t)(block_count > SHORT_RUN));
    return wrong == 0;
}

/* ---- holes, in lists by length ------------------------------------------------------------ */

/* What a length is divided by to be told from others: as powers of two, 0 below 16. */
static inline unsigned class_shift(uint32_t block_count)
{
    return bit_highest(block_count | 8) - 3;
}

/* One class a length up to 15, then eight for each power of two: the shift, and the four highest bits. */
static inline uint32_t hole_class(uint32_t block_count)
{
    unsigned shift = class_shift(block_count);

    return shift * 8 + (block_count >> shift);
}

/* The first class all of whose holes are this long or longer. */
static inline uint32_t hole_class_above(uint32_t block_count)
{
    return hole_class(block_count + (UINT32_C(1) << class_shift(block_count)) - 1);
}

/* Takes the hole behind this slot, if there is one, out of its list. */
static inline void hole_drop(struct pool *pool, const struct pool_slot *slot)
{
    uint32_t class;

    if (slot->gap_count == 0)
        return;
    if (slot->class_next != NO_SLOT)
        pool->slots[slot->class_next].class_prev = slot->class_prev;
    if (slot->class_prev != NO_SLOT) {
        pool->slots[slot->class_prev].class_next = slot->class_next;
        return;
    }
    class = hole_class(slot->gap_count);
    pool->class_heads[class] = slot->class_next;
    if (slot->class_next == NO_SLOT)
        pool->class_bits[class / 64] &= ~(UINT64_C(1) << class % 64);
}

/* Puts the hole behind this slot, if there is one, into its list, and writes its header, where its
 * address is known. */
static inline void hole_add_at(struct pool *pool, uint32_t number, uint8_t *address)
{
    struct pool_slot *slot = &pool->slots[number];
    uint32_t class = hole_class(slot->gap_count);
    uint64_t bit = UINT64_C(1) << class % 64;

    if (slot->gap_count == 0)
        return;
    slot->class_prev = NO_SLOT;
    slot->class_next = NO_SLOT;
    if ((pool->class_bits[class / 64] & bit) != 0) {
        slot->class_next = pool->class_heads[class];
        pool->slots[slot->class_next].class_prev = number;
    }
    pool->class_heads[class] = number;
    pool->class_bits[class / 64] |= bit;
    header_write(pool, address, POOL_FREE, slot->gap_count);
}

static inline void hole_add(struct pool *pool, uint32_t number)
{
    const struct pool_slot *slot = &pool->slots[number];

    hole_add_at(pool, number, block_address(pool, slot->region, run_end(slot)));
}

/* ---- rings -------------------------------------------------------------------------------- */

static inline void ring_insert(struct pool *pool, uint32_t before, uint32_t number)
{
    struct pool_slot *slot = &pool->slots[number];

    slot->prev = before;
    slot->next = pool->slots[before].next;
    pool->slots[slot->next].prev = number;
    pool->slots[before].next = number;
}

static inline void ring_remove(struct pool *pool, const struct pool_slot *slot)
{
    pool->slots[slot->prev].next = slot->next;
    pool->slots[slot->next].prev = slot->prev;
}

static inline uint32_t slot_take(struct pool *pool)
{
    uint32_t number = pool->unused_slot;

    pool->unused_slot = pool->slots[number].next;
    pool->unused_count--;
    return number;
}

/* ---- between the files -------------------------------------------------------------------- */

/* The slot of a handle whose run and header are in order: BAD_HANDLE, STALE, CORRUPT. */
MUST_USE enum pool_status pool_find(const struct pool *pool, pool_handle_t handle,
                                    struct pool_slot **ret_slot);

/* A region in this memory, `more_count` blocks being planned already: its first block and their
 * count. BAD_ARENA, ARENA_TOO_SMALL. Changes nothing. */
MUST_USE enum pool_status pool_plan_region(const struct pool *pool, void *memory, size_t size_bytes,
                                           uint32_t more_count, uint8_t **ret_first, uint32_t *ret_count);

/* Adds it; there is a region and a slot for it. */
void pool_add_region(struct pool *pool, uint8_t *bytes, uint32_t block_count);

/* Runs are slid together between two holes, until the last is long enough. */
struct pool_window {
    uint32_t first; /* slot before the first hole */
    uint32_t last;  /* slot before the last one */
    uint32_t gap_count;
    uint32_t moved_count; /* blocks of the runs between */
};

/* Where `block_count` blocks come free for little moving; false: nowhere. Changes nothing. */
bool pool_window_find(const struct pool *pool, uint32_t block_count, struct pool_window *ret_window);

/* Does it: then the hole behind the slot returned is window->gap_count long. */
uint32_t pool_window_close(struct pool *pool, const struct pool_window *window);

#endif
