/* SPDX-License-Identifier: MIT */
/* pool: initialising, allocating and freeing, by hand-written examples. */
#include "test_pool.h"

Test(pool_status_name, names_every_status)
{
    static const char *const names[] = {
        "ok", "bad-config", "bad-arena", "arena-too-small", "no-room", "fragmented", "no-slot",
        "no-region", "no-pages", "map-full", "bad-handle", "stale", "bad-range", "bad-access",
        "sealed", "pinned", "not-pinned", "too-many-pins", "in-use", "worn-out", "corrupt"};

    cr_assert_eq(sizeof names / sizeof names[0], POOL_STATUS_COUNT);
    for (unsigned i = 0; i < POOL_STATUS_COUNT; i++)
        cr_assert_str_eq(pool_status_name((enum pool_status)i), names[i]);
    cr_assert_str_eq(pool_status_name(POOL_STATUS_COUNT), "unknown");
    cr_assert_str_eq(pool_status_name((enum pool_status)-1), "unknown");
}

/*
 * 10 blocks of 64; 5, 80 and 20 bytes:
 *
 *   0          64         128      192         256
 *   [H, 5/63]  [H, 63/63] [17/64]  [H, 20/63]  [ hole of 6
 *   RW         E RW 1              RW          F E 5
 */
Test(pool_alloc, lays_out_the_example_of_three_in_64_by_10)
{
    struct fixture *f = fixture_make(64, 10);
    pool_handle_t a = take(f, 5), b = take(f, 80), c = take(f, 20);
    struct pool_info info;

    cr_assert_eq(f->arena[0], 0x0c);
    cr_assert_eq(f->arena[64], 0x1e);
    cr_assert_eq(f->arena[128], 0x5a, "no header where no handle begins");
    cr_assert_eq(f->arena[192], 0x0c);
    cr_assert_eq(f->arena[256], 0x53);
    fill(f, a, 0xaa);
    fill(f, b, 0xbb);
    fill(f, c, 0xcc);
    for (unsigned i = 0; i < 256; i++) {
        uint8_t expected = i >= 1 && i < 6 ? 0xaa : i >= 65 && i < 145 ? 0xbb : i >= 193 && i < 213 ? 0xcc : 0x5a;
        if (i != 0 && i != 64 && i != 192)
            cr_assert_eq(f->arena[i], expected, "byte %u", i);
    }
    cr_assert_eq(pool_info(&f->pool, b, &info), POOL_OK);
    cr_assert(info.size_bytes == 80 && info.first_block == 1 && info.block_count == 2 && info.access == 0x0c);
    give(f, b);
    cr_assert_eq(f->arena[64], 0x13, "free, two blocks");
    GOOD(f);
    free(f);
}

/* As many bytes as a block has need two, because of the header; none need one. */
Test(pool_alloc, takes_the_fewest_blocks)
{
    static const struct {
        size_t size_bytes;
        uint32_t block_count;
    } rows[] = {{0, 1}, {1, 1}, {63, 1}, {64, 2}, {127, 2}, {128, 3}, {16 * 64 - 1, 16}, {16 * 64, 17},
                {17 * 64 - 5, 17}, {17 * 64 - 4, 18}, {18 * 64 - 5, 18}};
    struct fixture *f = fixture_make(64, 200);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pool_handle_t handle = take(f, rows[i].size_bytes);
        struct pool_info info;
        cr_assert_eq(pool_info(&f->pool, handle, &info), POOL_OK);
        cr_assert_eq(info.block_count, rows[i].block_count, "%zu bytes", rows[i].size_bytes);
        cr_assert_eq(info.size_bytes, rows[i].size_bytes);
        GOOD(f);
        give(f, handle);
    }
    free(f);
}

/* 20 blocks: E, count 0, then 14 00 00 00. The whole arena, 300: 2c 01 00 00. */
Test(pool_alloc, chains_counts_of_runs_over_16_blocks)
{
    struct fixture *f = fixture_make(7, 300);
    pool_handle_t a = take(f, 20 * 7 - 5), b = take(f, 260 * 7 - 5);

    cr_assert_eq(where(f, b), 20);
    cr_assert_eq(memcmp(f->arena, "\x0e\x14\0\0\0", 5), 0);
    cr_assert_eq(memcmp(f->arena + 140, "\x0e\x04\x01\0\0", 5), 0);
    fill(f, a, 1);
    fill(f, b, 2);
    holds(f, a, 1);
    holds(f, b, 2);
    GOOD(f);
    give(f, a);
    give(f, b);
    cr_assert_eq(memcmp(f->arena, "\x03\x2c\x01\0\0", 5), 0);
    GOOD(f);
    free(f);
}

/* [a][b][c][d] -> free b, c: one hole of both; it is used again. */
Test(pool_free, joins_holes_which_are_used_again)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 31), b = take(f, 31), c = take(f, 31), d = take(f, 31), e;

    give(f, b);
    give(f, c);
    cr_assert_eq(f->arena[2 * 16], 0x33, "free, four blocks");
    e = take(f, 63);
    cr_assert_eq(where(f, e), 2);
    GOOD(f);
    give(f, a);
    give(f, d);
    give(f, e);
    cr_assert_eq(f->arena[0], 0x73, "free, all eight");
    GOOD(f);
    free(f);
}

/* Free of the last one moves the beginning of free memory down over the holes before it. */
Test(pool_free, takes_the_end_back_over_holes_before_it)
{
    struct fixture *f = fixture_make(16, 10);
    pool_handle_t a = take(f, 3), b = take(f, 3), c = take(f, 3);

    give(f, b);
    give(f, c);
    cr_assert_eq(where(f, take(f, 15)), 1);
    cr_assert_eq(where(f, a), 0);
    free(f);
}

Test(pool_alloc, refuses_what_does_not_fit)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t handle = {5}, all;

    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 8 * 16, &handle));
    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, SIZE_MAX, &handle));
    REFUSES(f, POOL_NO_ROOM, pool_alloc_still(&f->pool, SIZE_MAX - 1, &handle));
    all = take(f, 8 * 16 - 1);
    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 0, &handle));
    cr_assert_eq(handle.value, 5);
    give(f, all);
    free(f);
}

/* 17 blocks of one byte hold less than 16: the header is longer. For 16 bytes it takes 21. */
Test(pool_alloc, counts_the_chain_in_the_last_block)
{
    struct fixture *f = fixture_make(1, 20);
    pool_handle_t handle;

    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 16, &handle));
    give(f, take(f, 15));
    free(f);
    f = fixture_make(1, 21);
    fill(f, take(f, 16), 4);
    GOOD(f);
    free(f);
}

Test(pool_alloc, refuses_more_handles_than_slots)
{
    struct fixture *f = fixture_make(16, 200);
    pool_handle_t handles[SLOT_COUNT];

    for (unsigned i = 0; i < SLOT_COUNT - 1; i++)
        handles[i] = take(f, 1);
    REFUSES(f, POOL_NO_SLOT, pool_alloc(&f->pool, 1, &handles[SLOT_COUNT - 1]));
    GOOD(f);
    give(f, handles[3]);
    take(f, 1);
    free(f);
}

/*
 * Nine holes of 16 and 17 blocks, which are in one list; the one of 17 is its last, behind more
 * than pool_alloc looks at: that finds it, too, by the longer way, and moves nothing.
 */
static struct fixture *make_class(pool_handle_t runs[20])
{
    struct fixture *f = fixture_make(8, 512);

    for (unsigned i = 0; i < 20; i++)
        runs[i] = take(f, i == 2 ? 17 * 8 - 5 : i % 2 == 0 ? 16 * 8 - 1 : 1);
    take(f, (512 - 171) * 8 - 5);
    for (unsigned i = 2; i < 20; i += 2)
        give(f, runs[i]);
    return f;
}

Test(pool_alloc_still, finds_any_hole_and_moves_nothing)
{
    pool_handle_t runs[20], handle = POOL_NO_HANDLE;
    struct fixture *f = make_class(runs);
    struct pool_stats stats;

    pool_stats(&f->pool, &stats);
    cr_assert(stats.largest_hole_count == 17 && stats.hole_count == 9);
    cr_assert_eq(pool_alloc_still(&f->pool, 17 * 8 - 5, &handle), POOL_OK);
    cr_assert_eq(where(f, handle), where(f, runs[1]) + 1);
    REFUSES(f, POOL_FRAGMENTED, pool_alloc_still(&f->pool, 17 * 8 - 5, &handle));
    REFUSES(f, POOL_FRAGMENTED, pool_alloc_still(&f->pool, 40 * 8, &handle));
    cr_assert_eq(pool_alloc(&f->pool, 18 * 8, &handle), POOL_OK);
    GOOD(f);
    free(f);
}

Test(pool_alloc, finds_a_hole_far_down_its_list)
{
    pool_handle_t runs[20];
    struct fixture *f = make_class(runs);
    struct pool_stats stats;

    cr_assert_eq(where(f, take(f, 17 * 8 - 5)), where(f, runs[1]) + 1);
    pool_stats(&f->pool, &stats);
    cr_assert_eq(stats.moved_count, 0);
    free(f);
}

/* A size of block that is no power of two: 7 bytes. */
Test(pool_alloc, divides_by_any_block_size)
{
    struct fixture *f = fixture_make(7, 100);

    cr_assert(where(f, take(f, 6)) == 0 && where(f, take(f, 7)) == 1 && where(f, take(f, 13)) == 3);
    cr_assert(where(f, take(f, 14)) == 5 && where(f, take(f, 0)) == 8);
    GOOD(f);
    free(f);
}

/* ---- handles ------------------------------------------------------------------------------ */

Test(pool_free, refuses_handles_that_are_stale_or_foreign)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 1), b;

    give(f, a);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, a));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){a.value + (UINT64_C(1) << 32)}));
    b = take(f, 1);
    cr_assert_neq(a.value, b.value);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, a));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, POOL_NO_HANDLE));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){b.value ^ 1 << 20}));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){b.value + SLOT_COUNT}));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){b.value + (UINT64_C(1) << 32)}));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){b.value & UINT32_MAX}));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, (pool_handle_t){b.value + 1}));
    free(f);
}

/* A slot whose generations are used up is left alone, and its last handle stays stale. */
Test(pool_free, retires_a_slot_after_its_last_generation)
{
    struct fixture *f = fixture_make(16, 8);
    struct pool_config config = fixture_config(f, 16, 8);
    pool_handle_t a = take(f, 1), last;

    give(f, a);
    f->slots[a.value & 0xfffff].generation = UINT32_MAX - 1;
    last = take(f, 1);
    REFUSES(f, POOL_WORN_OUT, pool_init(&f->pool, &config));
    give(f, last);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, last));
    GOOD(f);
    cr_assert_neq(take(f, 1).value & 0xfffff, last.value & 0xfffff);
    REFUSES(f, POOL_WORN_OUT, pool_init(&f->pool, &config));
    GOOD(f);
    free(f);
}

/* One byte written in front of what was allocated is found at the next use. */
Test(pool_free, refuses_a_run_whose_header_was_overwritten)
{
    struct fixture *f = fixture_make(16, 64);
    pool_handle_t a = take(f, 15), b = take(f, 15), c = take(f, 20 * 16 - 5);

    pin(f, a)[15] = 0xff;
    REFUSES(f, POOL_CORRUPT, pool_free(&f->pool, b));
    f->arena[16] = 0x0d;
    REFUSES(f, POOL_CORRUPT, pool_free(&f->pool, b));
    f->arena[16] = 0x0c;
    f->arena[33] ^= 1; /* the chained count */
    REFUSES(f, POOL_CORRUPT, pool_free(&f->pool, c));
    f->arena[33] ^= 1;
    give(f, b);
    give(f, c);
    free(f);
}
