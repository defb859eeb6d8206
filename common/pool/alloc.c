/* SPDX-License-Identifier: MIT */
/* Handing out runs and taking them back; see pool.h. */
#include "pool/inner.h"

#define CLASS_LOOKS 8u /* holes of the request's own class that are tried: some are too short */

/* ---- handles ------------------------------------------------------------------------------ */

#define ID_SHIFT         20
#define GENERATION_SHIFT 32

static pool_handle_t make_handle(const struct pool *pool, uint32_t number)
{
    uint64_t generation = pool->slots[number].generation;

    return (pool_handle_t){generation << GENERATION_SHIFT | (uint64_t)pool->id << ID_SHIFT | number};
}

static uint32_t handle_slot(pool_handle_t handle)
{
    return (uint32_t)handle.value & (POOL_SLOTS_MAX - 1);
}

static inline enum pool_status find_slot(const struct pool *pool, pool_handle_t handle, struct pool_slot **ret_slot)
{
    uint32_t number = handle_slot(handle);
    uint32_t generation = (uint32_t)(handle.value >> GENERATION_SHIFT);
    struct pool_slot *slot;

    if (number >= pool->slot_count || ((handle.value >> ID_SHIFT) & POOL_ID_MAX) != pool->id || generation == 0)
        return POOL_BAD_HANDLE;
    slot = &pool->slots[number];
    if (generation != slot->generation || slot->block_count == 0)
        return generation < slot->generation ? POOL_STALE : POOL_BAD_HANDLE;
    if (!header_is(pool, run_address(pool, slot), 0, slot->block_count))
        return POOL_CORRUPT;
    *ret_slot = slot;
    return POOL_OK;
}

enum pool_status pool_find(const struct pool *pool, pool_handle_t handle, struct pool_slot **ret_slot)
{
    return find_slot(pool, handle, ret_slot);
}

/* ---- allocating --------------------------------------------------------------------------- */

static size_t blocks_round_up(const struct pool *pool, size_t size_bytes)
{
    if (pool->block_shift != NO_SHIFT)
        return (size_bytes + pool->block_size - 1) >> pool->block_shift;
    return size_bytes / pool->block_size + (size_bytes % pool->block_size != 0);
}

/* The fewest blocks for the payload and its header, and the bytes left over. False where the payload
 * alone is more than the whole pool. */
static bool blocks_for(const struct pool *pool, size_t size_bytes, uint32_t *ret_count, uint32_t *ret_slack_bytes)
{
    size_t count, used_bytes;
    uint32_t if_long = 0 - (uint32_t)(size_bytes >= pool->long_bytes);

    if (size_bytes >= (size_t)pool->block_count * pool->block_size)
        return false;
    used_bytes = size_bytes + 1 + (if_long & (pool->long_offset - 1));
    count = blocks_round_up(pool, used_bytes);
    *ret_count = (uint32_t)count;
    *ret_slack_bytes = (uint32_t)(count * pool->block_size - used_bytes);
    return true;
}

/* The slot before a hole that is long enough: in a class all of whose holes are, or among the
 * first `looks` of its own class. */
static uint32_t find_hole(const struct pool *pool, uint32_t block_count, uint32_t looks)
{
    uint32_t class = hole_class_above(block_count);
    uint32_t word = class / 64;
    uint64_t bits = pool->class_bits[word] & (UINT64_MAX << class % 64);
    uint32_t number;

    while (bits == 0 && ++word < CLASS_WORDS)
        bits = pool->class_bits[word];
    if (bits != 0)
        return pool->class_heads[word * 64 + bit_lowest(bits)];
    class = hole_class(block_count);
    if ((pool->class_bits[class / 64] >> class % 64 & 1) == 0)
        return NO_SLOT;
    for (number = pool->class_heads[class]; number != NO_SLOT && looks > 0; looks--) {
        if (pool->slots[number].gap_count >= block_count)
            return number;
        number = pool->slots[number].class_next;
    }
    return NO_SLOT;
}

/* Makes the beginning of the hole behind `before` a run. */
static uint32_t take_hole(struct pool *pool, uint32_t before, uint32_t block_count)
{
    uint32_t number = slot_take(pool);
    struct pool_slot *slot = &pool->slots[number];
    struct pool_slot *last = &pool->slots[before];
    uint8_t *address = block_address(pool, last->region, run_end(last));

    hole_drop(pool, last);
    slot->first_block = run_end(last);
    slot->block_count = block_count;
    slot->gap_count = last->gap_count - block_count;
    slot->region = last->region;
    slot->pins = 0;
    last->gap_count = 0;
    ring_insert(pool, before, number);
    hole_add_at(pool, number, address + (size_t)block_count * pool->block_size);
    header_write(pool, address, ACCESS_BITS, block_count);
    pool->free_count -= block_count;
    return number;
}

/* How many blocks it takes, and whether there are as many and a slot. */
static enum pool_status plan_run(const struct pool *pool, size_t size_bytes, uint32_t *ret_count,
                                 uint32_t *ret_slack_bytes)
{
    if (!blocks_for(pool, size_bytes, ret_count, ret_slack_bytes) || *ret_count > pool->free_count)
        return POOL_NO_ROOM;
    return pool->unused_count == 0 ? POOL_NO_SLOT : POOL_OK;
}

static void take_run(struct pool *pool, uint32_t before, uint32_t count, uint32_t slack_bytes,
                     pool_handle_t *ret_handle)
{
    uint32_t number = take_hole(pool, before, count);

    pool->slots[number].slack_bytes = slack_bytes;
    *ret_handle = make_handle(pool, number);
}

enum pool_status pool_alloc(struct pool *pool, size_t size_bytes, pool_handle_t *ret_handle)
{
    struct pool_window window;
    uint32_t count, slack_bytes, before;
    enum pool_status status = plan_run(pool, size_bytes, &count, &slack_bytes);

    if (status != POOL_OK)
        return status;
    before = find_hole(pool, count, CLASS_LOOKS);
    if (before == NO_SLOT) {
        if (!pool_window_find(pool, count, &window))
            return POOL_FRAGMENTED;
        before = pool_window_close(pool, &window);
    }
    take_run(pool, before, count, slack_bytes, ret_handle);
    return POOL_OK;
}

/* Reaches nothing that moves, so that a program that only calls this one links none of it. */
enum pool_status pool_alloc_still(struct pool *pool, size_t size_bytes, pool_handle_t *ret_handle)
{
    uint32_t count, slack_bytes, before;
    enum pool_status status = plan_run(pool, size_bytes, &count, &slack_bytes);

    if (status != POOL_OK)
        return status;
    before = find_hole(pool, count, UINT32_MAX);
    if (before == NO_SLOT)
        return POOL_FRAGMENTED;
    take_run(pool, before, count, slack_bytes, ret_handle);
    return POOL_OK;
}

/* ---- freeing ------------------------------------------------------------------------------ */

/* The slot's next handle has another generation; after the last one it is not used again. */
static void retire_or_reuse(struct pool *pool, uint32_t number)
{
    struct pool_slot *slot = &pool->slots[number];

    slot->generation++;
    slot->block_count = 0;
    slot->gap_count = 0;
    if (slot->generation == RETIRED) {
        pool->retired_count++;
        return;
    }
    slot->next = pool->unused_slot;
    pool->unused_slot = number;
    pool->unused_count++;
}

enum pool_status pool_free(struct pool *pool, pool_handle_t handle)
{
    struct pool_slot *slot, *before;
    enum pool_status status = find_slot(pool, handle, &slot);
    uint32_t number, before_number;
    uint8_t *address;

    if (status != POOL_OK)
        return status;
    if (slot->pins > 0)
        return POOL_PINNED;
    number = handle_slot(handle);
    before_number = slot->prev;
    before = &pool->slots[before_number];
    address = run_address(pool, slot) - (size_t)before->gap_count * pool->block_size;
    pool->rover = pool->rover == number ? before_number : pool->rover;
    pool->cursor = pool->cursor == number ? before_number : pool->cursor;
    hole_drop(pool, before);
    hole_drop(pool, slot);
    before->gap_count += slot->block_count + slot->gap_count;
    pool->free_count += slot->block_count;
    ring_remove(pool, slot);
    hole_add_at(pool, before_number, address);
    retire_or_reuse(pool, number);
    return POOL_OK;
}
