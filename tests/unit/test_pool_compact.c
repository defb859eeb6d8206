/* SPDX-License-Identifier: MIT */
/* pool: moving runs: for a request, as a whole, in steps, and to a place of the caller's. */
#include "test_pool.h"

#define RUNS 8u

/* RUNS runs of `blocks` blocks, each filled with its number, of which every second is freed. */
static struct fixture *make_comb(pool_handle_t handles[RUNS], uint32_t blocks)
{
    struct fixture *f = fixture_make(16, RUNS * blocks);

    for (unsigned i = 0; i < RUNS; i++) {
        handles[i] = take(f, blocks * 16 - 1);
        fill(f, handles[i], (uint8_t)i);
    }
    for (unsigned i = 0; i < RUNS; i += 2)
        give(f, handles[i]);
    return f;
}

static void combs_hold(struct fixture *f, const pool_handle_t handles[RUNS])
{
    for (unsigned i = 1; i < RUNS; i += 2)
        holds(f, handles[i], (uint8_t)i);
    GOOD(f);
}

/* .1.3.5.7 -> 135NNNN7: the user notices nothing. */
Test(pool_alloc, moves_runs_together_where_no_hole_is_long_enough)
{
    pool_handle_t handles[RUNS], whole = POOL_NO_HANDLE;
    struct fixture *f = make_comb(handles, 1);

    REFUSES(f, POOL_FRAGMENTED, pool_alloc_still(&f->pool, 4 * 16 - 1, &whole));
    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 4 * 16, &whole));
    whole = take(f, 4 * 16 - 1);
    cr_assert_eq(where(f, whole), 3);
    combs_hold(f, handles);
    free(f);
}

/* .1.3.5.7, one of two blocks: only one run has to move. */
Test(pool_alloc, moves_no_more_than_it_has_to)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 1);
    struct pool_stats stats;

    take(f, 31);
    pool_stats(&f->pool, &stats);
    cr_assert_eq(stats.moved_count, 1);
    combs_hold(f, handles);
    free(f);
}

/* .aa.b.c, room for two wanted: over aa it costs two blocks, over b one. */
Test(pool_alloc, moves_the_cheapest_that_it_sees)
{
    struct fixture *f = fixture_make(16, 7);
    pool_handle_t x = take(f, 1), a = take(f, 31), y = take(f, 1), b = take(f, 15), z = take(f, 1);
    struct pool_stats stats;

    take(f, 1);
    fill(f, b, 8);
    give(f, x);
    give(f, y);
    give(f, z);
    cr_assert_eq(where(f, take(f, 31)), 4);
    pool_stats(&f->pool, &stats);
    cr_assert(stats.moved_count == 1 && where(f, a) == 1 && where(f, b) == 3);
    holds(f, b, 8);
    free(f);
}

/* .1.P.5.7: two on each side, never three. Unpinned, four. */
Test(pool_alloc, leaves_pinned_runs_alone)
{
    pool_handle_t handles[RUNS], handle = POOL_NO_HANDLE;
    struct fixture *f = make_comb(handles, 1);
    uint8_t *bytes = pin(f, handles[3]);

    REFUSES(f, POOL_FRAGMENTED, pool_alloc(&f->pool, 3 * 16 - 1, &handle));
    handle = take(f, 31);
    cr_assert_eq(pin(f, handles[3]), bytes);
    combs_hold(f, handles);
    give(f, handle);
    unpin(f, handles[3]);
    unpin(f, handles[3]);
    take(f, 63);
    combs_hold(f, handles);
    free(f);
}

/* The second time room is looked for from where it was made last, then from the beginning. */
Test(pool_alloc, goes_on_where_room_was_made_last)
{
    pool_handle_t handles[RUNS], a, b;
    struct fixture *f = make_comb(handles, 2);

    a = take(f, 4 * 16 - 1);
    b = take(f, 4 * 16 - 1);
    combs_hold(f, handles);
    give(f, a);
    give(f, b);
    take(f, 8 * 16 - 1);
    combs_hold(f, handles);
    free(f);
}

/* The run at which room was made last, or a step ended, may be freed. */
Test(pool_free, forgets_places_of_compaction_in_a_freed_run)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 1);
    struct pool_step step;

    cr_assert_eq(pool_compact_step(&f->pool, 1, &step), POOL_OK);
    give(f, handles[1]);
    GOOD(f);
    take(f, 3 * 16);
    for (unsigned i = 3; i < RUNS; i += 2)
        give(f, handles[i]);
    GOOD(f);
    free(f);
}

/* 70 holes of one block, then one where moving is free of cost; and enough runs to stop looking. */
Test(pool_alloc, stops_looking_for_cheaper_room_after_a_while)
{
    struct fixture *f = fixture_raw();
    struct pool_slot *slots = calloc(400, sizeof *slots);
    struct pool_config config = fixture_config(f, 4, 401);
    pool_handle_t handles[300];

    config.slots = slots;
    config.slot_count = 400;
    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    for (unsigned i = 0; i < 300; i++)
        handles[i] = take(f, i % 3 == 1 ? 7 : 3);
    take(f, 3);
    for (unsigned i = 0; i < 300; i += 3)
        give(f, handles[i]);
    take(f, 4 * 7);
    GOOD(f);
    free(slots);
    free(f);
}

Test(pool_compact, moves_everything_down)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 3);

    cr_assert_eq(pool_compact(&f->pool), 4 * 3);
    for (unsigned i = 1; i < RUNS; i += 2)
        cr_assert_eq(where(f, handles[i]), i / 2 * 3);
    combs_hold(f, handles);
    cr_assert_eq(pool_compact(&f->pool), 0);
    free(f);
}

/* .1.P.5.7 -> 1..P57.. */
Test(pool_compact, packs_on_both_sides_of_a_pinned_run)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 1);

    pin(f, handles[3]);
    cr_assert_eq(pool_compact(&f->pool), 3);
    cr_assert(where(f, handles[1]) == 0 && where(f, handles[3]) == 3 && where(f, handles[5]) == 4);
    combs_hold(f, handles);
    free(f);
}

/* Each step moves at most two blocks; together they do what pool_compact does. */
Test(pool_compact_step, comes_to_the_same_in_bounded_steps)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 2);
    struct pool_step step = {0};
    uint32_t moved_count = 0;

    cr_assert_eq(pool_grow(&f->pool, f->arena + 4096, 64), POOL_OK);
    REFUSES(f, POOL_BAD_RANGE, pool_compact_step(&f->pool, 0, &step));
    for (unsigned i = 0; i < 20 && !step.is_done; i++) {
        cr_assert_eq(pool_compact_step(&f->pool, 3, &step), POOL_OK);
        cr_assert(step.moved_count <= 3 && step.visited_count <= 3);
        moved_count += step.moved_count;
        combs_hold(f, handles);
    }
    cr_assert(step.is_done);
    cr_assert_eq(moved_count, 8);
    cr_assert_eq(pool_compact(&f->pool), 0);
    free(f);
}

/* Runs of three blocks are too long for steps of two: they stay, and it still ends. */
Test(pool_compact_step, leaves_runs_longer_than_its_limit)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 3);
    struct pool_step step = {0};

    for (unsigned i = 0; i < 20 && !step.is_done; i++) {
        cr_assert_eq(pool_compact_step(&f->pool, 2, &step), POOL_OK);
        cr_assert_eq(step.moved_count, 0);
    }
    cr_assert(step.is_done);
    cr_assert_eq(where(f, handles[1]), 3);
    free(f);
}

/* ---- pool_move ---------------------------------------------------------------------------- */

/* 0:.. 2:11 4:.. 6:33 8:.. 10:55 12:.. 14:77, and a second region 16:.... */
Test(pool_move, moves_to_where_it_is_free)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 2);
    static const uint32_t blocks[] = {0, 1, 2, 3, 4, 8, 12, 16, 18, 17, 4, 0, 2};

    cr_assert_eq(pool_grow(&f->pool, f->arena + 4096, 64), POOL_OK);
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        cr_assert_eq(pool_move(&f->pool, handles[1], blocks[i]), POOL_OK);
        cr_assert_eq(where(f, handles[1]), blocks[i]);
        combs_hold(f, handles);
    }
    REFUSES(f, POOL_OK, pool_move(&f->pool, handles[1], 2));
    free(f);
}

Test(pool_move, refuses_places_that_are_taken_or_no_places)
{
    pool_handle_t handles[RUNS];
    struct fixture *f = make_comb(handles, 2);

    cr_assert_eq(pool_grow(&f->pool, f->arena + 4096, 64), POOL_OK);
    REFUSES(f, POOL_IN_USE, pool_move(&f->pool, handles[1], 5));
    REFUSES(f, POOL_IN_USE, pool_move(&f->pool, handles[1], 6));
    REFUSES(f, POOL_IN_USE, pool_move(&f->pool, handles[1], 7));
    REFUSES(f, POOL_IN_USE, pool_move(&f->pool, handles[3], 1));
    REFUSES(f, POOL_BAD_RANGE, pool_move(&f->pool, handles[1], 15));
    REFUSES(f, POOL_BAD_RANGE, pool_move(&f->pool, handles[1], 19));
    REFUSES(f, POOL_BAD_RANGE, pool_move(&f->pool, handles[1], UINT32_MAX));
    give(f, handles[1]);
    REFUSES(f, POOL_STALE, pool_move(&f->pool, handles[1], 0));
    free(f);
}
