/* SPDX-License-Identifier: MIT */
/*
 * Looking things up in a map: pages, runs, totals, names, and the check of the normal form.
 * memmap_find_run is compared with a search that tries every place on a row of pages.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <string.h>

#include "memmap/memmap.h"
#include "model/random.h"

#define SEED UINT64_C(0x9e770001)
#define WB   MEMMAP_WB

/* A region of a literal map. */
#define R(first, end, what)                                                            \
    {                                                                                  \
        .first_pfn = (first), .end_pfn = (end), .attributes = WB, .kind = (what)       \
    }

static struct memmap map_of(struct memmap_region *regions, size_t count)
{
    return (struct memmap){.regions = regions, .count = count, .capacity = count};
}

/* ---- memmap_find ----------------------------------------------------------------------- */

Test(memmap_find, names_the_region_of_every_page_and_no_region_of_a_hole)
{
    struct memmap_region regions[] = {
        R(1, 4, MEMMAP_USABLE),   R(4, 6, MEMMAP_BOOT_RECLAIMABLE), R(8, 9, MEMMAP_USABLE),
        R(11, 16, MEMMAP_KERNEL), R(16, 17, MEMMAP_MMIO),
    };
    static const char drawing[] = ".00011..2..333334...";
    struct memmap map = map_of(regions, 5);

    for (uint64_t pfn = 0; pfn < sizeof drawing - 1; pfn++) {
        size_t index = 77;
        enum memmap_status status = memmap_find(&map, pfn, &index);
        if (drawing[pfn] == '.') {
            cr_assert_eq(status, MEMMAP_NOT_FOUND, "page %lu", pfn);
            cr_assert_eq(index, 77, "page %lu: unchanged on error", pfn);
        } else {
            cr_assert_eq(status, MEMMAP_OK, "page %lu", pfn);
            cr_assert_eq(index, (size_t)(drawing[pfn] - '0'), "page %lu: region %zu", pfn, index);
        }
    }
}

Test(memmap_find, finds_nothing_in_an_empty_map)
{
    struct memmap map = {.regions = NULL, .count = 0, .capacity = 0};
    size_t index = 77;

    cr_assert_eq(memmap_find(&map, 0, &index), MEMMAP_NOT_FOUND);
    cr_assert_eq(memmap_find(&map, UINT64_MAX, &index), MEMMAP_NOT_FOUND);
    cr_assert_eq(index, 77);
}

Test(memmap_find, reaches_the_last_page_of_the_address_space_and_not_beyond)
{
    struct memmap_region regions[] = {R(0, 1, MEMMAP_RESERVED), R(PFN_END - 2, PFN_END, MEMMAP_MMIO)};
    struct memmap map = map_of(regions, 2);
    size_t index = 77;

    cr_assert_eq(memmap_find(&map, PFN_END - 3, &index), MEMMAP_NOT_FOUND);
    cr_assert_eq(memmap_find(&map, PFN_END, &index), MEMMAP_NOT_FOUND);
    cr_assert_eq(memmap_find(&map, UINT64_MAX, &index), MEMMAP_NOT_FOUND);
    cr_assert_eq(index, 77);
    cr_assert_eq(memmap_find(&map, PFN_END - 1, &index), MEMMAP_OK);
    cr_assert_eq(index, 1);
    cr_assert_eq(memmap_find(&map, 0, &index), MEMMAP_OK);
    cr_assert_eq(index, 0);
}

/*   . 0 0 . 1 1 . 2 2 ...   every count from 0 to 33: the binary search has no blind spot */
Test(memmap_find, is_right_for_every_count_of_regions)
{
    struct memmap_region regions[33];

    for (size_t i = 0; i < 33; i++)
        regions[i] = (struct memmap_region)R(3 * i + 1, 3 * i + 3, MEMMAP_USABLE);
    for (size_t count = 0; count <= 33; count++) {
        struct memmap map = map_of(regions, count);
        for (uint64_t pfn = 0; pfn < 102; pfn++) {
            size_t index = 77;
            bool covered = pfn % 3 != 0 && pfn / 3 < count;
            cr_assert_eq(memmap_find(&map, pfn, &index), covered ? MEMMAP_OK : MEMMAP_NOT_FOUND,
                         "%zu regions, page %lu", count, pfn);
            cr_assert_eq(index, covered ? pfn / 3 : 77, "%zu regions, page %lu", count, pfn);
        }
    }
}

/* ---- memmap_find_run ------------------------------------------------------------------- */

#define USABLE UINT32_C(1) /* kind 0 */
#define BOOT   UINT32_C(4) /* kind 2 */

/*
 *   page   0  2      6      10     16      20          32     40
 *          |r|usable |boot  |usable|       |usable     |kernel|
 */
static struct memmap_region run_regions[] = {
    R(0, 2, MEMMAP_RESERVED), R(2, 6, MEMMAP_USABLE),   R(6, 10, MEMMAP_BOOT_RECLAIMABLE),
    R(10, 16, MEMMAP_USABLE), R(20, 32, MEMMAP_USABLE), R(32, 40, MEMMAP_KERNEL),
};

Test(memmap_find_run, gives_the_place_drawn_for_each_want)
{
    static const struct {
        struct memmap_want want;
        enum memmap_status status;
        uint64_t pfn;
    } rows[] = {
        {{.page_count = 1, .kinds = USABLE}, MEMMAP_OK, 2},
        {{.page_count = 1, .kinds = USABLE, .from_top = true}, MEMMAP_OK, 31},
        {{.page_count = 4, .kinds = USABLE}, MEMMAP_OK, 2},
        {{.page_count = 5, .kinds = USABLE}, MEMMAP_OK, 10},
        {{.page_count = 6, .kinds = USABLE}, MEMMAP_OK, 10},
        {{.page_count = 7, .kinds = USABLE}, MEMMAP_OK, 20},
        {{.page_count = 12, .kinds = USABLE}, MEMMAP_OK, 20},
        {{.page_count = 13, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        /* across adjoining regions of both kinds: 2..16 */
        {{.page_count = 13, .kinds = USABLE | BOOT}, MEMMAP_OK, 2},
        {{.page_count = 14, .kinds = USABLE | BOOT}, MEMMAP_OK, 2},
        {{.page_count = 15, .kinds = USABLE | BOOT}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 4, .kinds = BOOT}, MEMMAP_OK, 6},
        {{.page_count = 5, .kinds = BOOT}, MEMMAP_NOT_FOUND, 0},
        /* alignment */
        {{.page_count = 1, .align_pages = 1, .kinds = USABLE}, MEMMAP_OK, 2},
        {{.page_count = 2, .align_pages = 4, .kinds = USABLE}, MEMMAP_OK, 4},
        {{.page_count = 3, .align_pages = 4, .kinds = USABLE}, MEMMAP_OK, 12},
        {{.page_count = 8, .align_pages = 8, .kinds = USABLE}, MEMMAP_OK, 24},
        {{.page_count = 9, .align_pages = 8, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 3, .align_pages = 8, .kinds = USABLE, .from_top = true}, MEMMAP_OK, 24},
        {{.page_count = 9, .align_pages = 4, .kinds = USABLE, .from_top = true}, MEMMAP_OK, 20},
        {{.page_count = 1, .align_pages = 64, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 1, .align_pages = UINT64_C(1) << 63, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        /* limits */
        {{.page_count = 1, .first_pfn = 3, .kinds = USABLE}, MEMMAP_OK, 3},
        {{.page_count = 4, .first_pfn = 3, .kinds = USABLE}, MEMMAP_OK, 10},
        {{.page_count = 2, .first_pfn = 16, .end_pfn = 22, .kinds = USABLE}, MEMMAP_OK, 20},
        {{.page_count = 3, .first_pfn = 16, .end_pfn = 22, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 2, .end_pfn = 14, .kinds = USABLE, .from_top = true}, MEMMAP_OK, 12},
        {{.page_count = 1, .first_pfn = 31, .kinds = USABLE}, MEMMAP_OK, 31},
        {{.page_count = 1, .first_pfn = 32, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 1, .end_pfn = 2, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 1, .first_pfn = 30, .end_pfn = 20, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = 1, .first_pfn = UINT64_MAX, .kinds = USABLE}, MEMMAP_NOT_FOUND, 0},
        {{.page_count = UINT64_MAX, .kinds = USABLE, .from_top = true}, MEMMAP_NOT_FOUND, 0},
        /* no kind is acceptable */
        {{.page_count = 1, .kinds = 0}, MEMMAP_NOT_FOUND, 0},
    };
    struct memmap map = map_of(run_regions, 6);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t pfn = 0xabcd;
        cr_assert_eq(memmap_find_run(&map, &rows[i].want, &pfn), rows[i].status, "row %zu", i);
        cr_assert_eq(pfn, rows[i].status == MEMMAP_OK ? rows[i].pfn : 0xabcd, "row %zu: page %lu", i,
                     pfn);
    }
}

Test(memmap_find_run, never_gives_page_0)
{
    struct memmap_region regions[] = {R(0, 4, MEMMAP_BOOT_RECLAIMABLE)};
    struct memmap map = map_of(regions, 1);
    struct memmap_want want = {.page_count = 3, .kinds = BOOT};
    uint64_t pfn = 77;

    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, 1);
    want.from_top = true;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, 1);
    want.page_count = 4;
    pfn = 77;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_NOT_FOUND);
    want.from_top = false;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_NOT_FOUND);
    cr_assert_eq(pfn, 77);
}

Test(memmap_find_run, refuses_no_pages_and_alignments_that_are_no_power_of_two)
{
    struct memmap map = map_of(run_regions, 6);
    struct memmap_want want = {.page_count = 0, .kinds = USABLE};
    uint64_t pfn = 77;

    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_BAD_RANGE);
    want = (struct memmap_want){.page_count = 1, .align_pages = 3, .kinds = USABLE};
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_BAD_RANGE);
    want.align_pages = UINT64_MAX;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_BAD_RANGE);
    cr_assert_eq(pfn, 77);
}

/*   ... |usable, to page 2^52|   byte 2^64 is no number, page 2^52 is */
Test(memmap_find_run, serves_memory_that_ends_at_2_to_64)
{
    struct memmap_region regions[] = {R(PFN_END - 10, PFN_END, MEMMAP_USABLE)};
    struct memmap map = map_of(regions, 1);
    struct memmap_want want = {.page_count = 10, .kinds = USABLE, .from_top = true};
    uint64_t pfn = 0;

    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, PFN_END - 10);
    want.page_count = 1;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, PFN_END - 1);
    want.align_pages = 8;
    want.from_top = false;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, PFN_END - 8);
    want.end_pfn = UINT64_MAX;
    want.page_count = 8;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, PFN_END - 8);
    want.page_count = 9;
    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_NOT_FOUND);
}

Test(memmap_find_run, finds_nothing_in_an_empty_map)
{
    struct memmap map = {.regions = NULL, .count = 0, .capacity = 0};
    struct memmap_want want = {.page_count = 1, .kinds = UINT32_MAX};
    uint64_t pfn = 77;

    cr_assert_eq(memmap_find_run(&map, &want, &pfn), MEMMAP_NOT_FOUND);
    cr_assert_eq(pfn, 77);
}

/* ---- the row of pages ------------------------------------------------------------------ */

#define PAGES 40

static uint64_t dice;

/* Fills pages with kinds (-1 hole) and writes them down as regions. */
static size_t random_row(int kinds[PAGES], struct memmap_region *regions)
{
    size_t count = 0;
    int kind = -1;

    for (uint32_t page = 0; page < PAGES; page++) {
        if (page == 0 || random_below(&dice, 3) == 0)
            kind = (int)random_below(&dice, 4) - 1;
        kinds[page] = page == 0 && kind == 0 ? MEMMAP_RESERVED : kind;
        if (kinds[page] < 0)
            continue;
        if (page > 0 && kinds[page] == kinds[page - 1])
            regions[count - 1].end_pfn++;
        else
            regions[count++] = (struct memmap_region)R(page, page + 1, (uint8_t)kinds[page]);
    }
    return count;
}

static bool fits(const int kinds[PAGES], const struct memmap_want *want, uint64_t first)
{
    uint64_t align = want->align_pages == 0 ? 1 : want->align_pages;

    if (first == 0 || first < want->first_pfn || first % align != 0)
        return false;
    for (uint64_t page = first; page < first + want->page_count; page++) {
        if (page >= PAGES || (want->end_pfn != 0 && page >= want->end_pfn) || kinds[page] < 0 ||
            (want->kinds >> kinds[page] & 1) == 0)
            return false;
    }
    return true;
}

Test(memmap_find_run, equals_a_search_that_tries_every_page)
{
    uint32_t found = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < 30000; round++) {
        int kinds[PAGES];
        struct memmap_region regions[PAGES];
        uint64_t expected = UINT64_MAX, pfn = UINT64_MAX;
        dice = SEED + round;
        struct memmap map = map_of(regions, random_row(kinds, regions));
        struct memmap_want want = {
            .page_count = 1 + random_below(&dice, 6),
            .align_pages = random_below(&dice, 3) == 0 ? 0 : UINT64_C(1) << random_below(&dice, 4),
            .first_pfn = random_below(&dice, 3) == 0 ? random_below(&dice, PAGES) : 0,
            .end_pfn = random_below(&dice, 3) == 0 ? random_below(&dice, PAGES) : 0,
            .kinds = random_below(&dice, 8),
            .from_top = random_below(&dice, 2) == 0,
        };
        for (uint64_t page = 0; page < PAGES; page++) {
            if (fits(kinds, &want, page) && (want.from_top || expected == UINT64_MAX))
                expected = page;
        }
        cr_assert_eq(memmap_find_run(&map, &want, &pfn),
                     expected == UINT64_MAX ? MEMMAP_NOT_FOUND : MEMMAP_OK, "round %u", round);
        cr_assert_eq(pfn, expected, "round %u: %ld, not %ld", round, (long)pfn, (long)expected);
        found += expected != UINT64_MAX;
    }
    cr_assert(found > 3000 && found < 27000, "both answers were tried: %u found", found);
}

/* ---- totals, names --------------------------------------------------------------------- */

Test(memmap_totals, adds_up_the_pages_of_each_kind)
{
    struct memmap_region regions[] = {
        R(0, 1, MEMMAP_RESERVED),    R(1, 5, MEMMAP_USABLE),   R(5, 7, MEMMAP_KERNEL),
        R(100, 110, MEMMAP_USABLE),  R(110, 113, MEMMAP_BAD),  R(PFN_END - 5, PFN_END, MEMMAP_RESERVED),
    };
    struct memmap map = map_of(regions, 6);
    uint64_t pages[MEMMAP_KIND_COUNT + 1];

    memset(pages, 0xcc, sizeof pages);
    memmap_totals(&map, pages);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        uint64_t expected = kind == MEMMAP_USABLE     ? 14
                            : kind == MEMMAP_KERNEL   ? 2
                            : kind == MEMMAP_RESERVED ? 6
                            : kind == MEMMAP_BAD      ? 3
                                                      : 0;
        cr_assert_eq(pages[kind], expected, "%s: %lu", memmap_kind_name(kind), pages[kind]);
    }
    cr_assert_eq(pages[MEMMAP_KIND_COUNT], UINT64_C(0xcccccccccccccccc));
}

Test(memmap_totals, are_all_0_for_an_empty_map)
{
    struct memmap map = {.regions = NULL, .count = 0, .capacity = 0};
    uint64_t pages[MEMMAP_KIND_COUNT];

    memset(pages, 0xcc, sizeof pages);
    memmap_totals(&map, pages);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        cr_assert_eq(pages[kind], 0);
}

Test(memmap_kind_name, is_the_printed_name_of_every_kind)
{
    static const char names[][20] = {
        "usable",         "loader-reclaimable", "boot-reclaimable", "acpi-reclaimable",
        "unaccepted",     "soft-reserved",      "persistent",       "kernel",
        "module",         "boot-info",          "page-tables",      "stack",
        "handoff",        "ap-trampoline",      "firmware-table",   "acpi-nvs",
        "runtime-code",   "runtime-data",       "mmio",             "reserved",
        "framebuffer",    "bad",
    };

    cr_assert_eq(sizeof names / sizeof names[0], MEMMAP_KIND_COUNT);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        cr_assert_str_eq(memmap_kind_name(kind), names[kind]);
    cr_assert_str_eq(memmap_kind_name(MEMMAP_KIND_COUNT), "unknown");
    cr_assert_str_eq(memmap_kind_name((enum memmap_kind)UINT32_MAX), "unknown");
}

Test(memmap_status_name, is_a_name_for_every_status)
{
    static const char names[][16] = {
        "ok",        "bad-stride", "bad-size",   "bad-claim",    "bad-width",    "no-room", "not-found",
        "bad-range", "wrong-kind", "not-normal", "not-balanced", "claim-misses", "claim-lost",
    };

    for (unsigned status = MEMMAP_OK; status <= MEMMAP_CLAIM_LOST; status++)
        cr_assert_str_eq(memmap_status_name(status), names[status]);
    cr_assert_str_eq(memmap_status_name((enum memmap_status)(MEMMAP_CLAIM_LOST + 1)), "unknown");
    cr_assert_str_eq(memmap_status_name((enum memmap_status)UINT32_MAX), "unknown");
}

/* ---- memmap_check ---------------------------------------------------------------------- */

/*   |r|usable|kernel|usable|   |usable, more reliable|usable|   and one at the width's end */
#define NORMAL_REGIONS                                                                 \
    {                                                                                  \
        R(0, 1, MEMMAP_RESERVED), R(1, 8, MEMMAP_USABLE), R(8, 10, MEMMAP_KERNEL),     \
            R(10, 20, MEMMAP_USABLE),                                                  \
            {.first_pfn = 30,                                                          \
             .end_pfn = 40,                                                            \
             .attributes = WB | MEMMAP_MORE_RELIABLE,                                  \
             .flags = MEMMAP_SHARED | MEMMAP_CONFLICT,                                 \
             .kind = MEMMAP_USABLE},                                                   \
            R(40, 50, MEMMAP_USABLE), R(0xffff0, 0x100000, MEMMAP_MMIO),               \
    }

Test(memmap_check, accepts_a_normal_map_and_an_empty_one)
{
    struct memmap_region regions[] = NORMAL_REGIONS;
    struct memmap map = map_of(regions, 7);
    struct memmap_fault fault = {.index = 77, .reason = NULL};

    cr_assert_eq(memmap_check(&map, 32, &fault), MEMMAP_OK);
    cr_assert_eq(memmap_check(&map, 64, &fault), MEMMAP_OK);
    cr_assert_eq(memmap_check(&map, 32, NULL), MEMMAP_OK);
    map.count = 0;
    cr_assert_eq(memmap_check(&map, 32, &fault), MEMMAP_OK);
    cr_assert_eq(fault.index, 77);
    cr_assert_null(fault.reason);
}

Test(memmap_check, names_the_first_offence_of_each_kind)
{
    static const struct {
        size_t index; /* of the region that is spoilt */
        struct memmap_region region;
        size_t fault_index;
        const char *reason;
    } rows[] = {
        {2, R(8, 10, MEMMAP_KIND_COUNT), 2, "unknown kind"},
        {2, R(8, 10, 255), 2, "unknown kind"},
        {2, {.first_pfn = 8, .end_pfn = 10, .kind = MEMMAP_KERNEL, .flags = 4}, 2, "unknown flags"},
        {2, {.first_pfn = 8, .end_pfn = 10, .kind = MEMMAP_KERNEL, .flags = 0x80}, 2, "unknown flags"},
        {2, {.first_pfn = 8, .end_pfn = 10, .kind = MEMMAP_KERNEL, .reserved = 1}, 2, "unknown flags"},
        {2, R(8, 8, MEMMAP_KERNEL), 2, "empty or backward region"},
        {2, R(10, 8, MEMMAP_KERNEL), 2, "empty or backward region"},
        {6, R(0xffff0, 0x100001, MEMMAP_MMIO), 6, "region beyond the physical address width"},
        {6, R(0x100000, 0x100001, MEMMAP_MMIO), 6, "region beyond the physical address width"},
        {6, R(0xffff0, UINT64_MAX, MEMMAP_MMIO), 6, "region beyond the physical address width"},
        {0, R(0, 1, MEMMAP_USABLE), 0, "page 0 is usable"},
        {2, R(7, 10, MEMMAP_KERNEL), 2, "unsorted or overlapping regions"},
        {2, R(8, 11, MEMMAP_KERNEL), 3, "unsorted or overlapping regions"},
        {2, R(60, 70, MEMMAP_KERNEL), 3, "unsorted or overlapping regions"},
        {2, R(0, 1, MEMMAP_KERNEL), 2, "unsorted or overlapping regions"},
        {2, R(8, 10, MEMMAP_USABLE), 2, "equal neighbours that are not merged"},
        {4, R(30, 40, MEMMAP_USABLE), 5, "equal neighbours that are not merged"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct memmap_region regions[] = NORMAL_REGIONS;
        struct memmap map = map_of(regions, 7);
        struct memmap_fault fault = {.index = 77, .reason = ""};
        regions[rows[i].index] = rows[i].region;
        cr_assert_eq(memmap_check(&map, 32, &fault), MEMMAP_NOT_NORMAL, "row %zu", i);
        cr_assert_eq(fault.index, rows[i].fault_index, "row %zu: index %zu", i, fault.index);
        cr_assert_str_eq(fault.reason, rows[i].reason, "row %zu: %s", i, fault.reason);
        cr_assert_eq(memmap_check(&map, 32, NULL), MEMMAP_NOT_NORMAL, "row %zu", i);
    }
}

Test(memmap_check, accepts_a_region_up_to_each_width_and_none_beyond)
{
    for (unsigned bits = 32; bits <= 64; bits++) {
        uint64_t end = UINT64_C(1) << (bits - 12);
        struct memmap_region region = R(end - 1, end, MEMMAP_USABLE);
        struct memmap map = map_of(&region, 1);
        cr_assert_eq(memmap_check(&map, bits, NULL), MEMMAP_OK, "%u bits", bits);
        region.end_pfn++;
        cr_assert_eq(memmap_check(&map, bits, NULL), MEMMAP_NOT_NORMAL, "%u bits", bits);
    }
}

Test(memmap_check, refuses_impossible_widths)
{
    static const unsigned widths[] = {0, 12, 31, 65, 76, UINT32_MAX};
    struct memmap_region regions[] = NORMAL_REGIONS;
    struct memmap map = map_of(regions, 7);
    struct memmap_fault fault = {.index = 77, .reason = NULL};

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        cr_assert_eq(memmap_check(&map, widths[i], &fault), MEMMAP_BAD_WIDTH);
    cr_assert_eq(fault.index, 77);
}
