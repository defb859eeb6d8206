/* SPDX-License-Identifier: MIT */
/* What each operation on a pool must answer and do, foretold by the model; see pool_shadow.h. */
#include <stdlib.h>
#include <string.h>

#include "pool_shadow.h"

/* ---- operations --------------------------------------------------------------------------- */

static bool do_alloc(struct shadow *s, const struct shadow_operation *op)
{
    bool still = op->what == SHADOW_ALLOC_STILL;
    struct shadow_live *live = &s->live[s->live_count];
    uint32_t count = shadow_blocks_for(s->form, op->index);
    uint32_t free_count = shadow_total(s) - shadow_used(s);
    uint32_t longest_still, longest_moving;
    enum pool_status status, expected = POOL_OK;
    pool_handle_t handle = {77};

    shadow_longest(s, &longest_still, &longest_moving);
    if (count > free_count)
        expected = POOL_NO_ROOM;
    else if (s->live_count + s->region_count == s->form->slot_count)
        expected = POOL_NO_SLOT;
    else if (count > (still ? longest_still : longest_moving))
        expected = POOL_FRAGMENTED;
    status = still ? pool_alloc_still(&s->pool, op->index, &handle) : pool_alloc(&s->pool, op->index, &handle);
    if (!shadow_judge(s, status, expected))
        return false;
    AGREE((expected == POOL_OK) == (handle.value != 77));
    if (expected != POOL_OK)
        return true;
    for (uint32_t i = 0; i < s->live_count; i++)
        AGREE(s->live[i].handle.value != handle.value);
    for (uint32_t i = 0; i < s->dead_count; i++)
        AGREE(s->dead[i].value != handle.value);
    *live = (struct shadow_live){.handle = handle, .size_bytes = op->index, .block_count = count, .access = RW};
    live->bytes = calloc(1, op->index + 1u);
    live->known = calloc(1, op->index + 1u);
    s->live_count++;
    return true;
}

static void forget(struct shadow *s, struct shadow_live *live)
{
    if (s->dead_count < SHADOW_DEAD)
        s->dead[s->dead_count++] = live->handle;
    else
        s->dead[live->handle.value % SHADOW_DEAD] = live->handle;
    free(live->bytes);
    free(live->known);
    *live = s->live[--s->live_count];
}

static bool do_free(struct shadow *s, struct shadow_live *live)
{
    enum pool_status expected = live->pins > 0 ? POOL_PINNED : POOL_OK;

    if (!shadow_judge(s, pool_free(&s->pool, live->handle), expected))
        return false;
    if (expected == POOL_OK)
        forget(s, live);
    return true;
}

static enum pool_status expect_bytes(const struct shadow_live *live, uint64_t offset, uint64_t count, unsigned access)
{
    if (offset + count > live->size_bytes)
        return POOL_BAD_RANGE;
    return (live->access & access) == 0 ? POOL_SEALED : POOL_OK;
}

static bool do_write(struct shadow *s, struct shadow_live *live, const struct shadow_operation *op)
{
    enum pool_status expected = expect_bytes(live, op->a, op->b, POOL_WRITE);
    uint8_t *bytes = malloc(op->b + 1u);

    for (uint32_t i = 0; i < op->b; i++)
        bytes[i] = (uint8_t)(op->c + i * 7);
    if (live->pins > 0 && expected == POOL_OK && op->c % 2 == 0)
        memcpy(live->pinned_at + op->a, bytes, op->b);
    else if (!shadow_judge(s, pool_write(&s->pool, live->handle, op->a, bytes, op->b), expected))
        return free(bytes), false;
    if (expected == POOL_OK) {
        memcpy(live->bytes + op->a, bytes, op->b);
        memset(live->known + op->a, 1, op->b);
    }
    free(bytes);
    return true;
}

static bool do_read(struct shadow *s, struct shadow_live *live, const struct shadow_operation *op)
{
    enum pool_status expected = expect_bytes(live, op->a, op->b, POOL_READ);
    uint8_t *bytes = malloc(op->b + 1u);
    bool agrees = shadow_judge(s, pool_read(&s->pool, live->handle, op->a, bytes, op->b), expected);

    for (uint32_t i = 0; agrees && expected == POOL_OK && i < op->b; i++)
        agrees = !live->known[op->a + i] || bytes[i] == live->bytes[op->a + i];
    free(bytes);
    AGREE(agrees);
    return true;
}

static bool do_copy(struct shadow *s, struct shadow_live *to, const struct shadow_operation *op)
{
    struct shadow_live *from = &s->live[op->c % s->live_count];
    uint32_t to_offset = op->a % 64, from_offset = op->a / 64;
    enum pool_status expected = expect_bytes(from, from_offset, op->b, POOL_READ);

    if (expected == POOL_OK)
        expected = expect_bytes(to, to_offset, op->b, POOL_WRITE);
    if (!shadow_judge(s, pool_copy(&s->pool, to->handle, to_offset, from->handle, from_offset, op->b), expected))
        return false;
    if (expected == POOL_OK) {
        memmove(to->bytes + to_offset, from->bytes + from_offset, op->b);
        memmove(to->known + to_offset, from->known + from_offset, op->b);
    }
    return true;
}

static bool do_seal(struct shadow *s, struct shadow_live *live, unsigned kept)
{
    enum pool_status expected = (kept & ~RW) != 0 ? POOL_BAD_ACCESS : live->pins > 0 ? POOL_PINNED : POOL_OK;

    if (!shadow_judge(s, pool_seal(&s->pool, live->handle, kept), expected))
        return false;
    live->access &= expected == POOL_OK ? kept : RW;
    return true;
}

static bool do_get(struct shadow *s, struct shadow_live *live, unsigned access)
{
    enum pool_status expected = POOL_OK;
    void *bytes = NULL;

    if (access == 0 || (access & ~RW) != 0)
        expected = POOL_BAD_ACCESS;
    else if ((access & ~live->access) != 0)
        expected = POOL_SEALED;
    if (!shadow_judge(s, pool_get(&s->pool, live->handle, access, &bytes), expected))
        return false;
    if (expected == POOL_OK) {
        AGREE(live->pins == 0 || live->pinned_at == bytes);
        live->pins++;
        live->pinned_at = bytes;
    }
    return true;
}

static bool do_put(struct shadow *s, struct shadow_live *live)
{
    enum pool_status expected = live->pins == 0 ? POOL_NOT_PINNED : POOL_OK;

    live->pins -= expected == POOL_OK;
    return shadow_judge(s, pool_put(&s->pool, live->handle), expected);
}

static bool do_move(struct shadow *s, struct shadow_live *live, uint32_t block)
{
    uint8_t *cells = malloc(shadow_total(s) + 1);
    enum pool_status expected = POOL_OK;

    shadow_paint(s, cells, live);
    if (live->pins > 0)
        expected = POOL_PINNED;
    else if ((uint64_t)block + live->block_count > shadow_total(s) ||
             shadow_region_of(s, block) != shadow_region_of(s, block + live->block_count - 1))
        expected = POOL_BAD_RANGE;
    for (uint32_t i = 0; i < live->block_count && expected == POOL_OK; i++)
        expected = cells[block + i] != 0 ? POOL_IN_USE : POOL_OK;
    free(cells);
    if (!shadow_judge(s, pool_move(&s->pool, live->handle, block), expected))
        return false;
    AGREE(pool_info(&s->pool, live->handle, &live->info) == POOL_OK);
    AGREE(expected != POOL_OK || live->info.first_block == block);
    return true;
}

/* After it no run that can be moved has a hole before it. */
static bool do_compact(struct shadow *s)
{
    uint8_t *cells = malloc(shadow_total(s) + 1);
    bool is_tight = true;

    s->moved_count += pool_compact(&s->pool);
    if (!shadow_verify(s))
        return free(cells), false;
    shadow_paint(s, cells, NULL);
    for (uint32_t i = 1; i < shadow_total(s); i++)
        is_tight &= cells[i] != 1 || cells[i - 1] != 0 || shadow_region_of(s, i) != shadow_region_of(s, i - 1);
    free(cells);
    AGREE(is_tight);
    return true;
}

static bool do_step(struct shadow *s, uint32_t limit)
{
    struct pool_step step = {0};

    if (!shadow_judge(s, pool_compact_step(&s->pool, limit, &step), limit == 0 ? POOL_BAD_RANGE : POOL_OK))
        return false;
    AGREE(step.moved_count <= limit && step.visited_count <= limit);
    AGREE(limit == 0 || step.is_done || step.visited_count > 0);
    s->moved_count += step.moved_count;
    return true;
}

/* Where a region of these bytes would begin, and its blocks. */
static uint32_t shape(const struct shadow *s, uint8_t **memory, size_t size_bytes)
{
    while (s->form->align_bytes > 1 && ((uintptr_t)*memory + 1) % s->form->align_bytes != 0) {
        if (size_bytes == 0)
            return 0;
        ++*memory;
        size_bytes--;
    }
    return (uint32_t)(size_bytes / s->form->block_size);
}

static bool do_grow(struct shadow *s, uint32_t size_bytes)
{
    uint32_t last = s->region_count % SHADOW_REGIONS;
    uint8_t *memory = s->arena + (size_t)last * SHADOW_BYTES + s->form->misalign_bytes;
    uint8_t *first = memory;
    uint32_t count;
    enum pool_status expected = POOL_OK;

    if (size_bytes > SHADOW_BYTES - s->form->misalign_bytes)
        size_bytes = SHADOW_BYTES - s->form->misalign_bytes;
    count = shape(s, &first, size_bytes);
    if (count == 0)
        expected = POOL_ARENA_TOO_SMALL;
    else if (s->region_count == SHADOW_REGIONS) /* the first one's memory again */
        expected = POOL_BAD_ARENA;
    else if (s->live_count + s->region_count == s->form->slot_count)
        expected = POOL_NO_SLOT;
    if (!shadow_judge(s, pool_grow(&s->pool, memory, size_bytes), expected))
        return false;
    if (expected == POOL_OK) {
        s->region_bytes[last] = first;
        s->region_first[last + 1] = s->region_first[last] + count;
        s->region_count++;
    }
    return true;
}

/* Any function that takes a handle, on one that must be refused. */
static bool do_refused(struct shadow *s, pool_handle_t handle, uint32_t function, enum pool_status expected)
{
    pool_handle_t good = s->live_count > 0 ? s->live[0].handle : handle;
    struct pool_info info;
    uint8_t byte = 0;
    void *bytes;

    switch (function % 9) {
    case 0:
        return shadow_judge(s, pool_free(&s->pool, handle), expected);
    case 1:
        return shadow_judge(s, pool_write(&s->pool, handle, 0, &byte, 1), expected);
    case 2:
        return shadow_judge(s, pool_read(&s->pool, handle, 0, &byte, 1), expected);
    case 3:
        return shadow_judge(s, pool_seal(&s->pool, handle, 0), expected);
    case 4:
        return shadow_judge(s, pool_get(&s->pool, handle, POOL_READ, &bytes), expected);
    case 5:
        return shadow_judge(s, pool_put(&s->pool, handle), expected);
    case 6:
        return shadow_judge(s, pool_move(&s->pool, handle, 0), expected);
    case 7:
        return shadow_judge(s, pool_info(&s->pool, handle, &info), expected);
    default:
        return shadow_judge(s, pool_copy(&s->pool, good, 0, handle, 0, 0), expected);
    }
}

/* Not this pool's: another pool's number, a slot that there is not, a generation not reached. */
static pool_handle_t make_foreign(const struct shadow *s, pool_handle_t handle, uint32_t how)
{
    switch (how % 4) {
    case 0:
        return (pool_handle_t){handle.value ^ UINT64_C(1) << (20 + how / 4 % 12)};
    case 1:
        return (pool_handle_t){(handle.value & ~UINT64_C(0xfffff)) + s->form->slot_count + how / 4 % 1000};
    case 2:
        return (pool_handle_t){handle.value + (UINT64_C(1) << 32)};
    default:
        return (pool_handle_t){handle.value & UINT32_MAX};
    }
}

static bool do_init(struct shadow *s, bool is_released_before)
{
    for (uint32_t i = 0; i < s->live_count; i++) {
        struct pool_config release = {.block_size = 0};
        if (s->live[i].pins > 0)
            return shadow_judge(s, pool_init(&s->pool, &release), POOL_PINNED);
    }
    while (s->live_count > 0)
        forget(s, &s->live[0]);
    shadow_init(s, is_released_before);
    return true;
}

static bool do_on_live(struct shadow *s, const struct shadow_operation *op)
{
    struct shadow_live *live = &s->live[op->index % s->live_count];

    switch (op->what) {
    case SHADOW_FREE:
        return do_free(s, live);
    case SHADOW_WRITE:
        return do_write(s, live, op);
    case SHADOW_READ:
        return do_read(s, live, op);
    case SHADOW_COPY:
        return do_copy(s, live, op);
    case SHADOW_SEAL:
        return do_seal(s, live, op->a);
    case SHADOW_GET:
        return do_get(s, live, op->a);
    case SHADOW_PUT:
        return do_put(s, live);
    case SHADOW_MOVE:
        return do_move(s, live, op->a);
    default:
        return do_refused(s, make_foreign(s, live->handle, op->a), op->b, POOL_BAD_HANDLE);
    }
}

bool shadow_operate(struct shadow *s, const struct shadow_operation *op)
{
    shadow_remember(s);
    switch (op->what) {
    case SHADOW_ALLOC:
    case SHADOW_ALLOC_STILL:
        return do_alloc(s, op);
    case SHADOW_COMPACT:
        return do_compact(s);
    case SHADOW_STEP:
        return do_step(s, op->a);
    case SHADOW_GROW:
        return do_grow(s, op->a);
    case SHADOW_INIT:
        return do_init(s, op->a % 2 != 0);
    case SHADOW_DEAD_HANDLE:
        return s->dead_count == 0 || do_refused(s, s->dead[op->index % s->dead_count], op->a, POOL_STALE);
    default:
        return s->live_count == 0 || do_on_live(s, op);
    }
}
