/* SPDX-License-Identifier: MIT */
/* pool_check: each thing that can be spoiled is found, and told apart. */
#include "test_pool.h"

/*
 *   0   1     3  4         10
 *   [a] [hole][c][hole ... ]     16 bytes a block; a in slot 1, c in slot 3; 2 is unused
 */
struct sample {
    struct fixture *f;
    pool_handle_t a, c;
    struct pool *pool;
    struct pool_slot *head, *slot_a, *slot_c, *unused;
};

static struct sample sample_make(void)
{
    struct sample s = {.f = fixture_make(16, 10)};
    pool_handle_t b;

    s.a = take(s.f, 1);
    b = take(s.f, 31);
    s.c = take(s.f, 1);
    give(s.f, b);
    s.pool = &s.f->pool;
    s.head = &s.f->slots[s.pool->regions[0].head];
    s.slot_a = &s.f->slots[s.a.value & 0xfffff];
    s.slot_c = &s.f->slots[s.c.value & 0xfffff];
    s.unused = &s.f->slots[s.pool->unused_slot];
    return s;
}

/* The end of a list. */
#define NO_NUMBER UINT32_MAX

/* Takes a slot out of the list of unused ones, and loses it. */
static struct pool_slot *drop_unused(struct sample *s)
{
    s->pool->unused_slot = s->unused->next;
    s->pool->unused_count--;
    return s->unused;
}

/* Spoils one thing, wants this reason, and again without one asked for. */
#define FINDS(reason, ...)                                                          \
    do {                                                                            \
        struct sample s = sample_make();                                            \
        const char *told_ = "nothing";                                              \
        GOOD(s.f);                                                                  \
        __VA_ARGS__;                                                                \
        cr_assert_eq(pool_check(s.pool, &told_), POOL_CORRUPT, "%s", #__VA_ARGS__); \
        cr_assert_str_eq(told_, (reason), "%s", #__VA_ARGS__);                      \
        cr_assert_eq(pool_check(s.pool, NULL), POOL_CORRUPT);                       \
        free(s.f);                                                                  \
    } while (0)

Test(pool_check, finds_impossible_shapes)
{
    static const char sizes[] = "the sizes of blocks and alignment are impossible";
    static const char region[] = "a region is impossible";

    FINDS("there are no slots", s.pool->slots = NULL);
    FINDS("there are no slots", s.pool->slots = NULL, s.pool->slot_count = 0);
    FINDS(sizes, s.pool->block_size = 0);
    FINDS(sizes, s.pool->block_size = POOL_BLOCK_BYTES_MAX + 1);
    FINDS(sizes, s.pool->align_bytes = 0);
    FINDS(sizes, s.pool->align_bytes = 3);
    FINDS("the shift does not fit the size of a block", s.pool->block_shift = 5);
    FINDS("the shift does not fit the size of a block", s.pool->block_size = 15);
    FINDS("there are more regions than there can be", s.pool->region_count = POOL_REGIONS + 1);
    FINDS(region, s.pool->regions[0].first_block = 1);
    FINDS(region, s.pool->regions[0].block_count = POOL_BLOCKS_MAX + 1);
    FINDS(region, s.pool->regions[0].block_count = 0);
    FINDS(region, s.pool->regions[0].head = SLOT_COUNT);
    FINDS("the regions' blocks are not the pool's", s.pool->block_count++);
}

Test(pool_check, finds_runs_and_holes_out_of_place)
{
    static const char place[] = "runs and holes do not adjoin";

    FINDS("a region's head is none", s.head->block_count = 1);
    FINDS("a region's head is none", s.head->pins = 0);
    FINDS(place, s.slot_a->region = 1);
    FINDS(place, s.slot_c->first_block++);
    FINDS(place, s.slot_c->block_count = 8);
    FINDS(place, s.slot_c->gap_count = 7);
    FINDS(place, s.slot_a->gap_count = 1, s.f->arena[16] = 0x01);
    FINDS("a run has more blocks than it needs", s.slot_a->slack_bytes = 16);
    FINDS("a region's last blocks are nobody's", s.slot_c->gap_count = 5, s.f->arena[64] = 0x43);
    FINDS("a ring is broken", s.slot_a->next = SLOT_COUNT);
    FINDS("a ring is broken", s.slot_a->next = (uint32_t)(s.head - s.f->slots));
    FINDS("a ring is broken", s.slot_c->prev = (uint32_t)(s.head - s.f->slots));
    FINDS("a ring is broken", s.slot_c->block_count = 0);
}

Test(pool_check, finds_overwritten_headers)
{
    FINDS("a run's header was overwritten", s.f->arena[0] |= 0x01);
    FINDS("a run's header was overwritten", s.f->arena[48] |= 0x10);
    FINDS("a hole's header was overwritten", s.f->arena[16] = 0x17);
    FINDS("a hole's header was overwritten", s.f->arena[64] = 0);
}

Test(pool_check, finds_broken_lists)
{
    FINDS("a list of holes is broken", s.pool->class_heads[2] = SLOT_COUNT);
    FINDS("a list of holes is broken", s.slot_a->class_prev = 0);
    FINDS("a list of holes is broken", s.slot_a->class_next = (uint32_t)(s.slot_a - s.f->slots));
    FINDS("a hole is in the wrong list", s.pool->class_bits[0] |= 1 << 4,
          s.pool->class_heads[4] = s.pool->class_heads[2], s.pool->class_bits[0] &= ~UINT64_C(4));
    FINDS("a hole is in the wrong list", s.unused->class_prev = NO_NUMBER,
          s.pool->class_bits[0] |= 2, s.pool->class_heads[1] = (uint32_t)(s.unused - s.f->slots));
    FINDS("a list said to have holes is empty", s.pool->class_bits[0] |= 2, s.pool->class_heads[1] = NO_NUMBER);
    FINDS("a hole is in no list", s.pool->class_bits[0] &= ~UINT64_C(4));
    FINDS("the list of unused slots is broken", s.pool->unused_slot = SLOT_COUNT);
    FINDS("the list of unused slots is broken", s.pool->unused_slot = (uint32_t)(s.slot_a - s.f->slots));
    FINDS("the list of unused slots is broken", s.unused->gap_count = 1);
    FINDS("the list of unused slots is broken", s.unused->pins = 1);
    FINDS("the list of unused slots does not end", s.pool->unused_count--);
}

Test(pool_check, finds_wrong_counts)
{
    FINDS("the free blocks do not add up", s.pool->free_count++);
    FINDS("the free blocks do not add up", drop_unused(&s)->gap_count = 3);
    FINDS("the slots do not add up", drop_unused(&s));
    FINDS("the slots do not add up", drop_unused(&s)->block_count = 1, s.pool->retired_count = 1);
    FINDS("the slots do not add up", s.slot_a->generation = UINT32_MAX);
    FINDS("compaction stands nowhere", s.pool->rover = SLOT_COUNT);
    FINDS("compaction stands nowhere", s.pool->cursor = (uint32_t)(s.unused - s.f->slots));
}
