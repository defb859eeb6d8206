/* SPDX-License-Identifier: MIT */
/*
 * Where a pool's memory comes from: pool_init and pool_grow; see pool.h.
 * Both check all before they change anything.
 */
#include "pool/inner.h"

static bool config_is_release(const struct pool_config *config)
{
    return config->block_size == 0 && config->block_count == 0;
}

static bool config_is_good(const struct pool_config *config, size_t align_bytes)
{
    return config->block_size > 0 && config->block_size <= POOL_BLOCK_BYTES_MAX && bit_at_most_one(align_bytes) &&
           config->block_size % align_bytes == 0 && config->id <= POOL_ID_MAX && config->slots != NULL &&
           config->slot_count > 0 && config->slot_count <= POOL_SLOTS_MAX;
}

/* Whether what was allocated before may go: nothing of it is pinned. Next, the generation that
 * none of the handles so far has. */
static enum pool_status plan_release(const struct pool *pool, uint32_t *ret_generation)
{
    uint32_t generation = pool->first_generation == 0 ? 1 : pool->first_generation;

    for (uint32_t i = 0; i < pool->slot_count; i++) {
        const struct pool_slot *slot = &pool->slots[i];
        uint32_t above = slot->generation + (slot->block_count > 0);
        if (slot->block_count > 0 && slot->pins > 0)
            return POOL_PINNED;
        generation = above > generation ? above : generation;
    }
    *ret_generation = generation;
    return generation == RETIRED ? POOL_WORN_OUT : POOL_OK;
}

/* Where blocks begin in this memory, and how many fit. Overlaps are not looked for. */
static enum pool_status plan_memory(void *memory, size_t size_bytes, size_t block_size, size_t align_bytes,
                                    uint8_t **ret_first, size_t *ret_count)
{
    uintptr_t skipped = (align_bytes - 1 - (uintptr_t)memory % align_bytes) % align_bytes;

    if (memory == NULL || size_bytes > UINTPTR_MAX - (uintptr_t)memory)
        return POOL_BAD_ARENA;
    if (size_bytes < skipped + block_size)
        return POOL_ARENA_TOO_SMALL;
    *ret_first = (uint8_t *)memory + skipped;
    *ret_count = (size_bytes - skipped) / block_size;
    return POOL_OK;
}

/* The head takes a slot; all blocks are one hole behind it. */
void pool_add_region(struct pool *pool, uint8_t *bytes, uint32_t block_count)
{
    uint32_t head = slot_take(pool);
    struct pool_slot *slot = &pool->slots[head];

    pool->regions[pool->region_count] = (struct pool_region){
        .bytes = bytes,
        .first_block = pool->block_count,
        .block_count = block_count,
        .head = head,
    };
    *slot = (struct pool_slot){
        .generation = slot->generation,
        .first_block = pool->block_count,
        .gap_count = block_count,
        .prev = head,
        .next = head,
        .region = (uint16_t)pool->region_count,
        .pins = POOL_PINS,
    };
    pool->region_count++;
    pool->block_count += block_count;
    pool->free_count += block_count;
    hole_add(pool, head);
}

static void make_slots(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->slot_count; i++)
        pool->slots[i] = (struct pool_slot){.generation = pool->first_generation, .next = i + 1};
    pool->slots[pool->slot_count - 1].next = NO_SLOT;
}

/* The lists of classes are empty where their bits are 0. */
static void make_pool(struct pool *pool, const struct pool_config *config, uint32_t generation)
{
    uint32_t block_size = (uint32_t)config->block_size;
    uint32_t align_bytes = config->align_bytes == 0 ? 1 : (uint32_t)config->align_bytes;

    *pool = (struct pool){
        .slots = config->slots,
        .slot_count = (uint32_t)config->slot_count,
        .unused_count = (uint32_t)config->slot_count,
        .first_generation = generation,
        .block_size = block_size,
        .block_shift = bit_at_most_one(block_size) ? bit_highest(block_size) : NO_SHIFT,
        .align_bytes = align_bytes,
        .long_bytes = SHORT_RUN * block_size,
        .long_offset = 1 + ((COUNT_BYTES + align_bytes - 1) & ~(align_bytes - 1)),
        .id = config->id,
        .rover = NO_SLOT,
        .cursor = NO_SLOT,
    };
    make_slots(pool);
}

/* The same for the arena of a configuration, which may have none. */
static enum pool_status plan_arena(const struct pool_config *config, size_t align_bytes, uint8_t **ret_first)
{
    size_t count;
    enum pool_status status;

    if (config->block_count == 0)
        return POOL_OK;
    if (config->block_count > POOL_BLOCKS_MAX)
        return POOL_BAD_ARENA;
    status = plan_memory(config->arena, config->arena_bytes, config->block_size, align_bytes, ret_first, &count);
    if (status == POOL_OK && config->block_count > count)
        return POOL_ARENA_TOO_SMALL;
    return status;
}

enum pool_status pool_init(struct pool *pool, const struct pool_config *config)
{
    size_t align_bytes = config->align_bytes == 0 ? 1 : config->align_bytes;
    uint8_t *first = NULL;
    enum pool_status status;
    uint32_t generation;

    if (!config_is_release(config)) {
        if (!config_is_good(config, align_bytes))
            return POOL_BAD_CONFIG;
        status = plan_arena(config, align_bytes, &first);
        if (status != POOL_OK)
            return status;
    }
    status = plan_release(pool, &generation);
    if (status != POOL_OK)
        return status;
    if (config_is_release(config)) {
        *pool = (struct pool){.first_generation = generation};
        return POOL_OK;
    }
    make_pool(pool, config, generation);
    if (first != NULL)
        pool_add_region(pool, first, (uint32_t)config->block_count);
    return POOL_OK;
}

static bool overlaps(const struct pool *pool, const uint8_t *bytes, size_t block_count)
{
    uintptr_t first = (uintptr_t)bytes;
    uintptr_t end = first + block_count * pool->block_size;

    for (uint32_t i = 0; i < pool->region_count; i++) {
        uintptr_t other = (uintptr_t)pool->regions[i].bytes;
        uintptr_t other_end = other + (size_t)pool->regions[i].block_count * pool->block_size;
        if (first < other_end && other < end)
            return true;
    }
    return false;
}

enum pool_status pool_plan_region(const struct pool *pool, void *memory, size_t size_bytes,
                                  uint32_t more_count, uint8_t **ret_first, uint32_t *ret_count)
{
    size_t count;
    enum pool_status status =
        plan_memory(memory, size_bytes, pool->block_size, pool->align_bytes, ret_first, &count);

    if (status != POOL_OK)
        return status;
    if (count > POOL_BLOCKS_MAX - pool->block_count - more_count || overlaps(pool, *ret_first, count))
        return POOL_BAD_ARENA;
    *ret_count = (uint32_t)count;
    return POOL_OK;
}

enum pool_status pool_grow(struct pool *pool, void *memory, size_t size_bytes)
{
    uint8_t *first;
    uint32_t count;
    enum pool_status status;

    if (pool->slots == NULL)
        return POOL_BAD_CONFIG;
    status = pool_plan_region(pool, memory, size_bytes, 0, &first, &count);
    if (status != POOL_OK)
        return status;
    if (pool->region_count == POOL_REGIONS)
        return POOL_NO_REGION;
    if (pool->unused_count == 0)
        return POOL_NO_SLOT;
    pool_add_region(pool, first, count);
    return POOL_OK;
}
