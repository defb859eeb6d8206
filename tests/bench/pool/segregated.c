/* SPDX-License-Identifier: MIT */
/*
 * See segregated.h. A block is
 *
 *   | before | size, flags | payload ...        | before | size ...
 *     the last word of the block before, where that one is free: where it begins
 *
 * so that an allocated block costs 8 bytes. Payloads are multiples of 8, at least 24 bytes.
 */
#include "segregated.h"

#define UNIT       8u
#define LEAST      24u
#define IS_FREE    1u
#define BEFORE     2u /* the block before is free */
#define LINEAR     (SECOND_LEVELS * UNIT)
#define SIZE_SHIFT 7 /* log2(LINEAR) */

struct seg_block {
    struct seg_block *before;
    size_t size; /* payload bytes, and flags */
    struct seg_block *next, *prev; /* where it is free */
};

static size_t block_size(const struct seg_block *block)
{
    return block->size & ~(size_t)(UNIT - 1);
}

static struct seg_block *block_after(const struct seg_block *block)
{
    return (struct seg_block *)((uintptr_t)block + UNIT + block_size(block));
}

static void *payload_of(struct seg_block *block)
{
    return (uint8_t *)block + 2 * UNIT;
}

static void class_of(size_t size, unsigned *ret_first, unsigned *ret_second)
{
    if (size < LINEAR) {
        *ret_first = 0;
        *ret_second = (unsigned)(size / UNIT);
        return;
    }
    unsigned highest = 63u - (unsigned)__builtin_clzll(size);
    *ret_first = highest - SIZE_SHIFT + 1;
    *ret_second = (unsigned)(size >> (highest - 4)) & (SECOND_LEVELS - 1);
}

static void list_add(struct seg *seg, struct seg_block *block)
{
    unsigned first, second;

    class_of(block_size(block), &first, &second);
    block->next = seg->heads[first][second];
    block->prev = NULL;
    if (block->next != NULL)
        block->next->prev = block;
    seg->heads[first][second] = block;
    seg->first_bits |= 1u << first;
    seg->second_bits[first] |= 1u << second;
}

static void list_drop(struct seg *seg, struct seg_block *block)
{
    unsigned first, second;

    if (block->next != NULL)
        block->next->prev = block->prev;
    if (block->prev != NULL) {
        block->prev->next = block->next;
        return;
    }
    class_of(block_size(block), &first, &second);
    seg->heads[first][second] = block->next;
    if (block->next != NULL)
        return;
    seg->second_bits[first] &= ~(1u << second);
    if (seg->second_bits[first] == 0)
        seg->first_bits &= ~(1u << first);
}

/* Marks it free, tells the block behind, lists it. */
static void set_free(struct seg *seg, struct seg_block *block)
{
    struct seg_block *after = block_after(block);

    block->size |= IS_FREE;
    after->before = block;
    after->size |= BEFORE;
    list_add(seg, block);
}

/* One free block, and behind it one of no bytes that is never free. */
void seg_init(struct seg *seg, void *arena, size_t arena_bytes)
{
    struct seg_block *block = (void *)((uint8_t *)arena - UNIT);

    *seg = (struct seg){0};
    block->size = (arena_bytes - 2 * UNIT) & ~(size_t)(UNIT - 1);
    block_after(block)->size = 0;
    set_free(seg, block);
}

static size_t round_size(size_t size_bytes)
{
    size_t size = (size_bytes + UNIT - 1) & ~(size_t)(UNIT - 1);

    return size < LEAST ? LEAST : size;
}

size_t seg_footprint(size_t size_bytes)
{
    return round_size(size_bytes) + UNIT;
}

static struct seg_block *find_block(struct seg *seg, size_t size)
{
    unsigned first, second;
    uint32_t bits;

    if (size >= LINEAR)
        size += ((size_t)1 << (63 - __builtin_clzll(size) - 4)) - 1;
    class_of(size, &first, &second);
    bits = seg->second_bits[first] & (~0u << second);
    if (bits == 0) {
        uint32_t above = first + 1 < FIRST_LEVELS ? seg->first_bits & (~0u << (first + 1)) : 0;
        if (above == 0)
            return NULL;
        first = (unsigned)__builtin_ctz(above);
        bits = seg->second_bits[first];
    }
    return seg->heads[first][__builtin_ctz(bits)];
}

void *seg_alloc(struct seg *seg, size_t size_bytes)
{
    size_t size = round_size(size_bytes);
    struct seg_block *block = find_block(seg, size);
    size_t left;

    if (block == NULL)
        return NULL;
    list_drop(seg, block);
    left = block_size(block) - size;
    if (left >= LEAST + UNIT) {
        struct seg_block *rest;
        block->size = size | (block->size & BEFORE);
        rest = block_after(block);
        rest->size = left - UNIT;
        set_free(seg, rest);
    } else {
        block->size &= ~(size_t)IS_FREE;
        block_after(block)->size &= ~(size_t)BEFORE;
    }
    return payload_of(block);
}

void seg_free(struct seg *seg, void *memory)
{
    struct seg_block *block = (void *)((uint8_t *)memory - 2 * UNIT);
    struct seg_block *after = block_after(block);

    if ((block->size & BEFORE) != 0) {
        struct seg_block *before = block->before;
        list_drop(seg, before);
        before->size += UNIT + block_size(block);
        block = before;
    }
    if ((after->size & IS_FREE) != 0) {
        list_drop(seg, after);
        block->size += UNIT + block_size(after);
    }
    set_free(seg, block);
}
