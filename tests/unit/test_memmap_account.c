/* SPDX-License-Identifier: MIT */
/* The accounting, byte by byte, up to 2^64, and the findings of entries that say bytes. */
#include "memmap/account.h"
#include "test_memmap_engine.h"

enum { E_U = E820_USABLE, E_R = E820_RESERVED };

#define TOP (UINT64_MAX - 4095) /* the last page */

/* A size from bytes; 2^64 is no number of bytes. */
#define BYTES(bytes_) {(bytes_) / 4096, (bytes_) % 4096}
#define ALL           {UINT64_C(1) << 52, 0}

struct sums {
    struct memmap_size stated, claimed, grown, lost, clipped, dropped, output;
};

static bool size_is(struct memmap_size size, struct memmap_size expected)
{
    return size.pages == expected.pages && size.bytes == expected.bytes;
}

static void expect_sums(const struct made *made, const struct sums *expected, size_t row)
{
    const struct memmap_report *report = &made->report;
    const struct {
        const char *name;
        struct memmap_size is, expected;
    } sizes[] = {
        {"stated", report->stated, expected->stated},
        {"claimed", report->claimed, expected->claimed},
        {"grown", report->grown, expected->grown},
        {"lost", report->lost, expected->lost},
        {"clipped", report->clipped, expected->clipped},
        {"dropped", report->dropped, expected->dropped},
        {"output", report->output, expected->output},
    };

    cr_assert_eq(made->status, MEMMAP_OK);
    for (size_t i = 0; i < COUNT(sizes); i++)
        cr_assert(size_is(sizes[i].is, sizes[i].expected), "row %zu: %s is %#lx pages, %#lx bytes", row,
                  sizes[i].name, sizes[i].is.pages, sizes[i].is.bytes);
}

struct row {
    struct bytes_entry entries[4];
    size_t entry_count;
    struct memmap_claim claims[2];
    size_t claim_count;
    unsigned physical_bits;
    struct sums sums;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct made made = make_of_bytes(rows[i].entries, rows[i].entry_count, rows[i].claims,
                                         rows[i].claim_count, rows[i].physical_bits);
        expect_sums(&made, &rows[i].sums, i);
        release(&made);
    }
}

/* ---- unions of bytes ------------------------------------------------------------------------- */

/*   bytes   |    |  xx|xxxx|x   |    |      usable loses what is no whole page, the rest grows */
Test(memmap_normalize, accounts_for_rounding_to_the_byte)
{
    static const struct row rows[] = {
        {{{0x100801, 0x2000, E_U}}, 1, {{0}}, 0, 40,
         {.stated = BYTES(0x2000), .lost = BYTES(0x1000), .output = BYTES(0x1000)}},
        {{{0x100801, 0x2000, E_R}}, 1, {{0}}, 0, 40,
         {.stated = BYTES(0x2000), .grown = BYTES(0x1000), .output = BYTES(0x3000)}},
        {{{0x100001, 3, E_U}}, 1, {{0}}, 0, 40, {.stated = BYTES(3), .lost = BYTES(3)}},
        {{{0x100fff, 2, E_R}}, 1, {{0}}, 0, 40,
         {.stated = BYTES(2), .grown = BYTES(0x1ffe), .output = BYTES(0x2000)}},
        /* At the beginning: byte 0 is nobody's, or the only one. */
        {{{1, 3, E_R}}, 1, {{0}}, 0, 40, {.stated = BYTES(3), .grown = BYTES(0xffd),
                                          .output = BYTES(0x1000)}},
        {{{0, 1, E_R}}, 1, {{0}}, 0, 40, {.stated = BYTES(1), .grown = BYTES(0xfff),
                                          .output = BYTES(0x1000)}},
        {{{2, 0x1000, E_U}}, 1, {{0}}, 0, 40, {.stated = BYTES(0x1000), .lost = BYTES(0x1000)}},
        /* A byte counts once, however many say it; what one loses another may grow over. */
        {{{0x100800, 0x1000, E_U}, {0x100c00, 0x1000, E_U}}, 2, {{0}}, 0, 40,
         {.stated = BYTES(0x1400), .lost = BYTES(0x1400)}},
        {{{0x100000, 0x800, E_U}, {0x100900, 0x10, E_R}}, 2, {{0}}, 0, 40,
         {.stated = BYTES(0x810), .grown = BYTES(0x7f0), .output = BYTES(0x1000)}},
        {{{0x100000, 1, E_R}, {0x100000, 1, E_R}, {0x100001, 1, E_R}}, 3, {{0}}, 0, 40,
         {.stated = BYTES(2), .grown = BYTES(0xffe), .output = BYTES(0x1000)}},
        /* Sums of remainders make pages. */
        {{{0x100000, 0x1800, E_U}, {0x200000, 0x1800, E_U}, {0x300000, 0x1800, E_U}}, 3, {{0}}, 0, 40,
         {.stated = BYTES(0x4800), .lost = BYTES(0x1800), .output = BYTES(0x3000)}},
    };

    expect_rows(rows, COUNT(rows));
}

/*   reserved   |   xxx |            a claim adds what no entry says and no entry grew over;
 *   claim      |-------|-------|    it keeps what an entry would have lost                  */
Test(memmap_normalize, accounts_for_claims_beside_entries_of_bytes)
{
    static const struct row rows[] = {
        {{{0x100400, 0x800, E_R}}, 1, {{.first_pfn = 0x100, .end_pfn = 0x102,
                                        .kind = MEMMAP_KERNEL}}, 1, 40,
         {.stated = BYTES(0x800), .grown = BYTES(0x800), .claimed = BYTES(0x1000),
          .output = BYTES(0x2000)}},
        {{{0x100400, 0x800, E_U}}, 1, {{.first_pfn = 0x100, .end_pfn = 0x102,
                                        .kind = MEMMAP_KERNEL}}, 1, 40,
         {.stated = BYTES(0x800), .claimed = BYTES(0x1800), .output = BYTES(0x2000)}},
        {{{0x100400, 0x800, E_U}}, 1,
         {{.first_pfn = 0, .end_pfn = 1, .kind = MEMMAP_KERNEL},
          {.first_pfn = 0xfffffff, .end_pfn = 0x10000000, .kind = MEMMAP_KERNEL}}, 2, 40,
         {.stated = BYTES(0x800), .lost = BYTES(0x800), .claimed = BYTES(0x2000),
          .output = BYTES(0x2000)}},
    };

    expect_rows(rows, COUNT(rows));
}

/* ---- the address width ----------------------------------------------------------------------- */

/*   width 2^32   ....x|x....      the last byte inside, and the first one beyond             */
Test(memmap_normalize, divides_bytes_at_the_address_width)
{
    const uint64_t width = UINT64_C(1) << 32;
    const struct row rows[] = {
        {{{width - 1, 1, E_U}}, 1, {{0}}, 0, 32, {.stated = BYTES(1), .lost = BYTES(1)}},
        {{{width - 1, 2, E_U}}, 1, {{0}}, 0, 32, {.stated = BYTES(2), .lost = BYTES(1),
                                                  .clipped = BYTES(1)}},
        {{{width, 1, E_U}}, 1, {{0}}, 0, 32, {.stated = BYTES(1), .clipped = BYTES(1)}},
        {{{width - 1, 1, E_R}}, 1, {{0}}, 0, 32,
         {.stated = BYTES(1), .grown = BYTES(0xfff), .output = BYTES(0x1000)}},
        {{{width - 1, 2, E_R}}, 1, {{0}}, 0, 32,
         {.stated = BYTES(2), .grown = BYTES(0xfff), .clipped = BYTES(1), .output = BYTES(0x1000)}},
        {{{width - 0x1800, 0x3801, E_U}}, 1, {{0}}, 0, 32,
         {.stated = BYTES(0x3801), .lost = BYTES(0x800), .clipped = BYTES(0x2001),
          .output = BYTES(0x1000)}},
        /* Whole pages, clipped. */
        {{{width - 0x2000, 0x5000, E_R}}, 1, {{0}}, 0, 32,
         {.stated = BYTES(0x5000), .clipped = BYTES(0x3000), .output = BYTES(0x2000)}},
    };

    expect_rows(rows, COUNT(rows));
}

/*   ...|..xx|        ends at the width, begins inside a page: rounded, but not beyond the width
 *   ...|..xx|x       one byte more                                                           */
Test(memmap_normalize, tells_the_last_byte_of_the_width_from_the_first_beyond)
{
    static const unsigned widths[] = {32, 48, 64};

    for (size_t i = 0; i < COUNT(widths); i++) {
        uint64_t last = (UINT64_MAX >> (64 - widths[i])) - 0x7ff;
        const struct bytes_entry inside = {last, 0x800, E_R}, beyond = {last, 0x801, E_R};
        struct made made = make_of_bytes(&inside, 1, NULL, 0, widths[i]);
        expect_finding(&made, MEMMAP_MISALIGNED, 1, 0);
        expect_finding(&made, MEMMAP_BEYOND_WIDTH, 0, 0);
        release(&made);
        made = make_of_bytes(&beyond, 1, NULL, 0, widths[i]);
        expect_finding(&made, MEMMAP_BEYOND_WIDTH, widths[i] < 64, 0);
        expect_finding(&made, MEMMAP_WRAPPING, widths[i] == 64, 0);
        release(&made);
    }
}

/* A byte that only an entry beyond 2^64 says is dropped; above the width it is clipped all the same. */
Test(memmap_normalize, accounts_for_what_dropped_entries_said)
{
    const struct row rows[] = {
        {{{TOP, 0x1001, E_R}}, 1, {{0}}, 0, 64, {.stated = BYTES(0x1000), .dropped = BYTES(0x1000)}},
        {{{TOP + 7, UINT64_MAX, E_R}}, 1, {{0}}, 0, 64, {.stated = BYTES(0xff9),
                                                         .dropped = BYTES(0xff9)}},
        /* An accepted entry says part of it: that is in the map, or lost. */
        {{{TOP, 0x1001, E_R}, {TOP + 0x800, 0x800, E_R}}, 2, {{0}}, 0, 64,
         {.stated = BYTES(0x1000), .output = BYTES(0x1000)}},
        {{{TOP, 0x1001, E_R}, {TOP + 0x400, 0x300, E_U}}, 2, {{0}}, 0, 64,
         {.stated = BYTES(0x1000), .lost = BYTES(0x300), .dropped = BYTES(0xd00)}},
        /* A claim keeps it. */
        {{{TOP - 0x1000, 0x2001, E_R}}, 1,
         {{.first_pfn = PFN_END - 1, .end_pfn = PFN_END, .kind = MEMMAP_KERNEL}}, 1, 64,
         {.stated = BYTES(0x2000), .dropped = BYTES(0x1000), .output = BYTES(0x1000)}},
        {{{0xfffff800, UINT64_MAX, E_R}}, 1, {{0}}, 0, 32,
         {.stated = BYTES(UINT64_MAX - 0xfffff800 + 1), .dropped = BYTES(0x800),
          .clipped = BYTES(UINT64_MAX - 0xffffffff)}},
    };

    expect_rows(rows, COUNT(rows));
}

/* ---- the end of the address space ------------------------------------------------------------ */

/*   |.... all of it ....|xx|2^64      sums of 2^64 bytes, and the last byte, counted once    */
Test(memmap_normalize, accounts_up_to_the_last_byte_of_the_address_space)
{
    const struct memmap_size all_but_one_byte = {(UINT64_C(1) << 52) - 1, 0xfff};
    const struct row rows[] = {
        {{{TOP + 0x800, 0x800, E_R}}, 1, {{0}}, 0, 64,
         {.stated = BYTES(0x800), .grown = BYTES(0x800), .output = BYTES(0x1000)}},
        {{{TOP - 0x800, 0x1800, E_U}}, 1, {{0}}, 0, 64,
         {.stated = BYTES(0x1800), .lost = BYTES(0x800), .output = BYTES(0x1000)}},
        {{{TOP + 0x800, 0x800, E_R}, {TOP + 0xfff, 1, E_R}, {TOP + 0x900, 0x700, E_U}}, 3, {{0}}, 0, 64,
         {.stated = BYTES(0x800), .grown = BYTES(0x800), .output = BYTES(0x1000)}},
        {{{0, UINT64_MAX, E_R}}, 1, {{0}}, 0, 64, {.stated = all_but_one_byte, .grown = BYTES(1),
                                                   .output = ALL}},
        {{{0, UINT64_MAX, E_R}, {UINT64_MAX, 1, E_R}}, 2, {{0}}, 0, 64, {.stated = ALL, .output = ALL}},
        {{{0, UINT64_MAX, E_U}, {UINT64_MAX, 1, E_U}}, 2, {{0}}, 0, 64,
         {.stated = ALL, .lost = BYTES(0x1000), .output = {(UINT64_C(1) << 52) - 1, 0}}},
        {{{1, UINT64_MAX, E_R}}, 1, {{0}}, 0, 64, {.stated = all_but_one_byte, .grown = BYTES(1),
                                                   .output = ALL}},
        {{{1, UINT64_MAX, E_R}}, 1, {{.first_pfn = 0, .end_pfn = PFN_END, .kind = MEMMAP_BAD}}, 1, 64,
         {.stated = all_but_one_byte, .grown = BYTES(1), .output = ALL}},
        {{{2, UINT64_MAX, E_R}}, 1, {{.first_pfn = 0, .end_pfn = PFN_END, .kind = MEMMAP_BAD}}, 1, 64,
         {.stated = {(UINT64_C(1) << 52) - 1, 0xffe}, .claimed = BYTES(2), .output = ALL}},
    };

    expect_rows(rows, COUNT(rows));
}

/* UEFI's page counts can say more than 2^64 bytes from 0 on. */
Test(memmap_normalize, accounts_for_a_dropped_entry_from_0_on)
{
    uint8_t table[96] = {0};
    struct memmap_source source;
    struct made made;
    const struct sums expected = {.stated = ALL, .lost = {1, 0},
                                  .dropped = {(UINT64_C(1) << 52) - 1, 0}};

    store_le32(table, 7);
    store_le64(table + 24, (UINT64_C(1) << 52) + 1);
    store_le64(table + 32, WB);
    store_le32(table + 48, 7);
    store_le64(table + 56, 1);
    store_le64(table + 72, 1);
    store_le64(table + 80, WB);
    cr_assert_eq(memmap_source_uefi(&source, table, sizeof table, 48), MEMMAP_OK);
    made = make(&source, NULL, 0, 64);
    expect_sums(&made, &expected, 0);
    expect_finding(&made, MEMMAP_WRAPPING, 1, 0);
    expect_finding(&made, MEMMAP_MISALIGNED, 1, 1);
    release(&made);
}

/* ---- pages that entries share ---------------------------------------------------------------- */

/* How many entries begin inside a page in which another ended before, and which is the first. */
Test(memmap_normalize, counts_entries_that_begin_in_a_page_in_which_another_ended)
{
    static const struct {
        struct bytes_entry entries[4];
        size_t count;
        uint32_t shared, first;
    } rows[] = {
        /* Bytes that touch, or with a gap; in either order of the list. */
        {{{0x9f000, 0xc00, E_U}, {0x9fc00, 0x400, E_R}}, 2, 1, 1},
        {{{0x9f000, 0x400, E_R}, {0x9f800, 0x400, E_R}}, 2, 1, 1},
        {{{0x9fc00, 0x400, E_R}, {0x9f000, 0xc00, E_U}}, 2, 1, 0},
        {{{0x9f000, 0xffe, E_R}, {0x9ffff, 1, E_R}}, 2, 1, 1},
        {{{0, 1, E_R}, {1, 1, E_R}}, 2, 1, 1},
        /* Three in a page, and three that touch in a row over pages. */
        {{{0x9f000, 1, E_R}, {0x9f001, 1, E_R}, {0x9f002, 1, E_R}}, 3, 2, 1},
        {{{0x9e000, 0x1800, E_R}, {0x9f800, 0x1000, E_R}, {0xa0800, 0x1000, E_R}}, 3, 2, 1},
        /* Whole pages, not across pages, bytes in common, the first bytes of a page. */
        {{{0x9f000, 0x1000, E_R}, {0xa0000, 0x800, E_R}}, 2, 0, 0},
        {{{0x9f000, 0x800, E_R}, {0xa0000, 0x800, E_R}}, 2, 0, 0},
        {{{0x9f000, 0xc01, E_R}, {0x9fc00, 0x400, E_R}}, 2, 0, 0},
        {{{0x9f000, 1, E_R}, {0x9f000, 1, E_R}}, 2, 0, 0},
        {{{0x9f800, 0x400, E_R}, {0x9f000, 0x2000, E_R}}, 2, 0, 0},
        {{{0x10, 0x10, E_R}}, 1, 0, 0},
        /* One that goes on over it does not matter; nor what is dropped, empty or rounded away. */
        {{{0x9f000, 0x400, E_R}, {0x9f000, 0x2000, E_R}, {0x9f800, 0x100, E_R}}, 3, 1, 2},
        {{{0x9f000, 0x400, E_U}, {0x9f800, 0x100, E_U}}, 2, 1, 1},
        {{{0x9f000, 0x400, E_R}, {0x9f800, 0, E_R}, {0x9f900, UINT64_MAX, E_R}}, 3, 0, 0},
        {{{0x9f001, UINT64_MAX, E_R}, {TOP + 0x10, 0x10, E_R}, {TOP + 0x30, 0x10, E_R}}, 3, 1, 2},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made = make_of_bytes(rows[i].entries, rows[i].count, NULL, 0, 64);
        cr_assert_eq(made.report.counts[MEMMAP_SHARED_PAGE], rows[i].shared, "row %zu: %u", i,
                     made.report.counts[MEMMAP_SHARED_PAGE]);
        expect_finding(&made, MEMMAP_SHARED_PAGE, rows[i].shared, rows[i].first);
        release(&made);
    }
}

/*   reserved   |xx  |        a claim, and the pages that an entry grew to, begin and end on bounds
 *   claim      |----|                                                                       */
Test(memmap_normalize, counts_no_claim_that_shares_a_page)
{
    static const struct bytes_entry entry = {0x100000, 0x800, E_R};
    static const struct memmap_claim claim = {.first_pfn = 0x100, .end_pfn = 0x101, .kind = MEMMAP_BAD};
    struct made made = make_of_bytes(&entry, 1, &claim, 1, 40);

    expect_finding(&made, MEMMAP_SHARED_PAGE, 0, 0);
    release(&made);
}

/* ---- entries that say the same --------------------------------------------------------------- */

Test(memmap_normalize, counts_duplicates_among_entries_that_are_rounded_clipped_or_dropped)
{
    static const struct {
        struct bytes_entry entries[4];
        size_t count;
        uint32_t duplicates, first;
    } rows[] = {
        {{{0x100800, 0x1000, E_R}, {0x100800, 0x1000, E_R}}, 2, 1, 1},
        {{{0x100800, 0x1000, E_R}, {0x200000, 0x1000, E_R}, {0x100800, 0x1000, E_R},
          {0x100800, 0x1000, E_R}}, 4, 2, 2},
        {{{0x100800, 0x1000, E_R}, {0x100800, 0x1000, E_U}}, 2, 0, 0},
        {{{0x100800, 0x1000, E_R}, {0x100801, 0x1000, E_R}}, 2, 0, 0},
        {{{0x100800, 0x1000, E_R}, {0x100800, 0x1001, E_R}}, 2, 0, 0},
        /* Usable memory without a whole page. */
        {{{0x100801, 1, E_U}, {0x100801, 1, E_U}}, 2, 1, 1},
        {{{0x100801, 1, E_U}, {0x100802, 1, E_U}}, 2, 0, 0},
        /* Over the width of 2^40, and beyond it. */
        {{{0xfffffff000, 0x2000, E_R}, {0xfffffff000, 0x2000, E_R}}, 2, 1, 1},
        {{{0xfffffff000, 0x2000, E_R}, {0xfffffff000, 0x3000, E_R}}, 2, 0, 0},
        {{{0x10000000000, 0x2000, E_R}, {0x10000000000, 0x2000, E_R}}, 2, 1, 1},
        /* Beyond 2^64. */
        {{{TOP, 0x2000, E_R}, {TOP, 0x2000, E_R}, {TOP, 0x2000, E_U}}, 3, 1, 1},
        {{{TOP, 0x2000, E_R}, {TOP, 0x3000, E_R}}, 2, 0, 0},
        {{{TOP, 0x2000, E_R}, {TOP, 0x2001, E_R}}, 2, 0, 0},
        {{{TOP, 0x2000, E_R}, {TOP + 1, 0x2000, E_R}}, 2, 0, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made = make_of_bytes(rows[i].entries, rows[i].count, NULL, 0, 40);
        cr_assert_eq(made.report.counts[MEMMAP_DUPLICATE], rows[i].duplicates, "row %zu: %u", i,
                     made.report.counts[MEMMAP_DUPLICATE]);
        expect_finding(&made, MEMMAP_DUPLICATE, rows[i].duplicates, rows[i].first);
        release(&made);
    }
}

/* Of entries of whole pages: every other word of what they say makes a difference, no claim does. */
Test(memmap_normalize, counts_duplicates_among_entries_of_whole_pages)
{
    static const struct memmap_region entries[] = {
        PAGES(0x100, 0x102, MEMMAP_RESERVED, WB), PAGES(0x100, 0x103, MEMMAP_RESERVED, WB),
        PAGES(0x100, 0x102, MEMMAP_RESERVED, UC), PAGES(0x100, 0x102, MEMMAP_USABLE, WB),
        PAGES(0x101, 0x102, MEMMAP_RESERVED, WB), PAGES(0x100, 0x102, MEMMAP_RESERVED, UC),
    };
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x100, .end_pfn = 0x102, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x100, .end_pfn = 0x102, .kind = MEMMAP_RESERVED},
    };
    struct made made = make_of_pages(entries, COUNT(entries), claims, COUNT(claims), 40);

    expect_finding(&made, MEMMAP_DUPLICATE, 1, 5);
    release(&made);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

Test(memmap_size_add, carries_bytes_into_pages)
{
    static const struct {
        struct memmap_size size;
        uint64_t pages, bytes;
        struct memmap_size sum;
    } rows[] = {
        {{0, 0}, 0, 0, {0, 0}},       {{0, 0}, 0, 4095, {0, 4095}}, {{0, 0}, 0, 4096, {1, 0}},
        {{2, 4095}, 3, 1, {6, 0}},    {{2, 4095}, 3, 2, {6, 1}},    {{2, 4095}, 0, 4096, {3, 4095}},
        {{1, 1}, 0, 12287, {4, 0}},   {{0, 4095}, (UINT64_C(1) << 52) - 1, 1, {UINT64_C(1) << 52, 0}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memmap_size size = rows[i].size;
        memmap_size_add(&size, rows[i].pages, rows[i].bytes);
        cr_assert(size_is(size, rows[i].sum), "row %zu: %lu pages, %lu bytes", i, size.pages,
                  size.bytes);
    }
}

/* output = stated + claimed + grown - lost - clipped - dropped: each by itself, and all. */
Test(memmap_report_balances, weighs_every_sum)
{
    static const struct memmap_size three_and_a_bit = {3, 0xabc};
    struct memmap_report report;
    struct memmap_size *const left[] = {&report.output, &report.lost, &report.clipped, &report.dropped};
    struct memmap_size *const right[] = {&report.stated, &report.claimed, &report.grown};

    for (size_t i = 0; i < COUNT(left); i++)
        for (size_t k = 0; k < COUNT(right); k++) {
            memset(&report, 0, sizeof report);
            *left[i] = three_and_a_bit;
            cr_assert_not(memmap_report_balances(&report), "%zu", i);
            *right[k] = three_and_a_bit;
            cr_assert(memmap_report_balances(&report), "%zu, %zu", i, k);
            right[k]->bytes++;
            cr_assert_not(memmap_report_balances(&report), "%zu, %zu", i, k);
        }
    report = (struct memmap_report){.output = {1, 1}, .lost = {2, 0xfff}, .clipped = {3, 0xfff},
                                    .dropped = {4, 1},
                                    .stated = {5, 0xfff}, .claimed = {6, 0}, .grown = {0, 1}};
    cr_assert(memmap_report_balances(&report));
}
