/* SPDX-License-Identifier: MIT */
/* Statistics, and the check of everything against everything else; see pool.h. Read only. */
#include "pool/inner.h"

void pool_stats(const struct pool *pool, struct pool_stats *ret_stats)
{
    struct pool_stats stats = {
        .region_count = pool->region_count,
        .block_count = pool->block_count,
        .free_count = pool->free_count,
        .unused_slot_count = pool->unused_count,
        .moved_count = pool->moved_count,
    };

    for (uint32_t i = 0; i < pool->slot_count; i++) {
        const struct pool_slot *slot = &pool->slots[i];
        stats.hole_count += slot->gap_count > 0;
        if (slot->gap_count > stats.largest_hole_count)
            stats.largest_hole_count = slot->gap_count;
        if (slot->block_count == 0)
            continue;
        stats.handle_count++;
        stats.pinned_count += slot->pins > 0;
        stats.sealed_count += (*run_address(pool, slot) & ACCESS_BITS) != ACCESS_BITS;
        stats.payload_bytes += run_size_bytes(pool, slot);
        stats.header_bytes += payload_offset(pool, slot->block_count);
        stats.slack_bytes += slot->slack_bytes;
    }
    *ret_stats = stats;
}

/* ---- the check ---------------------------------------------------------------------------- */

/* What was found on the way round the rings. */
struct tally {
    uint64_t run_count;
    uint64_t hole_count;
    uint64_t free_count; /* blocks */
};

/* Each function returns what is wrong, or NULL. */

static const char *check_shape(const struct pool *pool)
{
    uint32_t first_block = 0;

    if (pool->block_size == 0 || pool->block_size > POOL_BLOCK_BYTES_MAX || pool->align_bytes == 0 ||
        pool->block_size % pool->align_bytes != 0)
        return "the sizes of blocks and alignment are impossible";
    if (pool->block_shift != (bit_at_most_one(pool->block_size) ? bit_highest(pool->block_size) : NO_SHIFT))
        return "the shift does not fit the size of a block";
    if (pool->region_count > POOL_REGIONS)
        return "there are more regions than there can be";
    for (uint32_t i = 0; i < pool->region_count; i++) {
        const struct pool_region *region = &pool->regions[i];
        if (region->first_block != first_block || region->block_count > POOL_BLOCKS_MAX - first_block ||
            region->block_count == 0 || region->head >= pool->slot_count)
            return "a region is impossible";
        first_block += region->block_count;
    }
    return first_block == pool->block_count ? NULL : "the regions' blocks are not the pool's";
}

/* A run or a head that begins at `first_block`, and the hole behind it. */
static const char *check_slot(const struct pool *pool, const struct pool_slot *slot, uint32_t region,
                              uint32_t first_block)
{
    uint32_t end_block = pool->regions[region].first_block + pool->regions[region].block_count;

    if (slot->region != region || slot->first_block != first_block ||
        slot->block_count > end_block - first_block || slot->gap_count > end_block - run_end(slot))
        return "runs and holes do not adjoin";
    if (slot->block_count > 0 && !header_is(pool, run_address(pool, slot), 0, slot->block_count))
        return "a run's header was overwritten";
    if (slot->block_count > 0 && slot->slack_bytes >= pool->block_size)
        return "a run has more blocks than it needs";
    if (slot->gap_count > 0 &&
        !header_is(pool, block_address(pool, region, run_end(slot)), POOL_FREE, slot->gap_count))
        return "a hole's header was overwritten";
    return NULL;
}

/* Ends, because each run begins behind the one before it. */
static const char *check_ring(const struct pool *pool, uint32_t region, struct tally *tally)
{
    uint32_t head = pool->regions[region].head;
    uint32_t block = pool->regions[region].first_block;
    uint32_t number = head;

    if (pool->slots[head].block_count != 0 || pool->slots[head].pins != POOL_PINS)
        return "a region's head is none";
    do {
        const struct pool_slot *slot = &pool->slots[number];
        const char *reason = check_slot(pool, slot, region, block);
        if (reason != NULL)
            return reason;
        block = run_end(slot) + slot->gap_count;
        tally->run_count += slot->block_count > 0;
        tally->hole_count += slot->gap_count > 0;
        tally->free_count += slot->gap_count;
        if (slot->next >= pool->slot_count || pool->slots[slot->next].prev != number ||
            (slot->next != head && pool->slots[slot->next].block_count == 0))
            return "a ring is broken";
        number = slot->next;
    } while (number != head);
    if (block != pool->regions[region].first_block + pool->regions[region].block_count)
        return "a region's last blocks are nobody's";
    return NULL;
}

/* One list; ends, because each slot has one predecessor. */
static const char *check_class(const struct pool *pool, uint32_t class, uint64_t *hole_count)
{
    uint32_t before = NO_SLOT;

    if ((pool->class_bits[class / 64] >> class % 64 & 1) == 0)
        return NULL;
    for (uint32_t number = pool->class_heads[class]; number != NO_SLOT;) {
        if (number >= pool->slot_count || pool->slots[number].class_prev != before)
            return "a list of holes is broken";
        if (pool->slots[number].gap_count == 0 || hole_class(pool->slots[number].gap_count) != class)
            return "a hole is in the wrong list";
        ++*hole_count;
        before = number;
        number = pool->slots[number].class_next;
    }
    return before == NO_SLOT ? "a list said to have holes is empty" : NULL;
}

static const char *check_classes(const struct pool *pool, const struct tally *tally)
{
    uint64_t hole_count = 0;

    for (uint32_t class = 0; class < POOL_CLASSES; class++) {
        const char *reason = check_class(pool, class, &hole_count);
        if (reason != NULL)
            return reason;
    }
    return hole_count == tally->hole_count ? NULL : "a hole is in no list";
}

static const char *check_unused(const struct pool *pool)
{
    uint32_t number = pool->unused_slot;

    for (uint32_t left = pool->unused_count; left > 0; left--) {
        if (number >= pool->slot_count || pool->slots[number].block_count != 0 ||
            pool->slots[number].gap_count != 0 || pool->slots[number].pins != 0)
            return "the list of unused slots is broken";
        number = pool->slots[number].next;
    }
    return number == NO_SLOT ? NULL : "the list of unused slots does not end";
}

static bool is_in_ring(const struct pool *pool, uint32_t number)
{
    return number == NO_SLOT ||
           (number < pool->slot_count && (pool->slots[number].block_count > 0 || pool->slots[number].pins > 0));
}

static const char *check_counts(const struct pool *pool, const struct tally *tally)
{
    uint64_t slot_count = tally->run_count + pool->region_count + pool->unused_count + pool->retired_count;
    uint64_t run_count = 0, gap_count = 0, retired_count = 0;

    for (uint32_t i = 0; i < pool->slot_count; i++) {
        run_count += pool->slots[i].block_count > 0;
        gap_count += pool->slots[i].gap_count;
        retired_count += pool->slots[i].generation == RETIRED;
    }
    if (tally->free_count != pool->free_count || tally->free_count != gap_count)
        return "the free blocks do not add up";
    if (slot_count != pool->slot_count || run_count != tally->run_count || retired_count != pool->retired_count)
        return "the slots do not add up";
    if (!is_in_ring(pool, pool->rover) || !is_in_ring(pool, pool->cursor))
        return "compaction stands nowhere";
    return NULL;
}

static const char *check_all(const struct pool *pool)
{
    struct tally tally = {0};
    const char *reason;

    if (pool->slots == NULL)
        return pool->slot_count == 0 && pool->block_count == 0 ? NULL : "there are no slots";
    reason = check_shape(pool);
    for (uint32_t i = 0; i < pool->region_count && reason == NULL; i++)
        reason = check_ring(pool, i, &tally);
    if (reason == NULL)
        reason = check_classes(pool, &tally);
    if (reason == NULL)
        reason = check_unused(pool);
    return reason == NULL ? check_counts(pool, &tally) : reason;
}

enum pool_status pool_check(const struct pool *pool, const char **ret_reason)
{
    const char *reason = check_all(pool);

    if (reason != NULL && ret_reason != NULL)
        *ret_reason = reason;
    return reason == NULL ? POOL_OK : POOL_CORRUPT;
}
