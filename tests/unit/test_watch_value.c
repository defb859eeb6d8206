/* SPDX-License-Identifier: MIT */
/* Typed conditions against the C compiler's own, scans over rounds, patterns and their search. */
#include "test_watch.h"
#include "watch/pattern.h"
#include "watch/scan.h"

/* ---- values: every pair of interesting ones, judged by plain C ---------------------------------------------- */

#define SPECIALS 14
static const uint64_t specials[SPECIALS] = {
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, UINT64_MAX,
    UINT64_C(0x8000000000000000), UINT64_C(0x7fffffffffffffff), 0xfffffffe};
static const uint64_t floats[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7f800001,
                                  0xffc00000, 0x00000001, 0x80000001, 0x7f7fffff, 0xff7fffff, 0x40490fdb, 0x7fffffff};
static const uint64_t doubles[] = {0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
                                   0x7ff0000000000000, 0xfff0000000000000, 0x7ff0000000000001,
                                   0xfff8000000000000, 1, 0x8000000000000001, 0x7fefffffffffffff,
                                   0xffefffffffffffff, 0x400921fb54442d18, 0x7fffffffffffffff};

#define JUDGE(type, old_bits, new_bits, operand, last)                        \
    do {                                                                      \
        type o, n, a, b;                                                      \
        memcpy(&o, &old_bits, sizeof o);                                      \
        memcpy(&n, &new_bits, sizeof n);                                      \
        memcpy(&a, &operand, sizeof a);                                       \
        memcpy(&b, &last, sizeof b);                                          \
        switch (test) {                                                       \
        case WATCH_EQUAL: return n == a;                                      \
        case WATCH_NOT_EQUAL: return n != a;                                  \
        case WATCH_LESS: return n < a;                                        \
        case WATCH_GREATER: return n > a;                                     \
        case WATCH_BETWEEN: return n >= a && n <= b;                          \
        case WATCH_CHANGED: return memcmp(&n, &o, sizeof n) != 0;             \
        case WATCH_UNCHANGED: return memcmp(&n, &o, sizeof n) == 0;           \
        case WATCH_INCREASED: return n > o;                                   \
        case WATCH_DECREASED: return n < o;                                   \
        case WATCH_CHANGED_BY: return (type)(n - o) == a;                     \
        default: return true;                                                 \
        }                                                                     \
    } while (0)

static bool judged(enum watch_type type, enum watch_test test, uint64_t old_bits, uint64_t new_bits,
                   uint64_t operand, uint64_t last)
{
    switch (type) {
    case WATCH_U8: JUDGE(uint8_t, old_bits, new_bits, operand, last);
    case WATCH_U16: JUDGE(uint16_t, old_bits, new_bits, operand, last);
    case WATCH_U32: JUDGE(uint32_t, old_bits, new_bits, operand, last);
    case WATCH_U64: JUDGE(uint64_t, old_bits, new_bits, operand, last);
    case WATCH_I8: JUDGE(int8_t, old_bits, new_bits, operand, last);
    case WATCH_I16: JUDGE(int16_t, old_bits, new_bits, operand, last);
    case WATCH_I32: {
        if (test == WATCH_CHANGED_BY) /* without the compiler's overflow */
            return (uint32_t)(new_bits - old_bits) == (uint32_t)operand;
        JUDGE(int32_t, old_bits, new_bits, operand, last);
    }
    case WATCH_I64: {
        if (test == WATCH_CHANGED_BY)
            return new_bits - old_bits == operand;
        JUDGE(int64_t, old_bits, new_bits, operand, last);
    }
    case WATCH_F32: JUDGE(float, old_bits, new_bits, operand, last);
    default: JUDGE(double, old_bits, new_bits, operand, last);
    }
}

Test(watch_match, agrees_with_plain_c_on_every_pair_of_special_values)
{
    for (enum watch_type type = 0; type < WATCH_TYPE_COUNT; type++) {
        const uint64_t *values = type == WATCH_F32 ? floats : type == WATCH_F64 ? doubles : specials;
        for (unsigned i = 0; i < SPECIALS * SPECIALS * SPECIALS; i++) {
            uint64_t old_bits = values[i % SPECIALS], new_bits = values[i / SPECIALS % SPECIALS];
            struct watch_predicate p = {type, 0, values[i / SPECIALS / SPECIALS], values[i % 5 * 2]};
            for (p.test = 0; p.test < WATCH_TEST_COUNT; p.test++) {
                if (!watch_predicate_is_good(&p))
                    continue;
                cr_assert_eq(watch_match(&p, (const uint8_t *)&old_bits, (const uint8_t *)&new_bits, 1, 1),
                             judged(type, p.test, old_bits, new_bits, p.operand, p.operand_last),
                             "type %u test %u old %llx new %llx operand %llx last %llx", type, p.test,
                             (unsigned long long)old_bits, (unsigned long long)new_bits,
                             (unsigned long long)p.operand, (unsigned long long)p.operand_last);
            }
        }
    }
}

Test(watch_match, judges_many_values_at_every_stride)
{
    static uint8_t old_bytes[64 * 8 + 8], new_bytes[64 * 8 + 8];
    uint64_t random = 5;

    for (unsigned i = 0; i < 3000; i++) {
        struct watch_predicate p = {random_next(&random) % WATCH_TYPE_COUNT,
                                    random_next(&random) % WATCH_TEST_COUNT,
                                    random_next(&random) % 3, 2 + random_next(&random) % 3};
        unsigned count = i % 3 == 0 ? 64 : (unsigned)(random_next(&random) % 65);
        unsigned stride = i % 2 == 0 ? watch_type_bytes(p.type) : 1u << random_next(&random) % 4;
        uint64_t expected = 0;
        if (!watch_predicate_is_good(&p))
            continue;
        for (size_t at = 0; at < sizeof old_bytes; at++) {
            old_bytes[at] = (uint8_t)(random_next(&random) % 5 == 0);
            new_bytes[at] = (uint8_t)(random_next(&random) % 5 == 0);
        }
        for (unsigned at = 0; at < count; at++)
            expected |= (uint64_t)judged(p.type, p.test, watch_load(p.type, old_bytes + at * stride),
                                         watch_load(p.type, new_bytes + at * stride), p.operand, p.operand_last)
                        << at;
        cr_assert_eq(watch_match(&p, old_bytes, new_bytes, count, stride), expected, "turn %u", i);
    }
}

Test(watch_predicate_is_good, refuses_what_there_is_not)
{
    struct watch_predicate p = {WATCH_F32, WATCH_CHANGED_BY, 0, 0};

    cr_assert_not(watch_predicate_is_good(&p));
    p.type = WATCH_F64;
    cr_assert_not(watch_predicate_is_good(&p));
    p.type = WATCH_I64;
    cr_assert(watch_predicate_is_good(&p));
    p.test = (enum watch_test)WATCH_TEST_COUNT;
    cr_assert_not(watch_predicate_is_good(&p));
    p = (struct watch_predicate){.type = (enum watch_type)WATCH_TYPE_COUNT};
    cr_assert_not(watch_predicate_is_good(&p));
}

/* ---- scans ------------------------------------------------------------------------------------------------------- */

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

/* ---- patterns -------------------------------------------------------------------------------------------------------- */

static const char *pattern_text(const char *text)
{
    static char said[128];
    struct watch_pattern pattern;
    size_t fault = 99, used = 0;
    enum watch_status status = watch_pattern_parse(text, strlen(text), &pattern, &fault);

    if (status != WATCH_OK) {
        snprintf(said, sizeof said, "status %u at %zu", status, fault);
        return said;
    }
    for (uint32_t i = 0; i < pattern.length_bytes && used < 120; i++)
        used += (size_t)snprintf(said + used, sizeof said - used, "%02x/%02x ", pattern.value[i], pattern.mask[i]);
    snprintf(said + used, sizeof said - used, "@%u", pattern.anchor);
    return said;
}

Test(watch_pattern_parse, reads_digits_wildcards_and_text)
{
    cr_assert_str_eq(pattern_text("4D 5A ?? 00"), "4d/ff 5a/ff 00/00 00/ff @0");
    cr_assert_str_eq(pattern_text("4d5A\t??\n0?\r?f"), "4d/ff 5a/ff 00/00 00/f0 0f/0f @0");
    cr_assert_str_eq(pattern_text("? 00 ?"), "00/00 00/ff 00/00 @1");
    cr_assert_str_eq(pattern_text("??? ff"), "00/00 00/00 ff/ff @2");
    cr_assert_str_eq(pattern_text("00 ff 41"), "00/ff ff/ff 41/ff @2");
    cr_assert_str_eq(pattern_text("4?"), "40/f0 @0");
    cr_assert_str_eq(pattern_text("\"P\\\"K\\\\\" 03"), "50/ff 22/ff 4b/ff 5c/ff 03/ff @0");
}

Test(watch_pattern_parse, says_where_it_cannot_read)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "status 8 at 0"},       {"  ", "status 8 at 2"},        {"?? ?", "status 8 at 4"},
        {"4D 5", "status 8 at 4"},   {"4D 5 5A", "status 8 at 4"},   {"4D xx", "status 8 at 3"},
        {"4x", "status 8 at 1"},     {"\"abc", "status 8 at 4"},     {"\"a\\", "status 8 at 3"},
        {"\"a\\n\"", "status 8 at 3"}, {"\"\"", "status 8 at 2"},    {"4g", "status 8 at 1"},
        {"@", "status 8 at 0"},      {"/", "status 8 at 0"},         {"G", "status 8 at 0"},
    };
    struct watch_pattern pattern;
    char longest[2 * 257 + 3];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_str_eq(pattern_text(rows[i].text), rows[i].said, "%s: %s", rows[i].text, pattern_text(rows[i].text));
    memset(longest, 'a', sizeof longest);
    cr_assert_eq(watch_pattern_parse(longest, 512, &pattern, NULL), WATCH_OK);
    cr_assert_eq(pattern.length_bytes, 256);
    cr_assert_eq(watch_pattern_parse(longest, 514, &pattern, NULL), WATCH_NO_ROOM);
    longest[0] = longest[300] = '"';
    cr_assert_eq(watch_pattern_parse(longest, 301, &pattern, NULL), WATCH_NO_ROOM);
}

Test(watch_pattern_of_bytes, takes_up_to_256)
{
    static uint8_t bytes[257];
    struct watch_pattern pattern;

    cr_assert_eq(watch_pattern_of_bytes(bytes, 0, &pattern), WATCH_BAD_PATTERN);
    cr_assert_eq(watch_pattern_of_bytes(bytes, 257, &pattern), WATCH_NO_ROOM);
    cr_assert_eq(watch_pattern_of_bytes(bytes, 256, &pattern), WATCH_OK);
    cr_assert(watch_pattern_matches(&pattern, bytes));
    bytes[255] = 1;
    cr_assert_not(watch_pattern_matches(&pattern, bytes));
}

/* ---- the search, against a loop ------------------------------------------------------------------------------------------ */

struct matches {
    uint64_t addresses[3000];
    size_t count;
    size_t stop_at;
    unsigned reports;
    bool no_more;
};

static bool take_match(void *context, uint64_t address, const uint8_t *bytes)
{
    struct matches *matches = context;

    (void)bytes;
    matches->addresses[matches->count++ % 3000] = address;
    return matches->count != matches->stop_at;
}

static bool take_progress(void *context, uint64_t done_bytes)
{
    struct matches *matches = context;

    (void)done_bytes;
    matches->reports++;
    return !matches->no_more;
}

static void search_once(uint64_t seed)
{
    static const char *const texts[] = {"01", "01 01", "0? 01", "?1 ? 01", "? 00 01 ?", "01 ?? ?? ?? ?? 00 01",
                                        "00 00 00 00 00 00 00 00 00 01 ?", "?1"};
    static struct matches matches;
    uint64_t random = seed, unreadable;
    struct watch_search_options options = {take_match, take_progress, &matches};
    enum view view = (enum view)(random_next(&random) % 2);
    size_t size = 1 + random_next(&random) % (6 * PAGE), count = 0;
    struct fixture *f = open_fixture(0x5000, size, WATCH_KEEP_HASHES, view, 2 + random_next(&random) % 3);
    const char *text = texts[random_next(&random) % 8];
    struct watch_pattern pattern;

    cr_assert_eq(watch_pattern_parse(text, strlen(text), &pattern, NULL), WATCH_OK);
    for (size_t i = 0; i < size; i++)
        f->fake.bytes[i] = random_next(&random) % 10 == 0;
    for (size_t i = 0; i < MOST_PAGES; i++)
        f->fake.refuses[i] = view == BY_READING && random_next(&random) % 4 == 0;
    matches = (struct matches){0};
    enum watch_status status = watch_search(&f->region, &pattern, &options, &unreadable);
    cr_assert_eq(status == WATCH_OK, unreadable == 0);
    for (size_t at = 0; at + pattern.length_bytes <= size; at++) {
        if (f->fake.refuses[at / PAGE] || f->fake.refuses[(at + pattern.length_bytes - 1) / PAGE] ||
            !watch_pattern_matches(&pattern, f->fake.bytes + at))
            continue;
        cr_assert_eq(matches.addresses[count % 3000], 0x5000 + at, "seed %llu %s", (unsigned long long)seed, text);
        count++;
    }
    cr_assert_eq(matches.count, count, "seed %llu %s", (unsigned long long)seed, text);
    cr_assert_gt(matches.reports, 0);
    close_fixture(f);
}

Test(watch_search, agrees_with_a_loop)
{
    for (uint64_t seed = 1; seed <= 600; seed++)
        search_once(seed);
}

Test(watch_search, stops_where_it_is_told_to)
{
    for (enum view view = 0; view < STABLE; view++) {
        struct fixture *f = open_fixture(0, 4 * PAGE, WATCH_KEEP_HASHES, view, 2);
        static struct matches matches;
        struct watch_search_options options = {take_match, NULL, &matches};
        struct watch_pattern pattern;
        cr_assert_eq(watch_pattern_parse("00", 2, &pattern, NULL), WATCH_OK);
        matches = (struct matches){.stop_at = 3};
        cr_assert_eq(watch_search(&f->region, &pattern, &options, NULL), WATCH_STOPPED);
        cr_assert_eq(matches.count, 3);
        matches = (struct matches){.no_more = true};
        cr_assert_eq(watch_search(&f->region, &pattern, &options, NULL), WATCH_OK);
        options.progress = take_progress;
        cr_assert_eq(watch_search(&f->region, &pattern, &options, NULL), WATCH_STOPPED);
        close_fixture(f);
    }
}

Test(watch_pattern_find, begins_where_it_is_told_to)
{
    struct watch_pattern pattern;
    size_t at = 77;

    cr_assert_eq(watch_pattern_of_bytes("ab", 2, &pattern), WATCH_OK);
    cr_assert(watch_pattern_find(&pattern, "abxab", 5, 1, &at));
    cr_assert_eq(at, 3);
    cr_assert_not(watch_pattern_find(&pattern, "abxab", 5, 4, &at));
    cr_assert_not(watch_pattern_find(&pattern, "abxab", 1, 0, &at));
    cr_assert_eq(at, 3);
}
