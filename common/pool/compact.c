/* SPDX-License-Identifier: MIT */
/*
 * Moving runs: to make room for a request, to defragment as a whole or in steps, to where the
 * caller wants one. Pinned runs stay. A run is moved down over the hole before it:
 *
 *   before:  |prev|  gap  |H run |gap|        after:  |prev|H run |   gap + gap   |
 */
#include "pool/inner.h"

#define WINDOW_LOOKS 64u /* runs that are looked at after a window was found, for a cheaper one */

/* The bytes of the run that are in use, header included. */
static size_t run_used_bytes(const struct pool *pool, const struct pool_slot *slot)
{
    return (size_t)slot->block_count * pool->block_size - slot->slack_bytes;
}

/* Down to the end of the run before it; there is a hole. */
static void slide_down(struct pool *pool, uint32_t number)
{
    struct pool_slot *slot = &pool->slots[number];
    struct pool_slot *before = &pool->slots[slot->prev];
    const uint8_t *from = run_address(pool, slot);
    uint32_t gap_count = before->gap_count;

    hole_drop(pool, before);
    hole_drop(pool, slot);
    before->gap_count = 0;
    slot->first_block -= gap_count;
    slot->gap_count += gap_count;
    memmove(run_address(pool, slot), from, run_used_bytes(pool, slot));
    hole_add(pool, number);
    pool->moved_count += slot->block_count;
}

/* ---- room for a request ------------------------------------------------------------------- */

/* Gives up holes at the window's beginning that are not needed. */
static void window_shrink(const struct pool *pool, struct pool_window *window, uint32_t block_count)
{
    while (window->first != window->last) {
        const struct pool_slot *first = &pool->slots[window->first];
        if (first->gap_count > 0 && window->gap_count < block_count + first->gap_count)
            return;
        window->gap_count -= first->gap_count;
        window->first = first->next;
        window->moved_count -= pool->slots[window->first].block_count;
    }
}

/* Takes in the next run and the hole behind it; over a pinned one no hole can be joined. */
static void window_extend(const struct pool *pool, struct pool_window *window)
{
    uint32_t number = pool->slots[window->last].next;
    const struct pool_slot *slot = &pool->slots[number];

    if (slot->pins > 0) {
        *window = (struct pool_window){number, number, slot->gap_count, 0};
        return;
    }
    window->last = number;
    window->gap_count += slot->gap_count;
    window->moved_count += slot->block_count;
}

/* Between `start` and the region's end: the cheapest of the first few. */
static bool find_from(const struct pool *pool, uint32_t start, uint32_t block_count, struct pool_window *ret_window)
{
    uint32_t head = pool->regions[pool->slots[start].region].head;
    struct pool_window window = {start, start, pool->slots[start].gap_count, 0};
    unsigned looks = WINDOW_LOOKS;
    bool found = false;

    for (;;) {
        window_shrink(pool, &window, block_count);
        if (window.gap_count >= block_count && (!found || window.moved_count < ret_window->moved_count)) {
            *ret_window = window;
            found = true;
        }
        if (found && (ret_window->moved_count == 0 || --looks == 0))
            return true;
        if (pool->slots[window.last].next == head)
            return found;
        window_extend(pool, &window);
    }
}

/* From where room was made last to that region's end, then all regions from their beginnings. */
bool pool_window_find(const struct pool *pool, uint32_t block_count, struct pool_window *ret_window)
{
    if (pool->rover != NO_SLOT && find_from(pool, pool->rover, block_count, ret_window))
        return true;
    for (uint32_t i = 0; i < pool->region_count; i++) {
        if (find_from(pool, pool->regions[i].head, block_count, ret_window))
            return true;
    }
    return false;
}

uint32_t pool_window_close(struct pool *pool, const struct pool_window *window)
{
    for (uint32_t number = window->first; number != window->last;) {
        number = pool->slots[number].next;
        slide_down(pool, number);
    }
    pool->rover = window->last;
    return window->last;
}

/* ---- defragmentation ---------------------------------------------------------------------- */

/* Slides the run if it may and can be moved; false: it has to wait for the next step. */
static bool step_over(struct pool *pool, uint32_t number, uint32_t block_limit, struct pool_step *step)
{
    const struct pool_slot *slot = &pool->slots[number];
    bool can_move = pool->slots[slot->prev].gap_count > 0 && slot->pins == 0 && slot->block_count <= block_limit;

    if (!can_move)
        return true;
    if (slot->block_count > block_limit - step->moved_count)
        return false;
    slide_down(pool, number);
    step->moved_count += slot->block_count;
    return true;
}

/* Advances the cursor by one run, or into the next region. */
static void step_once(struct pool *pool, uint32_t block_limit, struct pool_step *step, bool *ret_waits)
{
    const struct pool_slot *here = &pool->slots[pool->cursor];
    uint32_t next_region = here->region + 1u;

    if (here->next == pool->regions[here->region].head) {
        step->is_done = next_region == pool->region_count;
        pool->cursor = step->is_done ? NO_SLOT : pool->regions[next_region].head;
    } else if (step_over(pool, here->next, block_limit, step)) {
        pool->cursor = here->next;
    } else {
        *ret_waits = true;
        return;
    }
    step->visited_count++;
}

static void compact(struct pool *pool, uint32_t block_limit, struct pool_step *step)
{
    bool waits = false;

    *step = (struct pool_step){.is_done = pool->region_count == 0};
    if (pool->cursor == NO_SLOT && !step->is_done)
        pool->cursor = pool->regions[0].head;
    while (!step->is_done && !waits && step->visited_count < block_limit)
        step_once(pool, block_limit, step, &waits);
}

enum pool_status pool_compact_step(struct pool *pool, uint32_t block_limit, struct pool_step *ret_step)
{
    if (block_limit == 0)
        return POOL_BAD_RANGE;
    compact(pool, block_limit, ret_step);
    return POOL_OK;
}

uint64_t pool_compact(struct pool *pool)
{
    struct pool_step step;

    pool->cursor = NO_SLOT;
    compact(pool, UINT32_MAX, &step);
    return step.moved_count;
}

/* ---- one run, to a place of the caller's -------------------------------------------------- */

/* The region that has all these blocks, or region_count. */
static uint32_t region_of(const struct pool *pool, uint32_t first_block, uint32_t block_count)
{
    uint32_t i;

    for (i = 0; i < pool->region_count; i++) {
        const struct pool_region *region = &pool->regions[i];
        if (first_block >= region->first_block &&
            range_is_inside(first_block - region->first_block, block_count, region->block_count))
            break;
    }
    return i;
}

/* The last slot but `moving` that begins at or below this block. */
static struct pool_slot *slot_below(const struct pool *pool, uint32_t region, uint32_t block,
                                    const struct pool_slot *moving)
{
    uint32_t head = pool->regions[region].head;
    uint32_t below = head;

    for (uint32_t i = pool->slots[head].next; i != head && pool->slots[i].first_block <= block;
         i = pool->slots[i].next) {
        if (&pool->slots[i] != moving)
            below = i;
    }
    return &pool->slots[below];
}

/* Out of its place, holes joined, and in behind `below`, the hole there split; `gap_end` is where
 * that ends. The bytes are moved before any hole's header is written: it may lie over them. */
static void place(struct pool *pool, struct pool_slot *slot, struct pool_slot *below, uint32_t first_block,
                  uint32_t gap_end)
{
    uint32_t number = (uint32_t)(slot - pool->slots);
    uint32_t below_number = (uint32_t)(below - pool->slots), before_number = slot->prev;
    struct pool_slot *before = &pool->slots[before_number];
    const uint8_t *from = run_address(pool, slot);

    hole_drop(pool, before);
    hole_drop(pool, slot);
    if (below != before)
        hole_drop(pool, below);
    before->gap_count += slot->block_count + slot->gap_count;
    ring_remove(pool, slot);
    ring_insert(pool, below_number, number);
    below->gap_count = first_block - run_end(below);
    slot->first_block = first_block;
    slot->region = below->region;
    slot->gap_count = gap_end - run_end(slot);
    memmove(run_address(pool, slot), from, run_used_bytes(pool, slot));
    hole_add(pool, number);
    hole_add(pool, below_number);
    if (below != before)
        hole_add(pool, before_number);
    pool->moved_count += slot->block_count;
}

enum pool_status pool_move(struct pool *pool, pool_handle_t handle, uint32_t first_block)
{
    struct pool_slot *slot, *below;
    enum pool_status status = pool_find(pool, handle, &slot);
    uint32_t region, gap_end;

    if (status != POOL_OK)
        return status;
    if (slot->pins > 0)
        return POOL_PINNED;
    region = region_of(pool, first_block, slot->block_count);
    if (region == pool->region_count)
        return POOL_BAD_RANGE;
    below = slot_below(pool, region, first_block, slot);
    gap_end = run_end(below) + below->gap_count;
    if (&pool->slots[slot->prev] == below)
        gap_end = run_end(slot) + slot->gap_count;
    if (first_block < run_end(below) || first_block + slot->block_count > gap_end)
        return POOL_IN_USE;
    if (first_block != slot->first_block)
        place(pool, slot, below, first_block, gap_end);
    return POOL_OK;
}
