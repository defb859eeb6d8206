/* SPDX-License-Identifier: MIT */
/* Candidates that narrow over rounds. */
#include "test_watch.h"
#include "test_watch_judged.h"
#include "watch/scan.h"

static const char *candidates_text(const struct watch_scan *scan)
{
    static char text[512];
    uint64_t slot = 0, address, count = 0;
    size_t used = 0;

    text[0] = '\0';
    while (used < sizeof text - 32 && watch_scan_next(scan, &slot, &address)) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%llx", count == 0 ? "" : " ",
                                 (unsigned long long)address);
        count++;
    }
    cr_assert_eq(count, scan->candidate_count);
    return text;
}

static bool stop_at_once(void *context, uint64_t done_bytes)
{
    (void)context;
    return done_bytes == 0;
}

static bool count_calls(void *context, uint64_t done_bytes)
{
    (void)done_bytes;
    ++*(unsigned *)context;
    return true;
}

struct scanning {
    struct fixture *f;
    struct watch_scan scan;
    uint64_t *candidates;
};

static struct scanning open_scan(size_t size, unsigned keep, enum watch_type type, uint32_t stride)
{
    struct scanning s = {.f = open_fixture(0x8000, size, keep, BY_READING, 2)};
    uint64_t bytes = watch_scan_bytes(size, stride);

    s.candidates = malloc(bytes);
    cr_assert_eq(watch_scan_begin(&s.scan, &s.f->region, type, stride, s.candidates, bytes - 1), WATCH_NO_ROOM);
    cr_assert_eq(watch_scan_begin(&s.scan, &s.f->region, type, stride, s.candidates, bytes), WATCH_OK);
    return s;
}

static void close_scan(struct scanning *s)
{
    free(s->candidates);
    close_fixture(s->f);
}

static enum watch_status round_of(struct scanning *s, enum watch_test test, uint64_t operand)
{
    struct watch_predicate predicate = {s->scan.type, test, operand, 0};

    return watch_scan_round(&s->scan, &predicate, NULL, NULL);
}

Test(watch_scan, narrows_over_rounds)
{
    struct scanning s = open_scan(3 * PAGE + 6, WATCH_KEEP_COPY, WATCH_U32, 4);
    uint8_t *bytes = s.f->fake.bytes;
    unsigned calls = 0;
    struct watch_predicate any = {.type = WATCH_U32};

    cr_assert_eq(s.scan.candidate_count, 3 * PAGE / 4 + 1);
    cr_assert_eq(round_of(&s, WATCH_CHANGED, 0), WATCH_NO_SNAPSHOT);
    bytes[0] = bytes[PAGE] = bytes[3 * PAGE] = bytes[3 * PAGE + 4] = 100;
    cr_assert_eq(round_of(&s, WATCH_EQUAL, 100), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "8000 9000 b000");
    bytes[0] = 99;
    bytes[3 * PAGE] = 101;
    cr_assert_eq(round_of(&s, WATCH_CHANGED, 0), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "8000 b000");
    cr_assert_eq(round_of(&s, WATCH_UNCHANGED, 0), WATCH_OK);
    s.f->fake.read_count = 0;
    bytes[3 * PAGE] = 106;
    cr_assert_eq(round_of(&s, WATCH_CHANGED_BY, 5), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "b000");
    cr_assert_eq(s.f->fake.read_count, 2); /* the pages without candidates are not read */
    cr_assert_eq(watch_scan_round(&s.scan, &any, count_calls, &calls), WATCH_OK);
    cr_assert_eq(calls, 4);
    cr_assert_eq(watch_scan_round(&s.scan, &any, stop_at_once, NULL), WATCH_STOPPED);
    cr_assert_eq(round_of(&s, WATCH_DECREASED, 5), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "");
    close_scan(&s);
}

/* A value that begins in one page and ends in the next; the next page goes. */
Test(watch_scan, finds_values_over_page_bounds)
{
    struct scanning s = open_scan(4 * PAGE, WATCH_KEEP_COPY, WATCH_U16, 1);
    uint8_t *bytes = s.f->fake.bytes;

    bytes[PAGE - 1] = bytes[3 * PAGE - 1] = bytes[4 * PAGE - 2] = 0x34;
    bytes[PAGE] = bytes[3 * PAGE] = bytes[4 * PAGE - 1] = 0x12;
    cr_assert_eq(round_of(&s, WATCH_EQUAL, 0x1234), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "8fff afff bffe");
    s.f->fake.refuses[3] = true;
    cr_assert_eq(round_of(&s, WATCH_EQUAL, 0x1234), WATCH_PARTIAL);
    cr_assert_str_eq(candidates_text(&s.scan), "8fff");
    close_scan(&s);
}

Test(watch_scan, drops_what_cannot_be_read_and_what_has_no_old_value)
{
    struct scanning s = open_scan(4 * PAGE, WATCH_KEEP_COPY, WATCH_U16, 1);

    s.f->fake.refuses[1] = true;
    cr_assert_eq(watch_snapshot(&s.f->region), WATCH_PARTIAL);
    s.f->fake.refuses[1] = false;
    s.f->fake.refuses[3] = true;
    cr_assert_eq(round_of(&s, WATCH_UNCHANGED, 0), WATCH_PARTIAL);
    cr_assert_eq(s.scan.candidate_count, 2 * PAGE - 2);
    memset(s.f->fake.refuses, true, sizeof s.f->fake.refuses);
    cr_assert_eq(round_of(&s, WATCH_ANY, 0), WATCH_UNREADABLE);
    cr_assert_eq(s.scan.candidate_count, 0);
    close_scan(&s);
}

/* The bytes behind would come from a page that the snapshot lacks. */
Test(watch_scan, has_no_old_value_where_half_of_it_is_lost)
{
    struct scanning s = open_scan(2 * PAGE, WATCH_KEEP_COPY, WATCH_U32, 2);

    s.f->fake.refuses[1] = true;
    cr_assert_eq(watch_snapshot(&s.f->region), WATCH_PARTIAL);
    cr_assert_eq(round_of(&s, WATCH_UNCHANGED, 0), WATCH_PARTIAL);
    cr_assert_eq(s.scan.candidate_count, PAGE / 2 - 1);
    close_scan(&s);
}

Test(watch_scan, works_without_a_copy_where_no_old_value_is_asked_for)
{
    struct scanning s = open_scan(2 * PAGE + 3, WATCH_KEEP_HASHES, WATCH_I16, 2);

    s.f->fake.bytes[10] = 0xff;
    s.f->fake.bytes[11] = 0xff;
    s.f->fake.refuses[1] = true;
    cr_assert_eq(round_of(&s, WATCH_LESS, 0), WATCH_PARTIAL);
    cr_assert_str_eq(candidates_text(&s.scan), "800a");
    cr_assert_eq(round_of(&s, WATCH_INCREASED, 0), WATCH_NO_COPY);
    close_scan(&s);
}

/* Less than a value behind: no count of those that fit. */
Test(watch_scan, ends_before_half_a_value)
{
    struct scanning s = open_scan(PAGE + 6, WATCH_KEEP_COPY, WATCH_U64, 1);

    s.f->fake.refuses[1] = true;
    cr_assert_eq(round_of(&s, WATCH_ANY, 0), WATCH_OK);
    cr_assert_eq(s.scan.candidate_count, PAGE - 7 + 0);
    close_scan(&s);
}

Test(watch_scan, drops_a_last_page_that_is_short)
{
    struct scanning s = open_scan(PAGE + 100, WATCH_KEEP_COPY, WATCH_U8, 1);

    s.f->fake.refuses[1] = true;
    cr_assert_eq(round_of(&s, WATCH_ANY, 0), WATCH_PARTIAL);
    cr_assert_eq(s.scan.candidate_count, PAGE);
    close_scan(&s);
}

/* Strides beyond the width: one value more than size / stride. */
Test(watch_scan_begin, has_room_for_the_last_value)
{
    struct scanning s = open_scan(8 * 63 + 1, WATCH_KEEP_COPY, WATCH_U8, 8);

    cr_assert_eq(s.scan.slot_count, 64);
    close_scan(&s);
}

Test(watch_scan, compares_with_the_callers_bytes)
{
    static const uint8_t old_bytes[4096];
    struct scanning s = open_scan(PAGE, WATCH_KEEP_COPY, WATCH_U8, 1);
    struct watch_reader reader = reader_of(&s.f->fake, MAPPED);

    cr_assert_eq(watch_region_against(&s.f->region, 0x8000, PAGE, &reader, old_bytes, s.f->workspace, 2 * PAGE), WATCH_OK);
    s.f->fake.bytes[9] = 1;
    cr_assert_eq(round_of(&s, WATCH_INCREASED, 0), WATCH_OK);
    cr_assert_str_eq(candidates_text(&s.scan), "8009");
    close_scan(&s);
}

Test(watch_scan_begin, refuses_what_means_nothing)
{
    struct fixture *f = open_fixture(0, 3, WATCH_KEEP_COPY, MAPPED, 2);
    uint64_t candidates[4];
    struct watch_predicate predicate = {.type = WATCH_U16};
    struct watch_scan scan;

    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U32, 4, candidates, 32), WATCH_BAD_VALUE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 3, candidates, 32), WATCH_BAD_VALUE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 16, candidates, 32), WATCH_BAD_VALUE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 0, candidates, 32), WATCH_BAD_VALUE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_TYPE_COUNT, 1, candidates, 32), WATCH_BAD_VALUE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 1, NULL, 32), WATCH_NO_ROOM);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 1, candidates, 32), WATCH_OK);
    cr_assert_eq(scan.slot_count, 3);
    cr_assert_eq(watch_scan_round(&scan, &predicate, NULL, NULL), WATCH_BAD_VALUE);
    predicate = (struct watch_predicate){.test = WATCH_TEST_COUNT};
    cr_assert_eq(watch_scan_round(&scan, &predicate, NULL, NULL), WATCH_BAD_VALUE);
    close_fixture(f);
}

Test(watch_scan, agrees_with_a_loop_over_values)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t random = seed, address, slot = 0;
        enum watch_type type = (enum watch_type)(random_next(&random) % WATCH_TYPE_COUNT);
        uint32_t width = watch_type_bytes(type), stride = 1u << random_next(&random) % 4;
        size_t size = 8 + random_next(&random) % (5 * PAGE);
        struct scanning s = open_scan(size, WATCH_KEEP_COPY, type, stride);
        uint8_t *bytes = s.f->fake.bytes, *before = malloc(size);
        bool *expected = malloc(size);
        memset(expected, true, size);
        for (unsigned round = 0; round < 4; round++) {
            struct watch_predicate p = {type, WATCH_ANY, random_next(&random) % 2, 1};
            do {
                p.test = (enum watch_test)(random_next(&random) % (round == 0 ? 6 : WATCH_TEST_COUNT));
            } while (!watch_predicate_is_good(&p));
            memcpy(before, bytes, size);
            for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t)(random_next(&random) % 3 == 0 ? random_next(&random) % 2 : bytes[i]);
            /* Values whose pages were not looked at keep older bytes: candidates alone count. */
            for (size_t at = 0; at + width <= size; at += stride)
                expected[at] = expected[at] &&
                               judged(type, p.test, watch_load(type, before + at), watch_load(type, bytes + at),
                                      p.operand, p.operand_last);
            cr_assert_eq(watch_scan_round(&s.scan, &p, NULL, NULL), WATCH_OK);
        }
        for (size_t at = 0; at + width <= size; at += stride) {
            if (!expected[at])
                continue;
            cr_assert(watch_scan_next(&s.scan, &slot, &address), "seed %llu", (unsigned long long)seed);
            cr_assert_eq(address, 0x8000 + at, "seed %llu", (unsigned long long)seed);
        }
        cr_assert_not(watch_scan_next(&s.scan, &slot, &address));
        free(before);
        free(expected);
        close_scan(&s);
    }
}
