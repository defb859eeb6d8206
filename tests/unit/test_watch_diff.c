/* SPDX-License-Identifier: MIT */
/* Snapshots and differences, by hand and against a loop over bytes. */
#include "test_watch.h"

/*
 *   page      0        1        2
 *   changed   #......# #....... ....#
 *             1       1+1          1       the run of two bytes lies over the bound
 */
Test(watch_diff, finds_runs_at_every_kind_of_place)
{
    for (enum view view = 0; view < VIEW_COUNT; view++) {
        struct fixture *f = open_fixture(0x10000, 2 * PAGE + 100, WATCH_KEEP_COPY | WATCH_KEEP_STATISTICS, view, 2);
        struct watch_totals totals;
        cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_NO_SNAPSHOT);
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
        EXPECT_CHANGES(f, "");
        cr_assert_eq(totals.compared_bytes, 2 * PAGE + 100);
        f->fake.bytes[0] = 1;
        f->fake.bytes[PAGE - 1] = 2;
        f->fake.bytes[PAGE] = 3;
        f->fake.bytes[2 * PAGE + 99] = 4;
        cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_OK);
        EXPECT_CHANGES(f, "10000+1 10fff+2 12063+1");
        cr_assert_eq(f->changes.items[1].old_bytes[1], 0);
        cr_assert_eq(f->changes.items[1].new_bytes[0], 2);
        cr_assert_eq(f->changes.items[1].new_bytes[1], 3);
        cr_assert_eq(totals.changed_bytes, 4);
        cr_assert_eq(totals.changed_pages, 3);
        cr_assert_eq(totals.change_count, 3);
        cr_assert_eq(totals.unreadable_bytes + totals.appeared_bytes, 0);
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "10000+1 10fff+2 12063+1");
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        cr_assert_eq(f->region.statistics[2].change_count, 2);
        cr_assert_eq(f->region.statistics[2].first_seen, 7);
        close_fixture(f);
    }
}

Test(watch_diff, tells_totals_without_a_function)
{
    for (unsigned keep = WATCH_KEEP_COPY; keep <= WATCH_KEEP_HASHES; keep++) {
        struct fixture *f = open_fixture(0, 4 * PAGE, keep, MAPPED, 2);
        struct watch_diff_options options = {.refresh = false};
        struct watch_filter filter = {0};
        struct watch_totals totals;
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        f->fake.bytes[5] = f->fake.bytes[7] = 1;
        cr_assert_eq(watch_diff(&f->region, &options, &totals), WATCH_OK);
        cr_assert_eq(totals.change_count, keep == WATCH_KEEP_COPY ? 2 : 1);
        options.filter = &filter;
        cr_assert_eq(watch_diff(&f->region, &options, &totals), WATCH_OK);
        cr_assert_eq(totals.change_count, keep == WATCH_KEEP_COPY ? 2 : 1);
        close_fixture(f);
    }
}

Test(watch_diff, gives_a_run_in_pieces_only_where_it_outgrows_the_workspace)
{
    for (enum view view = 0; view < VIEW_COUNT; view++) {
        struct fixture *f = open_fixture(0, 8 * PAGE, WATCH_KEEP_COPY, view, 3);
        struct watch_filter filter = {.least_bytes = 2 * PAGE};
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        memset(f->fake.bytes + PAGE - 1, 1, PAGE + 2); /* over three pages, as the workspace holds */
        f->fake.bytes[3 * PAGE] = 1;
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "fff+4098 3000+1");
        memset(f->fake.bytes + 100, 2, 5 * PAGE); /* 100 .. 5100 */
        cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
        EXPECT_CHANGES(f, view == STABLE ? "64+20480" : "64+8092~ ~2000+8192~ ~4000+4196");
        cr_assert_eq(diff_with(f, &filter, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, view == STABLE ? "64+20480" : "64+8092~ ~2000+8192~ ~4000+4196");
        memset(f->fake.bytes, 3, 8 * PAGE); /* all of it */
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, view == STABLE ? "0+32768" : "0+8192~ ~2000+8192~ ~4000+8192~ ~6000+8192");
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        close_fixture(f);
    }
}

/* Full batches whose last run ends with them, and one that the next page does not continue. */
Test(watch_diff, closes_a_run_at_the_end_of_a_full_batch)
{
    for (enum view view = 0; view < VIEW_COUNT; view++) {
        struct fixture *f = open_fixture(0, 6 * PAGE, WATCH_KEEP_COPY, view, 2);
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        memset(f->fake.bytes + PAGE - 4, 1, PAGE + 4);
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, view == STABLE ? "ffc+4100" : "ffc+4~ ~1000+4096");
        f->fake.bytes[2 * PAGE - 1] = 9;
        f->fake.bytes[4 * PAGE] = 9;
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "1fff+1 4000+1");
        close_fixture(f);
    }
}

Test(watch_diff, leaves_out_what_cannot_be_read_and_says_so)
{
    struct fixture *f = open_fixture(0x1000, 4 * PAGE + 10, WATCH_KEEP_COPY, BY_READING, 4);
    struct watch_totals totals;

    f->fake.refuses[1] = true;
    cr_assert_eq(watch_snapshot(&f->region), WATCH_PARTIAL);
    cr_assert(watch_page_is_lost(&f->region, 1) && !watch_page_is_lost(&f->region, 0));
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_OK);
    cr_assert_eq(totals.compared_bytes, 3 * PAGE + 10);
    /* Page 1 comes back, page 2 goes; a run at its end is closed. */
    memset(f->fake.bytes, 1, sizeof f->fake.bytes);
    f->fake.refuses[1] = false;
    f->fake.refuses[2] = true;
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_PARTIAL);
    EXPECT_CHANGES(f, "1000+4096 4000+4106");
    cr_assert_eq(totals.unreadable_bytes, PAGE);
    cr_assert_eq(totals.appeared_bytes, PAGE);
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_PARTIAL);
    cr_assert_eq(totals.appeared_bytes, PAGE);
    f->fake.bytes[PAGE + 5] = 2; /* kept by the refresh, so that this is seen */
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "2005+1");
    cr_assert_eq(totals.unreadable_bytes + totals.appeared_bytes, 0);
    memset(f->fake.refuses, true, sizeof f->fake.refuses);
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_UNREADABLE);
    cr_assert_eq(totals.unreadable_bytes, 3 * PAGE + 10);
    cr_assert_eq(watch_snapshot(&f->region), WATCH_UNREADABLE);
    close_fixture(f);
}

/* A page that goes while a run is open over a full batch. */
Test(watch_diff, closes_a_run_where_the_next_page_has_gone)
{
    struct fixture *f = open_fixture(0, 4 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    f->fake.bytes[2 * PAGE - 1] = 1;
    f->fake.refuses[2] = true;
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_PARTIAL);
    EXPECT_CHANGES(f, "1fff+1");
    close_fixture(f);
}

Test(watch_diff, sees_hashed_pages)
{
    struct fixture *f = open_fixture(0x2000, 6 * PAGE + 8, WATCH_KEEP_HASHES, BY_READING, 2);
    struct watch_predicate predicate = {.type = WATCH_U8};
    struct watch_filter least = {.least_bytes = 2}, valued = {.predicate = &predicate}, one = {.least_bytes = 1};
    struct watch_range ignored = {0x3000, 0x3800};
    struct watch_filter cut = {.ignored = &ignored, .ignored_count = 1};
    struct watch_totals totals;

    f->fake.refuses[4] = true;
    cr_assert_eq(watch_snapshot(&f->region), WATCH_PARTIAL);
    f->fake.refuses[4] = false;
    f->fake.bytes[PAGE] = f->fake.bytes[2 * PAGE] = f->fake.bytes[6 * PAGE + 7] = 1;
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "3000+8192 8000+8");
    cr_assert_null(f->changes.items[0].change.old_bytes);
    cr_assert_eq(totals.changed_pages, 3);
    cr_assert_eq(totals.appeared_bytes, PAGE);
    cr_assert_eq(diff_with(f, &least, false, &totals), WATCH_NO_COPY);
    cr_assert_eq(diff_with(f, &valued, false, &totals), WATCH_NO_COPY);
    cr_assert_eq(diff_with(f, &one, false, &totals), WATCH_OK);
    cr_assert_eq(diff_with(f, &cut, false, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "3800+6144 8000+8");
    f->changes.stop_at = 1;
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_STOPPED);
    f->changes.stop_at = 0;
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "");
    f->fake.bytes[4 * PAGE] = f->fake.bytes[2 * PAGE] = 5;
    f->fake.refuses[3] = true;
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_PARTIAL);
    EXPECT_CHANGES(f, "4000+4096 6000+4096");
    cr_assert_eq(totals.unreadable_bytes, PAGE);
    f->fake.bytes[2 * PAGE] = 6;
    f->changes.stop_at = 1;
    f->fake.refuses[3] = false;
    f->fake.refuses[4] = true;
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_STOPPED);
    close_fixture(f);
}

/* The run is handed over before the page behind it is known to have gone. */
Test(watch_diff, stops_hashed_pages_before_one_that_has_gone)
{
    struct fixture *f = open_fixture(0, 3 * PAGE, WATCH_KEEP_HASHES, BY_READING, 2);

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    f->fake.bytes[0] = 1;
    f->fake.refuses[1] = true;
    f->changes.stop_at = 1;
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_STOPPED);
    close_fixture(f);
}

Test(watch_diff, stops_where_it_is_told_to)
{
    /* Runs that end inside, at an open run's end, and at the end of the last batch. */
    for (size_t stop_at = 1; stop_at <= 4; stop_at++) {
        struct fixture *f = open_fixture(0, 4 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        f->fake.bytes[3] = 1;
        memset(f->fake.bytes + 60, 1, 10);
        memset(f->fake.bytes + 3 * PAGE - 2, 1, 4);
        f->fake.bytes[4 * PAGE - 1] = 1;
        f->changes.stop_at = stop_at;
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_STOPPED);
        cr_assert_eq(f->changes.count, stop_at);
        close_fixture(f);
    }
}

Test(watch_diff, compares_with_the_callers_bytes_and_never_writes_them)
{
    static uint8_t old_bytes[3 * 4096];
    struct fixture *f = open_fixture(0, 3 * PAGE, WATCH_KEEP_COPY, STABLE, 2);
    struct watch_reader reader = reader_of(&f->fake, STABLE);
    struct watch_region against;

    cr_assert_eq(watch_region_against(&against, 0x100, 3 * PAGE, &reader, old_bytes, f->workspace, 2 * PAGE), WATCH_OK);
    f->region = against;
    f->fake.bytes[9] = 1;
    cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_BAD_VALUE);
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "109+1");
    close_fixture(f);
}

Test(watch_diff, looks_only_where_the_reader_says_that_it_may_have_changed)
{
    struct fixture *f = open_fixture(0x4000, 8 * PAGE + 20, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_totals totals;

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    f->region.reader.dirty = fake_dirty;
    memset(f->fake.bytes, 1, sizeof f->fake.bytes);
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_OK); /* none */
    EXPECT_CHANGES(f, "");
    cr_assert_eq(totals.compared_bytes, 8 * PAGE + 20);
    f->fake.dirty[0] = (struct watch_range){0x3000, 0x4001}; /* begins before the region */
    f->fake.dirty[1] = (struct watch_range){0x6008, 0x7008};
    f->fake.dirty[2] = (struct watch_range){0xc001, 0xc002};
    f->fake.dirty_count = 3;
    f->fake.read_count = 0;
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "4000+4096 6000+8192 c000+20");
    cr_assert_eq(totals.compared_bytes, 8 * PAGE + 20);
    cr_assert_leq(f->fake.read_count, 4);
    f->changes.stop_at = 2;
    cr_assert_eq(diff_with(f, NULL, false, &totals), WATCH_STOPPED);
    f->changes.stop_at = 0;
    f->fake.dirty[0] = (struct watch_range){0x4000, 0x100000}; /* beyond its end */
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    cr_assert_eq(totals.changed_bytes, 8 * PAGE + 20);
    f->fake.dirty[0] = (struct watch_range){0x100000, 0x101000}; /* behind it */
    f->fake.dirty_count = 1;
    f->fake.bytes[0] = 2;
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "");
    f->fake.dirty[0] = (struct watch_range){0x6000, 0x5000}; /* no range at all */
    cr_assert_eq(diff_with(f, NULL, true, &totals), WATCH_OK);
    EXPECT_CHANGES(f, "");
    close_fixture(f);
}

Test(watch_diff, works_up_to_the_end_of_the_address_space)
{
    struct fixture *f = open_fixture(UINT64_MAX - 2 * PAGE + 1, 2 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_range ignored[] = {{0x1000, 0x2000}, {UINT64_MAX - 7, UINT64_MAX}};
    struct watch_filter filter = {.ignored = ignored, .ignored_count = 2};

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    memset(f->fake.bytes + 2 * PAGE - 9, 1, 9);
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "fffffffffffffff7+9");
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "fffffffffffffff7+1 ffffffffffffffff+1");
    close_fixture(f);
}

/* ---- against a loop over bytes ----------------------------------------------------------------------------- */

static void change_some(uint8_t *bytes, size_t size, uint64_t *random)
{
    unsigned runs = (unsigned)(random_next(random) % 40);

    for (unsigned i = 0; i < runs; i++) {
        uint64_t what = random_next(random);
        size_t first = random_next(random) % size;
        size_t length = what % 4 == 0 ? random_next(random) % (3 * PAGE) : what / 4 % 80;
        if (what / 1024 % 3 == 0) /* at a page's bound */
            first -= first % PAGE;
        for (size_t at = first; at < first + length && at < size; at++)
            bytes[at] ^= (uint8_t)(what / 4096 % 5 == 0 ? random_next(random) % 2 : 1 + at % 3);
    }
}

static void compare_once(uint64_t seed)
{
    uint64_t random = seed;
    enum view view = (enum view)(random_next(&random) % VIEW_COUNT);
    size_t size = 1 + random_next(&random) % (12 * PAGE), pages = (size + PAGE - 1) / PAGE;
    struct fixture *f = open_fixture(0, size, WATCH_KEEP_COPY, view, 2 + random_next(&random) % 6);
    static uint8_t before[MOST_PAGES * 4096];
    bool good[MOST_PAGES], had[MOST_PAGES];

    for (size_t i = 0; i < size; i++)
        f->fake.bytes[i] = (uint8_t)random_next(&random);
    for (size_t i = 0; i < pages; i++)
        f->fake.refuses[i] = view == BY_READING && random_next(&random) % 8 == 0;
    (void)!watch_snapshot(&f->region);
    for (unsigned round = 0; round < 4; round++) {
        struct changes expected = {0};
        bool refresh = random_next(&random) % 2 != 0;
        if (round == 0 || refresh)
            memcpy(before, f->fake.bytes, size);
        for (size_t i = 0; i < pages; i++)
            had[i] = !watch_page_is_lost(&f->region, i);
        change_some(f->fake.bytes, size, &random);
        for (size_t i = 0; i < pages; i++) {
            f->fake.refuses[i] = view == BY_READING && random_next(&random) % 8 == 0;
            good[i] = had[i] && !f->fake.refuses[i];
        }
        byte_loop(f->region.old_bytes, f->fake.bytes, size, good, &expected);
        (void)!diff_with(f, NULL, refresh, NULL);
        join(&f->changes);
        cr_assert_eq(f->changes.count, expected.count, "seed %llu round %u: %zu runs, not %zu",
                     (unsigned long long)seed, round, f->changes.count, expected.count);
        for (size_t i = 0; i < expected.count; i++) {
            const struct watch_change *a = &f->changes.items[i].change, *b = &expected.items[i].change;
            cr_assert(a->address == b->address && a->length_bytes == b->length_bytes, "seed %llu run %zu",
                      (unsigned long long)seed, i);
            size_t some = a->length_bytes < 64 ? a->length_bytes : 1;
            cr_assert_eq(memcmp(f->changes.items[i].new_bytes, expected.items[i].new_bytes, some), 0);
            cr_assert_eq(memcmp(f->changes.items[i].old_bytes, expected.items[i].old_bytes, some), 0);
        }
        for (size_t i = 0; refresh && i < size; i++)
            cr_assert(watch_page_is_lost(&f->region, i / PAGE) == f->fake.refuses[i / PAGE] &&
                      (f->fake.refuses[i / PAGE] || f->region.copy[i] == f->fake.bytes[i]));
        forget(&expected);
    }
    close_fixture(f);
}

Test(watch_diff, agrees_with_a_loop_over_bytes_on_random_changes)
{
    for (uint64_t seed = 1; seed <= 1500; seed++)
        compare_once(seed);
}
