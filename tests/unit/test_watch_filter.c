/* SPDX-License-Identifier: MIT */
/* What a diff is told to leave out. */
#include "test_watch.h"

Test(watch_filter, cuts_out_ranges_and_drops_what_is_short)
{
    struct fixture *f = open_fixture(0, 2 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_range ignored[] = {{0, 5}, {12, 14}, {16, 18}, {30, 40}, {100, 200}};
    struct watch_filter filter = {.ignored = ignored, .ignored_count = 5};

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    memset(f->fake.bytes + 10, 1, 10); /* 10..20 */
    memset(f->fake.bytes + 28, 1, 4);  /* 28..32 */
    memset(f->fake.bytes + 34, 1, 2);  /* wholly inside */
    f->fake.bytes[60] = 1;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "a+2 e+2 12+2 1c+2 3c+1");
    filter.least_bytes = 2;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "a+2 e+2 12+2 1c+2");
    f->changes.stop_at = 1;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_STOPPED);
    f->changes.stop_at = 0;
    filter.least_bytes = PAGE + 1;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_BAD_VALUE);
    filter.least_bytes = 0;
    ignored[1].first = 4;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_BAD_VALUE);
    ignored[1] = (struct watch_range){7, 7};
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_BAD_VALUE);
    close_fixture(f);
}

/* The ignored range ends a piece that continues: its rest is told as it is. */
Test(watch_filter, cuts_pieces_of_long_runs)
{
    struct fixture *f = open_fixture(0, 4 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_range ignored = {0xffe, 0x1002};
    struct watch_filter filter = {.ignored = &ignored, .ignored_count = 1, .least_bytes = 5};

    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    memset(f->fake.bytes + 0x100, 1, 0x3000);
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "100+3838 1002+4094~ ~2000+4352");
    close_fixture(f);
}

Test(watch_filter, asks_the_values_that_a_change_touches)
{
    struct fixture *f = open_fixture(0, PAGE + 6, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_predicate predicate = {.type = WATCH_U32, .test = WATCH_EQUAL, .operand = 0x00020100};
    struct watch_filter filter = {.predicate = &predicate};

    f->fake.bytes[8 + 1] = 1;
    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    f->fake.bytes[8 + 2] = 2;     /* 8: 0x00020100 */
    f->fake.bytes[100] = 1;       /* 100: 1 */
    f->fake.bytes[PAGE + 5] = 1;  /* no whole value */
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "a+1");
    predicate = (struct watch_predicate){.type = WATCH_U32, .test = WATCH_CHANGED_BY, .operand = 1};
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "64+1");
    predicate = (struct watch_predicate){.type = WATCH_U32, .test = WATCH_INCREASED};
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "a+1 64+1");
    predicate.type = (enum watch_type)99;
    cr_assert_eq(diff_with(f, &filter, false, NULL), WATCH_BAD_VALUE);
    close_fixture(f);
}
