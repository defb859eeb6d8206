/* SPDX-License-Identifier: MIT */
/* Patterns, and their search against a loop. */
#include "test_watch.h"
#include "watch/pattern.h"

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
