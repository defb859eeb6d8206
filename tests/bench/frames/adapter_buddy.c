/* SPDX-License-Identifier: MIT */
/* Baseline: a binary buddy with one doubly linked free list an order, 9 bytes a frame, one lock. */
#include "bench/adapter.h"

#include <stdatomic.h>
#include <string.h>

#define MAX_ORDER 18u
#define NONE      UINT32_MAX
#define NOT_FREE  0xffu

static struct {
    uint32_t *next, *previous; /* of a free block's first frame */
    uint8_t *order;            /* of a free block's first frame; NOT_FREE elsewhere */
    uint32_t heads[MAX_ORDER + 1];
    uint64_t frame_count;
    atomic_flag lock;
} buddy;

const char *adapter_name(void)
{
    return "buddy";
}

bool adapter_has_cache(void)
{
    return false;
}

uint64_t adapter_metadata_bytes(uint64_t frame_count)
{
    return frame_count * 9;
}

static void push(uint32_t frame, unsigned order)
{
    uint32_t head = buddy.heads[order];

    buddy.next[frame] = head;
    buddy.previous[frame] = NONE;
    buddy.order[frame] = (uint8_t)order;
    if (head != NONE)
        buddy.previous[head] = frame;
    buddy.heads[order] = frame;
}

static void unlink_block(uint32_t frame, unsigned order)
{
    uint32_t next = buddy.next[frame];
    uint32_t previous = buddy.previous[frame];

    if (previous == NONE)
        buddy.heads[order] = next;
    else
        buddy.next[previous] = next;
    if (next != NONE)
        buddy.previous[next] = previous;
    buddy.order[frame] = NOT_FREE;
}

void adapter_init(void *metadata, uint64_t frame_count)
{
    buddy.next = metadata;
    buddy.previous = buddy.next + frame_count;
    buddy.order = (uint8_t *)(buddy.previous + frame_count);
    buddy.frame_count = frame_count;
    memset(buddy.order, NOT_FREE, frame_count);
    memset(buddy.heads, 0xff, sizeof buddy.heads);
    for (uint64_t frame = 0; frame < frame_count; frame += UINT64_C(1) << MAX_ORDER)
        push((uint32_t)frame, MAX_ORDER);
}

struct adapter_cpu *adapter_cpu(unsigned thread, bool cached)
{
    (void)thread;
    (void)cached;
    return NULL;
}

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&buddy.lock, memory_order_acquire))
        __builtin_ia32_pause();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&buddy.lock, memory_order_release);
}

static uint64_t take(unsigned order)
{
    unsigned from = order;
    uint32_t frame;

    while (from <= MAX_ORDER && buddy.heads[from] == NONE)
        from++;
    if (from > MAX_ORDER)
        return ADAPTER_NONE;
    frame = buddy.heads[from];
    unlink_block(frame, from);
    while (from-- > order)
        push(frame + (UINT32_C(1) << from), from);
    return frame;
}

uint64_t adapter_alloc(struct adapter_cpu *cpu, unsigned order)
{
    uint64_t frame;

    (void)cpu;
    lock();
    frame = take(order);
    unlock();
    return frame;
}

void adapter_free(struct adapter_cpu *cpu, uint64_t frame, unsigned order)
{
    uint32_t block = (uint32_t)frame;

    (void)cpu;
    lock();
    while (order < MAX_ORDER) {
        uint32_t other = block ^ (UINT32_C(1) << order);
        if (buddy.order[other] != order)
            break;
        unlink_block(other, order);
        block &= ~(UINT32_C(1) << order);
        order++;
    }
    push(block, order);
    unlock();
}

void adapter_drain(void)
{
}

void adapter_free_shape(uint64_t *ret_largest_run, uint64_t *ret_free_blocks)
{
    uint64_t run = 0;

    *ret_largest_run = 0;
    *ret_free_blocks = 0;
    for (uint64_t frame = 0; frame < buddy.frame_count;) {
        unsigned order = buddy.order[frame];
        uint64_t count = order == NOT_FREE ? 1 : UINT64_C(1) << order;
        run = order == NOT_FREE ? 0 : run + count;
        *ret_largest_run = run > *ret_largest_run ? run : *ret_largest_run;
        if (order != NOT_FREE && order >= 9)
            *ret_free_blocks += count >> 9;
        frame += count;
    }
}
