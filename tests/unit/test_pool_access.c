/* SPDX-License-Identifier: MIT */
/* pool: reading, writing, copying, pinning and sealing. */
#include "test_pool.h"

Test(pool_write, stays_inside_what_was_allocated)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 20);
    uint8_t bytes[32] = {1, 2, 3};

    REFUSES(f, POOL_BAD_RANGE, pool_write(&f->pool, a, 0, bytes, 21));
    REFUSES(f, POOL_BAD_RANGE, pool_write(&f->pool, a, 20, bytes, 1));
    REFUSES(f, POOL_BAD_RANGE, pool_write(&f->pool, a, 21, bytes, 0));
    REFUSES(f, POOL_BAD_RANGE, pool_write(&f->pool, a, SIZE_MAX, bytes, 2));
    REFUSES(f, POOL_BAD_RANGE, pool_read(&f->pool, a, 1, bytes, SIZE_MAX));
    REFUSES(f, POOL_OK, pool_write(&f->pool, a, 20, NULL, 0));
    REFUSES(f, POOL_OK, pool_read(&f->pool, a, 20, NULL, 0));
    cr_assert_eq(pool_write(&f->pool, a, 17, bytes, 3), POOL_OK);
    cr_assert(f->arena[18] == 1 && f->arena[20] == 3 && f->arena[21] == 0x5a);
    bytes[0] = 9;
    cr_assert_eq(pool_read(&f->pool, a, 17, bytes, 2), POOL_OK);
    cr_assert(bytes[0] == 1 && bytes[1] == 2 && bytes[2] == 3);
    free(f);
}

Test(pool_copy, copies_between_runs_and_within_one)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 10), b = take(f, 10);
    uint8_t bytes[10] = "012345678";

    cr_assert_eq(pool_write(&f->pool, a, 0, bytes, 10), POOL_OK);
    cr_assert_eq(pool_copy(&f->pool, b, 1, a, 0, 9), POOL_OK);
    cr_assert_eq(memcmp(f->arena + 16 + 2, "012345678", 9), 0);
    cr_assert_eq(pool_copy(&f->pool, a, 2, a, 0, 8), POOL_OK);
    cr_assert_eq(memcmp(f->arena + 1, "0101234567", 10), 0);
    REFUSES(f, POOL_BAD_RANGE, pool_copy(&f->pool, b, 1, a, 0, 10));
    REFUSES(f, POOL_BAD_RANGE, pool_copy(&f->pool, b, 0, a, 1, 10));
    cr_assert_eq(pool_seal(&f->pool, a, POOL_WRITE), POOL_OK);
    REFUSES(f, POOL_SEALED, pool_copy(&f->pool, b, 0, a, 0, 1));
    cr_assert_eq(pool_seal(&f->pool, b, POOL_READ), POOL_OK);
    REFUSES(f, POOL_SEALED, pool_copy(&f->pool, b, 0, b, 0, 1));
    give(f, a);
    REFUSES(f, POOL_STALE, pool_copy(&f->pool, a, 0, b, 0, 1));
    REFUSES(f, POOL_STALE, pool_copy(&f->pool, b, 0, a, 0, 1));
    free(f);
}

/* Rights only go; the header shows them; what is sealed can be freed, and is open when reused. */
Test(pool_seal, takes_rights_away_for_good)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 10);
    uint8_t byte = 4;
    void *bytes;

    REFUSES(f, POOL_BAD_ACCESS, pool_seal(&f->pool, a, POOL_READ | POOL_FREE));
    REFUSES(f, POOL_OK, pool_seal(&f->pool, a, POOL_READ | POOL_WRITE));
    cr_assert_eq(pool_seal(&f->pool, a, POOL_READ), POOL_OK);
    cr_assert_eq(f->arena[0], 0x04);
    REFUSES(f, POOL_SEALED, pool_write(&f->pool, a, 0, &byte, 1));
    REFUSES(f, POOL_SEALED, pool_get(&f->pool, a, POOL_READ | POOL_WRITE, &bytes));
    REFUSES(f, POOL_OK, pool_seal(&f->pool, a, POOL_READ | POOL_WRITE));
    cr_assert_eq(pool_read(&f->pool, a, 0, &byte, 1), POOL_OK);
    cr_assert_eq(pool_seal(&f->pool, a, POOL_WRITE), POOL_OK);
    cr_assert_eq(f->arena[0], 0x00);
    REFUSES(f, POOL_SEALED, pool_read(&f->pool, a, 0, &byte, 1));
    give(f, a);
    REFUSES(f, POOL_STALE, pool_seal(&f->pool, a, 0));
    fill(f, take(f, 10), 1);
    cr_assert_eq(f->arena[0], 0x0c);
    free(f);
}

Test(pool_get, pins_until_as_many_puts)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 10);
    struct pool_info info;
    void *bytes = NULL;

    REFUSES(f, POOL_NOT_PINNED, pool_put(&f->pool, a));
    REFUSES(f, POOL_BAD_ACCESS, pool_get(&f->pool, a, 0, &bytes));
    REFUSES(f, POOL_BAD_ACCESS, pool_get(&f->pool, a, POOL_READ | POOL_EXTENDED, &bytes));
    cr_assert_eq(pool_get(&f->pool, a, POOL_READ, &bytes), POOL_OK);
    cr_assert_eq((uint8_t *)bytes, f->arena + 1);
    pin(f, a);
    cr_assert_eq(pool_info(&f->pool, a, &info), POOL_OK);
    cr_assert_eq(info.pins, 2);
    REFUSES(f, POOL_PINNED, pool_free(&f->pool, a));
    unpin(f, a);
    REFUSES(f, POOL_PINNED, pool_seal(&f->pool, a, POOL_READ));
    REFUSES(f, POOL_PINNED, pool_move(&f->pool, a, 3));
    unpin(f, a);
    give(f, a);
    REFUSES(f, POOL_STALE, pool_get(&f->pool, a, POOL_READ, &bytes));
    REFUSES(f, POOL_STALE, pool_put(&f->pool, a));
    REFUSES(f, POOL_STALE, pool_info(&f->pool, a, &info));
    free(f);
}

Test(pool_get, refuses_one_pin_too_many)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 10);
    void *bytes;

    for (unsigned i = 0; i < POOL_PINS; i++)
        pin(f, a);
    REFUSES(f, POOL_TOO_MANY_PINS, pool_get(&f->pool, a, POOL_READ, &bytes));
    GOOD(f);
    free(f);
}

/* a 5 of 15 bytes, b 40 of 47 sealed, c pinned; a hole between, a hole behind. */
Test(pool_stats, counts_everything)
{
    struct fixture *f = fixture_make(16, 100);
    pool_handle_t a = take(f, 5), hole = take(f, 60), b = take(f, 40), c = take(f, 20 * 16 - 5);
    struct pool_stats stats;

    cr_assert_eq(pool_seal(&f->pool, b, POOL_READ), POOL_OK);
    pin(f, c);
    give(f, hole);
    pool_stats(&f->pool, &stats);
    cr_assert(stats.region_count == 1 && stats.block_count == 100 && stats.handle_count == 3);
    cr_assert_eq(stats.free_count, 100 - 1 - 3 - 20);
    cr_assert(stats.hole_count == 2 && stats.largest_hole_count == 72);
    cr_assert(stats.pinned_count == 1 && stats.sealed_count == 1);
    cr_assert_eq(stats.unused_slot_count, SLOT_COUNT - 4);
    cr_assert_eq(stats.payload_bytes, 5 + 40 + 315);
    cr_assert_eq(stats.header_bytes, 1 + 1 + 5);
    cr_assert_eq(stats.slack_bytes, 10 + 7);
    cr_assert_eq(stats.moved_count, 0);
    cr_assert_eq(where(f, a), 0);
    cr_assert_eq(pool_compact(&f->pool), 3);
    pool_stats(&f->pool, &stats);
    cr_assert(stats.hole_count == 2 && stats.moved_count == 3);
    free(f);
}
