/* SPDX-License-Identifier: MIT */
/*
 * Pages of which something is known before they are read: old ones that are one word over and over, new
 * ones that are absent (zeros that must not be looked at: junk stands there in these tests).
 */
#include <sys/mman.h>

#include "test_watch.h"
#include "watch/pattern.h"
#include "watch/scan.h"

#define JUNK 0xee

/* A memory of which some pages are absent, in address order; answers in an odd manner. */
struct holed {
    struct fixture *f;
    bool absent[MOST_PAGES];
    bool is_coy; /* often answers "none up to here, ask again" */
    unsigned asked;
};

static bool tell_absent(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    struct holed *holed = context;
    uint64_t base = holed->f->fake.base, last = (holed->f->fake.size - 1) / PAGE, page;

    cr_assert(address >= base && address - base < holed->f->fake.size);
    for (page = (address - base) / PAGE; page <= last && !holed->absent[page]; page++)
        ;
    if (holed->is_coy && base + page * PAGE > address && ++holed->asked % 3 != 0) {
        *ret_first = *ret_end = holed->asked % 3 == 1 ? base + page * PAGE : address + PAGE;
        return true;
    }
    if (page > last)
        return false;
    *ret_first = base + page * PAGE;
    while (page <= last && holed->absent[page])
        page++;
    *ret_end = base + page * PAGE;
    return true;
}

static struct holed *open_holed(size_t size, unsigned keep)
{
    struct holed *holed = calloc(1, sizeof *holed);

    holed->f = open_fixture(0x40000, size, keep, MAPPED, 3);
    holed->f->region.reader.absent = tell_absent;
    holed->f->region.reader.context = holed;
    return holed;
}

static void close_holed(struct holed *holed)
{
    close_fixture(holed->f);
    free(holed);
}

/* The page's bytes as they count. */
static void see(const struct holed *holed, uint8_t *to)
{
    const struct fake *fake = &holed->f->fake;

    for (size_t i = 0; i < fake->size; i++)
        to[i] = holed->absent[i / PAGE] ? 0 : fake->bytes[i];
}

static void make_page(struct holed *holed, size_t page, uint64_t *random)
{
    uint64_t what = random_next(random) % 6, words[2] = {random_next(random), 0};
    uint8_t *bytes = holed->f->fake.bytes + page * PAGE;

    holed->absent[page] = what == 0;
    for (size_t i = 0; i < PAGE; i++) {
        uint64_t word = words[what % 2]; /* zeros; one word */
        bytes[i] = what == 0 ? JUNK : what == 5 ? (uint8_t)random_next(random) : (uint8_t)(word >> 8 * (i % 8));
    }
    if (what == 4) /* all but one byte */
        bytes[random_next(random) % PAGE] ^= 1;
}

static void compare_known(uint64_t seed)
{
    uint64_t random = seed;
    size_t size = 1 + random_next(&random) % (12 * PAGE), pages = (size + PAGE - 1) / PAGE;
    struct holed *holed = open_holed(size, WATCH_KEEP_COPY);
    struct fixture *f = holed->f;
    static uint8_t before[MOST_PAGES * 4096], after[MOST_PAGES * 4096];
    bool good[MOST_PAGES];

    memset(good, true, sizeof good);
    holed->is_coy = random_next(&random) % 2 != 0;
    for (size_t i = 0; i < pages; i++)
        make_page(holed, i, &random);
    if (random_next(&random) % 4 == 0) { /* the same by a function: nothing is absent then */
        see(holed, f->fake.bytes);
        memset(holed->absent, false, sizeof holed->absent);
        f->region.reader = reader_of(&f->fake, BY_READING);
    }
    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    see(holed, before);
    for (unsigned round = 0; round < 4; round++) {
        struct changes expected = {0};
        bool refresh = random_next(&random) % 2 != 0;
        for (size_t i = 0; i < pages; i++) {
            if (random_next(&random) % 3 == 0 && f->region.reader.mapped != NULL)
                make_page(holed, i, &random);
        }
        see(holed, after);
        byte_loop(before, after, size, good, &expected);
        cr_assert_eq(diff_with(f, NULL, refresh, NULL), WATCH_OK);
        join(&f->changes);
        cr_assert_eq(f->changes.count, expected.count, "seed %llu round %u (%s): %zu runs, not %zu", (unsigned long long)seed,
                     round, changes_text(&f->changes), f->changes.count, expected.count);
        for (size_t i = 0; i < expected.count; i++) {
            const struct watch_change *a = &f->changes.items[i].change, *b = &expected.items[i].change;
            cr_assert(a->address == f->fake.base + b->address && a->length_bytes == b->length_bytes, "seed %llu run %zu",
                      (unsigned long long)seed, i);
        }
        if (refresh) {
            memcpy(before, after, size);
            cr_assert_eq(memcmp(f->region.copy, before, size), 0, "seed %llu", (unsigned long long)seed);
        }
        forget(&expected);
    }
    close_holed(holed);
}

Test(watch_diff, agrees_with_a_loop_over_bytes_where_pages_are_known)
{
    for (uint64_t seed = 1; seed <= 1000; seed++)
        compare_known(seed);
}

/* Reads the region's last byte while it is told of a change. */
static bool look_behind(void *context, const struct watch_change *change)
{
    struct fixture *f = context;
    uint8_t byte;

    cr_assert_eq(watch_read(&f->region, f->fake.size - 1, 1, &byte), 1);
    cr_assert_eq(byte, 9);
    return take_change(&f->changes, change);
}

/*   |0 changed|1     |2 absent, junk|3      what is absent was zeros in the snapshot           */
Test(watch_diff, knows_absent_pages_after_a_look_elsewhere)
{
    struct holed *holed = open_holed(4 * PAGE, WATCH_KEEP_COPY);
    struct fixture *f = holed->f;
    struct watch_diff_options options = {.take = look_behind, .context = f};

    f->fake.bytes[4 * PAGE - 1] = 9;
    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    f->fake.bytes[5] = 1;
    memset(f->fake.bytes + 2 * PAGE, JUNK, PAGE);
    holed->absent[2] = true;
    cr_assert_eq(watch_diff(&f->region, &options, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "40005+1");
    close_holed(holed);
}

/*   the caller's bytes |zeros|zeros|sevens|zeros|      of them nothing is noted, as of a copy
 *   what is mapped     |same |1    |same  |absent|                                               */
Test(watch_region_against, compares_mapped_pages_of_one_word)
{
    static uint8_t old_bytes[4 * 4096];
    struct holed *holed = open_holed(sizeof old_bytes, WATCH_KEEP_COPY);
    struct fixture *f = holed->f;
    struct watch_reader reader = f->region.reader;

    memset(old_bytes + 2 * PAGE, 7, PAGE);
    memcpy(f->fake.bytes, old_bytes, sizeof old_bytes);
    f->fake.bytes[PAGE + 100] = 1;
    memset(f->fake.bytes + 3 * PAGE, JUNK, PAGE);
    holed->absent[3] = true;
    cr_assert_eq(watch_region_against(&f->region, f->fake.base, sizeof old_bytes, &reader, old_bytes,
                                      f->workspace, 3 * PAGE), WATCH_OK);
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "41064+1");
    old_bytes[3 * PAGE] = 3;
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "41064+1 43000+1");
    close_holed(holed);
}

/* All but the first word of the copy is spoilt behind the region's back: it must not be looked at. */
Test(watch_diff, reads_only_new_bytes_where_old_ones_are_one_word)
{
    for (enum view view = 0; view < VIEW_COUNT; view++) {
        struct fixture *f = open_fixture(0, 3 * PAGE + 100, WATCH_KEEP_COPY, view, 2);
        memset(f->fake.bytes, 7, f->fake.size);
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        memset(f->region.copy + 8, JUNK, PAGE - 8);
        memset(f->region.copy + PAGE + 8, JUNK, PAGE - 8);
        cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        memset(f->region.copy, 7, f->fake.size);
        f->fake.bytes[PAGE + 4095] = 8;
        f->fake.bytes[3 * PAGE + 99] = 8; /* of a last page that is short nothing is known */
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "1fff+1 3063+1");
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        f->fake.bytes[PAGE + 4095] = 7; /* what was known of the page is known no more */
        cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "1fff+1");
        memset(f->fake.bytes, 9, 2 * PAGE); /* now it is not, and then it is again */
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        memset(f->region.copy + PAGE + 8, JUNK, PAGE - 8);
        cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        close_fixture(f);
    }
}

/* A page that comes back, and one that a scan kept. */
Test(watch_diff, knows_pages_that_came_by_other_ways)
{
    struct fixture *f = open_fixture(0, 2 * PAGE, WATCH_KEEP_COPY, BY_READING, 2);
    struct watch_predicate any = {.type = WATCH_U8, .test = WATCH_ANY};
    uint64_t candidates[2 * 4096 / 64 + 2];
    struct watch_scan scan;

    f->fake.refuses[0] = true;
    f->fake.bytes[PAGE + 1] = 1; /* not one word */
    cr_assert_eq(watch_snapshot(&f->region), WATCH_PARTIAL);
    f->fake.refuses[0] = false;
    memset(f->fake.bytes, 5, PAGE);
    cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
    memset(f->region.copy + 8, JUNK, PAGE - 8);
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "");
    memset(f->fake.bytes, 6, 2 * PAGE);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U8, 1, candidates, sizeof candidates), WATCH_OK);
    cr_assert_eq(watch_scan_round(&scan, &any, NULL, NULL), WATCH_OK);
    memset(f->region.copy + 8, JUNK, PAGE - 8);
    memset(f->region.copy + PAGE + 8, JUNK, PAGE - 8);
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "");
    close_fixture(f);
}

/*
 *   pages        0       1       2       3      at 0x40800: each half in two pages of what is told
 *   absent           |-----------------|
 *   taken as such        |-------|              inward
 */
Test(watch_reader, takes_only_whole_pages_for_absent)
{
    static const bool absent[] = {false, true, true, false, false};
    struct holed *holed = open_holed(5 * PAGE, WATCH_KEEP_COPY);
    struct fixture *f = holed->f;
    struct watch_reader reader = f->region.reader;
    uint8_t bytes[4 * 4096];

    memcpy(holed->absent, absent, sizeof absent);
    reader.mapped = f->fake.bytes + 0x800;
    cr_assert_eq(watch_region(&f->region, f->fake.base + 0x800, 4 * PAGE, &reader, WATCH_KEEP_COPY, f->memory,
                              watch_region_bytes(5 * PAGE, WATCH_KEEP_COPY), f->workspace, 3 * PAGE),
                 WATCH_OK);
    memset(f->fake.bytes, 1, 5 * PAGE);
    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    for (size_t i = 0; i < 4 * PAGE; i++)
        cr_assert_eq(f->region.copy[i], i / PAGE != 1, "%zu", i);
    /* From the middle of the gap, again, over its end, and behind the region. */
    for (size_t offset = 0; offset < 4 * PAGE; offset += 1000) {
        memset(bytes, JUNK, sizeof bytes);
        cr_assert_eq(watch_read(&f->region, offset, 4 * PAGE, bytes), 4 * PAGE - offset);
        for (size_t i = 0; i < 4 * PAGE - offset; i++)
            cr_assert_eq(bytes[i], (offset + i) / PAGE != 1);
    }
    cr_assert_eq(watch_read(&f->region, 4 * PAGE, 1, bytes), 0);
    cr_assert_eq(watch_read(&f->region, PAGE, 10, bytes), 10);
    holed->absent[1] = holed->absent[2] = false; /* asked anew where it was told absent */
    cr_assert_eq(watch_read(&f->region, PAGE, 10, bytes), 10);
    cr_assert_eq(bytes[0], 1);
    holed->absent[4] = true; /* half a page at the region's end, and half a page behind another */
    cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "41800+4096");
    close_holed(holed);
}

/* Absent pages cannot be read at all here: a look ends the test. */
Test(watch_reader, never_looks_where_pages_are_absent)
{
    for (unsigned keep = WATCH_KEEP_COPY; keep <= WATCH_KEEP_HASHES; keep++) {
        struct holed *holed = open_holed(6 * PAGE, keep);
        struct fixture *f = holed->f;
        uint8_t *memory = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uint8_t bytes[3 * 4096];

        cr_assert_neq(memory, MAP_FAILED);
        memset(memory, 1, PAGE);
        holed->absent[1] = holed->absent[2] = holed->absent[5] = true;
        cr_assert_eq(mprotect(memory + PAGE, 2 * PAGE, PROT_NONE) | mprotect(memory + 5 * PAGE, PAGE, PROT_NONE), 0);
        f->region.reader.mapped = memory;
        cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
        cr_assert_eq(watch_read(&f->region, 100, sizeof bytes, bytes), sizeof bytes);
        memory[3 * PAGE] = 1;
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, keep == WATCH_KEEP_COPY ? "43000+1" : "43000+4096");
        holed->absent[3] = true; /* it was written, and given back */
        cr_assert_eq(mprotect(memory + 3 * PAGE, PAGE, PROT_NONE), 0);
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, keep == WATCH_KEEP_COPY ? "43000+1" : "43000+4096");
        cr_assert_eq(diff_with(f, NULL, true, NULL), WATCH_OK);
        EXPECT_CHANGES(f, "");
        munmap(memory, 6 * PAGE);
        close_holed(holed);
    }
}

static bool count_match(void *context, uint64_t address, const uint8_t *bytes)
{
    (void)address;
    (void)bytes;
    ++*(unsigned *)context;
    return true;
}

Test(watch_reader, sees_zeros_where_pages_are_absent)
{
    struct holed *holed = open_holed(4 * PAGE + 10, WATCH_KEEP_HASHES);
    struct fixture *f = holed->f;
    struct watch_predicate zero = {.type = WATCH_U64, .test = WATCH_EQUAL};
    uint64_t candidates[4 * 4096 / 8 / 64 + 2], at = 0, unreadable;
    unsigned count = 0;
    struct watch_search_options options = {.take = count_match, .context = &count};
    struct watch_pattern pattern;
    struct watch_scan scan;

    memset(f->fake.bytes, JUNK, f->fake.size);
    holed->absent[1] = holed->absent[2] = holed->absent[4] = true;
    cr_assert_eq(watch_snapshot(&f->region), WATCH_OK);
    cr_assert_eq(watch_scan_begin(&scan, &f->region, WATCH_U64, 8, candidates, sizeof candidates), WATCH_OK);
    cr_assert_eq(watch_scan_round(&scan, &zero, NULL, NULL), WATCH_OK);
    cr_assert_eq(scan.candidate_count, 2 * PAGE / 8 + 1);
    cr_assert(watch_scan_next(&scan, &at, &unreadable) && unreadable == f->fake.base + PAGE);
    cr_assert_eq(watch_pattern_parse("ee 00 00", 8, &pattern, NULL), WATCH_OK);
    cr_assert_eq(watch_search(&f->region, &pattern, &options, NULL), WATCH_OK);
    cr_assert_eq(count, 2); /* at the ends of pages 0 and 3 */
    memset(f->fake.bytes + PAGE, 0, 2 * PAGE); /* now they are there, and the same */
    holed->absent[1] = holed->absent[2] = false;
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "");
    f->fake.bytes[2 * PAGE] = 1;
    cr_assert_eq(diff_with(f, NULL, false, NULL), WATCH_OK);
    EXPECT_CHANGES(f, "42000+4096");
    close_holed(holed);
}
