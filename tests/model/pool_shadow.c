/* SPDX-License-Identifier: MIT */
/* The model behind pool_shadow.h: what must be, by the plainest means. */
#include "pool_shadow.h"

#include <stdlib.h>
#include <string.h>

/* ---- sizes and places --------------------------------------------------------------------- */

/* Header bytes up to the payload: 1, and for over 16 blocks four more, and what aligns it. */
static uint64_t offset_of(const struct shadow_form *form, uint64_t block_count)
{
    uint64_t align = form->align_bytes == 0 ? 1 : form->align_bytes;
    uint64_t offset = 5;

    if (block_count <= 16)
        return 1;
    while ((offset - 1) % align != 0)
        offset++;
    return offset;
}

uint32_t shadow_blocks_for(const struct shadow_form *form, uint64_t size_bytes)
{
    uint32_t count = 1;

    if (size_bytes > (size_t)SHADOW_REGIONS * SHADOW_BYTES)
        return UINT32_MAX; /* more than there can be */
    while (count * (uint64_t)form->block_size < offset_of(form, count) + size_bytes)
        count++;
    return count;
}

uint32_t shadow_total(const struct shadow *s)
{
    return s->region_first[s->region_count];
}

uint32_t shadow_used(const struct shadow *s)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->live_count; i++)
        count += s->live[i].block_count;
    return count;
}

uint32_t shadow_region_of(const struct shadow *s, uint32_t block)
{
    uint32_t i = 0;

    while (block >= s->region_first[i + 1])
        i++;
    return i;
}

static uint8_t *address_of(const struct shadow *s, uint32_t block)
{
    uint32_t i = shadow_region_of(s, block);

    return s->region_bytes[i] + (size_t)(block - s->region_first[i]) * s->form->block_size;
}

/* A map of the blocks: 0 free, 1 a run that can be moved, 2 a pinned one. `but` is left out. */
void shadow_paint(const struct shadow *s, uint8_t *cells, const struct shadow_live *but)
{
    memset(cells, 0, shadow_total(s) + 1);
    for (uint32_t i = 0; i < s->live_count; i++) {
        const struct shadow_live *live = &s->live[i];
        if (live != but)
            memset(cells + live->info.first_block, live->pins > 0 ? 2 : 1, live->block_count);
    }
}

/* The longest hole as it is, and as long as it could get by moving. */
void shadow_longest(const struct shadow *s, uint32_t *ret_still, uint32_t *ret_moving)
{
    uint8_t *cells = malloc(shadow_total(s) + 1);
    uint32_t still = 0, moving = 0;

    *ret_still = *ret_moving = 0;
    shadow_paint(s, cells, NULL);
    for (uint32_t region = 0; region < s->region_count; region++, still = moving = 0) {
        for (uint32_t i = s->region_first[region]; i < s->region_first[region + 1]; i++) {
            still = cells[i] == 0 ? still + 1 : 0;
            moving = cells[i] == 2 ? 0 : moving + (cells[i] == 0);
            *ret_still = still > *ret_still ? still : *ret_still;
            *ret_moving = moving > *ret_moving ? moving : *ret_moving;
        }
    }
    free(cells);
}

/* ---- comparing ---------------------------------------------------------------------------- */

static bool verify_live(struct shadow *s, struct shadow_live *live)
{
    uint8_t *run;
    uint8_t header = (uint8_t)live->access;

    AGREE(pool_info(&s->pool, live->handle, &live->info) == POOL_OK);
    AGREE(live->info.size_bytes == live->size_bytes && live->info.block_count == live->block_count);
    AGREE(live->info.access == live->access && live->info.pins == live->pins);
    AGREE(live->info.first_block + live->block_count <= shadow_total(s));
    AGREE(shadow_region_of(s, live->info.first_block) ==
          shadow_region_of(s, live->info.first_block + live->block_count - 1));
    run = address_of(s, live->info.first_block);
    if (live->block_count > 1)
        header |= (uint8_t)(2 | (live->block_count <= 16 ? (live->block_count - 1) << 4 : 0));
    AGREE(*run == header);
    AGREE(live->block_count <= 16 || (run[1] + run[2] * 256u == live->block_count && run[3] + run[4] == 0));
    run += offset_of(s->form, live->block_count);
    AGREE(live->pins == 0 || run == live->pinned_at);
    AGREE(s->form->align_bytes == 0 || (uintptr_t)run % s->form->align_bytes == 0);
    for (size_t i = 0; i < live->size_bytes; i++)
        AGREE(!live->known[i] || run[i] == live->bytes[i]);
    return true;
}

bool shadow_verify(struct shadow *s)
{
    struct pool_stats stats;
    uint8_t *cells;
    uint32_t free_count = 0;

    AGREE(pool_check(&s->pool, &s->complaint) == POOL_OK);
    for (uint32_t i = 0; i < s->live_count; i++) {
        if (!verify_live(s, &s->live[i]))
            return false;
    }
    cells = malloc(shadow_total(s) + 1);
    shadow_paint(s, cells, NULL);
    for (uint32_t i = 0; i < shadow_total(s); i++)
        free_count += cells[i] == 0;
    free(cells);
    AGREE(free_count == shadow_total(s) - shadow_used(s)); /* no two runs overlap */
    pool_stats(&s->pool, &stats);
    AGREE(stats.free_count == free_count && stats.handle_count == s->live_count);
    AGREE(stats.block_count == shadow_total(s));
    return true;
}

/* The memory that belongs to regions, and some behind. */
static size_t watched_bytes(const struct shadow *s)
{
    const struct shadow_form *form = s->form;

    if (s->region_count > 1)
        return (size_t)SHADOW_REGIONS * SHADOW_BYTES;
    return form->misalign_bytes + form->align_bytes + (size_t)form->block_count * form->block_size + 16;
}

/* Also where runs lie now, by the pool's word: verify_live holds it against the bytes. */
void shadow_remember(struct shadow *s)
{
    for (uint32_t i = 0; i < s->live_count; i++) {
        if (pool_info(&s->pool, s->live[i].handle, &s->live[i].info) != POOL_OK)
            s->live[i].info = (struct pool_info){0};
    }
    s->before = s->pool;
    memcpy(s->slots_before, s->slots, s->form->slot_count * sizeof *s->slots);
    memcpy(s->arena_before, s->arena, watched_bytes(s));
}

static bool unchanged(const struct shadow *s)
{
    return memcmp(&s->before, &s->pool, sizeof s->pool) == 0 &&
           memcmp(s->slots_before, s->slots, s->form->slot_count * sizeof *s->slots) == 0 &&
           memcmp(s->arena_before, s->arena, watched_bytes(s)) == 0;
}

/* The status must be the one foretold; after an error nothing may have changed. */
bool shadow_judge(struct shadow *s, enum pool_status status, enum pool_status expected)
{
    AGREE(status == expected);
    AGREE(status == POOL_OK || unchanged(s));
    s->statuses[status]++;
    return true;
}

/* ---- making ------------------------------------------------------------------------------- */

/* Released before, if asked for; everything in it is freed. */
void shadow_init(struct shadow *s, bool is_released_before)
{
    const struct shadow_form *form = s->form;
    struct pool_config config = {
        .arena = s->arena + form->misalign_bytes,
        .arena_bytes = (size_t)form->block_count * form->block_size + form->align_bytes,
        .block_size = form->block_size,
        .block_count = form->block_count,
        .align_bytes = form->align_bytes,
        .slots = s->slots,
        .slot_count = form->slot_count,
        .id = 21,
    };

    if (is_released_before && pool_init(&s->pool, &(struct pool_config){.block_size = 0}) != POOL_OK)
        abort();
    if (form->slot_count > SHADOW_SLOTS || config.arena_bytes + form->misalign_bytes + 16 > SHADOW_BYTES ||
        pool_init(&s->pool, &config) != POOL_OK)
        abort();
    s->region_bytes[0] = s->arena + form->misalign_bytes;
    while (form->align_bytes > 1 && ((uintptr_t)s->region_bytes[0] + 1) % form->align_bytes != 0)
        s->region_bytes[0]++;
    s->region_first[1] = form->block_count;
    s->region_count = 1;
}

/* Junk everywhere: only the pool itself has to be zeroed. */
void shadow_open(struct shadow *s, const struct shadow_form *form)
{
    *s = (struct shadow){.form = form};
    s->slots = malloc(SHADOW_SLOTS * sizeof *s->slots);
    s->slots_before = malloc(SHADOW_SLOTS * sizeof *s->slots);
    s->arena = aligned_alloc(64, (size_t)SHADOW_REGIONS * SHADOW_BYTES);
    s->arena_before = malloc((size_t)SHADOW_REGIONS * SHADOW_BYTES);
    memset(s->slots, 0x5a, SHADOW_SLOTS * sizeof *s->slots);
    memset(s->arena, 0xa5, (size_t)SHADOW_REGIONS * SHADOW_BYTES);
    shadow_init(s, false);
}

void shadow_close(struct shadow *s)
{
    for (uint32_t i = 0; i < s->live_count; i++) {
        free(s->live[i].bytes);
        free(s->live[i].known);
    }
    free(s->slots);
    free(s->slots_before);
    free(s->arena);
    free(s->arena_before);
}
