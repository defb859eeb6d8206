/* SPDX-License-Identifier: MIT */
/* The bytes behind a handle: copied in and out, pinned for direct access, sealed; see pool.h. */
#include "pool/inner.h"

static uint8_t *payload(const struct pool *pool, const struct pool_slot *slot)
{
    return run_address(pool, slot) + payload_offset(pool, slot->block_count);
}

/* Does the header allow all of `access`? */
static bool allows(const struct pool *pool, const struct pool_slot *slot, unsigned access)
{
    return (access & ~(unsigned)*run_address(pool, slot)) == 0;
}

/* The address of these bytes of a run: BAD_RANGE, SEALED, and those of pool_find. */
static enum pool_status find_bytes(const struct pool *pool, pool_handle_t handle, unsigned access,
                                   size_t offset_bytes, size_t size_bytes, uint8_t **ret_bytes)
{
    struct pool_slot *slot;
    enum pool_status status = pool_find(pool, handle, &slot);

    if (status != POOL_OK)
        return status;
    if (!range_is_inside(offset_bytes, size_bytes, run_size_bytes(pool, slot)))
        return POOL_BAD_RANGE;
    if (!allows(pool, slot, access))
        return POOL_SEALED;
    *ret_bytes = payload(pool, slot) + offset_bytes;
    return POOL_OK;
}

enum pool_status pool_write(struct pool *pool, pool_handle_t handle, size_t offset_bytes, const void *bytes,
                            size_t size_bytes)
{
    uint8_t *to;
    enum pool_status status = find_bytes(pool, handle, POOL_WRITE, offset_bytes, size_bytes, &to);

    if (status == POOL_OK && size_bytes > 0)
        memmove(to, bytes, size_bytes);
    return status;
}

enum pool_status pool_read(const struct pool *pool, pool_handle_t handle, size_t offset_bytes, void *ret_bytes,
                           size_t size_bytes)
{
    uint8_t *from;
    enum pool_status status = find_bytes(pool, handle, POOL_READ, offset_bytes, size_bytes, &from);

    if (status == POOL_OK && size_bytes > 0)
        memmove(ret_bytes, from, size_bytes);
    return status;
}

enum pool_status pool_copy(struct pool *pool, pool_handle_t to, size_t to_offset_bytes, pool_handle_t from,
                           size_t from_offset_bytes, size_t size_bytes)
{
    uint8_t *source, *target;
    enum pool_status status = find_bytes(pool, from, POOL_READ, from_offset_bytes, size_bytes, &source);

    if (status != POOL_OK)
        return status;
    status = find_bytes(pool, to, POOL_WRITE, to_offset_bytes, size_bytes, &target);
    if (status != POOL_OK)
        return status;
    memmove(target, source, size_bytes);
    return POOL_OK;
}

enum pool_status pool_seal(struct pool *pool, pool_handle_t handle, unsigned kept_access)
{
    struct pool_slot *slot;
    enum pool_status status = pool_find(pool, handle, &slot);
    uint8_t *header;

    if (status != POOL_OK)
        return status;
    if ((kept_access & ~ACCESS_BITS) != 0)
        return POOL_BAD_ACCESS;
    if (slot->pins > 0)
        return POOL_PINNED;
    header = run_address(pool, slot);
    *header = (uint8_t)(*header & (~ACCESS_BITS | kept_access));
    return POOL_OK;
}

enum pool_status pool_get(struct pool *pool, pool_handle_t handle, unsigned access, void **ret_bytes)
{
    struct pool_slot *slot;
    enum pool_status status = pool_find(pool, handle, &slot);

    if (status != POOL_OK)
        return status;
    if (access == 0 || (access & ~ACCESS_BITS) != 0)
        return POOL_BAD_ACCESS;
    if (!allows(pool, slot, access))
        return POOL_SEALED;
    if (slot->pins == POOL_PINS)
        return POOL_TOO_MANY_PINS;
    slot->pins++;
    *ret_bytes = payload(pool, slot);
    return POOL_OK;
}

enum pool_status pool_put(struct pool *pool, pool_handle_t handle)
{
    struct pool_slot *slot;
    enum pool_status status = pool_find(pool, handle, &slot);

    if (status != POOL_OK)
        return status;
    if (slot->pins == 0)
        return POOL_NOT_PINNED;
    slot->pins--;
    return POOL_OK;
}

enum pool_status pool_info(const struct pool *pool, pool_handle_t handle, struct pool_info *ret_info)
{
    struct pool_slot *slot;
    enum pool_status status = pool_find(pool, handle, &slot);

    if (status != POOL_OK)
        return status;
    *ret_info = (struct pool_info){
        .size_bytes = run_size_bytes(pool, slot),
        .first_block = slot->first_block,
        .block_count = slot->block_count,
        .access = *run_address(pool, slot) & ACCESS_BITS,
        .pins = slot->pins,
    };
    return POOL_OK;
}
