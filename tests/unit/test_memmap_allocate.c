/* SPDX-License-Identifier: MIT */
/*
 * Early allocation against hand-drawn maps, and against a row of pages on which every place
 * is tried.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <string.h>

#include "memmap/allocate.h"
#include "model/random.h"

#define SEED     UINT64_C(0xa110c001)
#define WB       MEMMAP_WB
#define CAPACITY 40
#define ORIGIN   (MEMMAP_ORIGIN_CLAIM | 3)
#define USABLE   (UINT32_C(1) << MEMMAP_USABLE)
#define LOADER   (UINT32_C(1) << MEMMAP_LOADER_RECLAIMABLE)
#define BOOT     (UINT32_C(1) << MEMMAP_BOOT_RECLAIMABLE)

struct row {
    uint64_t first_pfn, end_pfn;
    enum memmap_kind kind;
};

struct fixture {
    struct memmap_region regions[CAPACITY + 1]; /* the last one is a guard */
    struct memmap map;
};

static void make(struct fixture *fixture, const struct row *rows, size_t count, size_t capacity)
{
    memset(fixture, 0xcc, sizeof *fixture);
    for (size_t i = 0; i < count; i++)
        fixture->regions[i] = (struct memmap_region){.first_pfn = rows[i].first_pfn,
                                                     .end_pfn = rows[i].end_pfn,
                                                     .attributes = WB,
                                                     .kind = (uint8_t)rows[i].kind,
                                                     .origin = (uint32_t)i};
    fixture->map =
        (struct memmap){.regions = fixture->regions, .count = count, .capacity = capacity};
}
#define COUNT(...)                 (sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))
#define MAKE(fixture, room, ...) \
    make(fixture, (const struct row[]){__VA_ARGS__}, COUNT(__VA_ARGS__), COUNT(__VA_ARGS__) + (room))

static void map_is(const struct fixture *fixture, const struct row *rows, size_t count)
{
    cr_assert_eq(fixture->map.count, count, "regions: %zu", fixture->map.count);
    for (size_t i = 0; i < count; i++) {
        const struct memmap_region *region = &fixture->regions[i];
        cr_assert_eq(region->first_pfn, rows[i].first_pfn, "region %zu first %lx", i,
                     region->first_pfn);
        cr_assert_eq(region->end_pfn, rows[i].end_pfn, "region %zu end %lx", i, region->end_pfn);
        cr_assert_eq(region->kind, rows[i].kind, "region %zu is %s", i,
                     memmap_kind_name(region->kind));
        cr_assert_eq(region->attributes, WB, "region %zu", i);
    }
}
#define MAP_IS(fixture, ...) \
    map_is(fixture, (const struct row[]){__VA_ARGS__}, COUNT(__VA_ARGS__))

/* Allocates; the page. */
static uint64_t allocate(struct fixture *fixture, struct memmap_want want, enum memmap_kind kind)
{
    uint64_t pfn = 0xabcd;

    cr_assert_eq(memmap_allocate(&fixture->map, &want, kind, ORIGIN, &pfn), MEMMAP_OK);
    return pfn;
}

/* Fails with this status and changes nothing. */
static void refuses(struct fixture *fixture, struct memmap_want want, enum memmap_kind kind,
                    enum memmap_status status)
{
    struct fixture before = *fixture;
    uint64_t pfn = 0xabcd;
    enum memmap_status got = memmap_allocate(&fixture->map, &want, kind, ORIGIN, &pfn);

    cr_assert_eq(got, status, "%s", memmap_status_name(got));
    cr_assert_eq(pfn, 0xabcd, "page unchanged on error");
    cr_assert_eq(memcmp(fixture, &before, sizeof before), 0, "map unchanged on error");
}

/*   |usable|mmio|-- usable --|
 *               |kk|                 the first run is too short                           */
Test(memmap_allocate, takes_the_lowest_run_that_fits)
{
    struct fixture fixture;

    MAKE(&fixture, 2, {10, 12, MEMMAP_USABLE}, {12, 14, MEMMAP_MMIO}, {14, 30, MEMMAP_USABLE});
    cr_assert_eq(allocate(&fixture, (struct memmap_want){.page_count = 3, .kinds = USABLE},
                          MEMMAP_KERNEL),
                 14);
    MAP_IS(&fixture, {10, 12, MEMMAP_USABLE}, {12, 14, MEMMAP_MMIO}, {14, 17, MEMMAP_KERNEL},
           {17, 30, MEMMAP_USABLE});
    cr_assert_eq(fixture.regions[2].origin, ORIGIN);
}

/*   |---- usable ----|
 *              |pp|        aligned to 4 below the limit 27: [20, 24)                      */
Test(memmap_allocate, takes_the_highest_aligned_run_below_the_limit)
{
    struct fixture fixture;

    MAKE(&fixture, 2, {10, 30, MEMMAP_USABLE});
    cr_assert_eq(allocate(&fixture,
                          (struct memmap_want){.page_count = 4,
                                               .align_pages = 4,
                                               .end_pfn = 27,
                                               .kinds = USABLE,
                                               .from_top = true},
                          MEMMAP_PAGE_TABLES),
                 20);
    MAP_IS(&fixture, {10, 20, MEMMAP_USABLE}, {20, 24, MEMMAP_PAGE_TABLES},
           {24, 30, MEMMAP_USABLE});
}

/*   |usable|loader|usable|
 *      |---- module ---|        one run over three regions becomes one region             */
Test(memmap_allocate, raises_a_run_that_spans_several_acceptable_kinds)
{
    struct fixture fixture;

    MAKE(&fixture, 2, {10, 14, MEMMAP_USABLE}, {14, 16, MEMMAP_LOADER_RECLAIMABLE},
         {16, 20, MEMMAP_USABLE});
    cr_assert_eq(allocate(&fixture,
                          (struct memmap_want){
                              .page_count = 7, .first_pfn = 12, .kinds = USABLE | LOADER},
                          MEMMAP_MODULE),
                 12);
    MAP_IS(&fixture, {10, 12, MEMMAP_USABLE}, {12, 19, MEMMAP_MODULE}, {19, 20, MEMMAP_USABLE});
}

Test(memmap_allocate, gives_no_page_twice_until_nothing_is_left)
{
    struct fixture fixture;
    struct memmap_want want = {.page_count = 2, .kinds = USABLE};

    MAKE(&fixture, 2, {4, 11, MEMMAP_USABLE});
    cr_assert_eq(allocate(&fixture, want, MEMMAP_STACK), 4);
    cr_assert_eq(allocate(&fixture, want, MEMMAP_STACK), 6);
    want.from_top = true;
    cr_assert_eq(allocate(&fixture, want, MEMMAP_STACK), 9);
    MAP_IS(&fixture, {4, 8, MEMMAP_STACK}, {8, 9, MEMMAP_USABLE}, {9, 11, MEMMAP_STACK});
    refuses(&fixture, want, MEMMAP_STACK, MEMMAP_NOT_FOUND);
}

/*   |b|- boot -|       page 0 by a reclaimable kind                                       */
Test(memmap_allocate, never_gives_page_0)
{
    struct fixture fixture;
    struct memmap_want want = {.page_count = 3, .kinds = BOOT};

    MAKE(&fixture, 2, {0, 3, MEMMAP_BOOT_RECLAIMABLE});
    refuses(&fixture, want, MEMMAP_KERNEL, MEMMAP_NOT_FOUND);
    want.page_count = 2;
    want.from_top = true;
    cr_assert_eq(allocate(&fixture, want, MEMMAP_KERNEL), 1);
    MAP_IS(&fixture, {0, 1, MEMMAP_BOOT_RECLAIMABLE}, {1, 3, MEMMAP_KERNEL});
    MAKE(&fixture, 2, {0, 1, MEMMAP_BOOT_RECLAIMABLE});
    refuses(&fixture, (struct memmap_want){.page_count = 1, .kinds = BOOT}, MEMMAP_KERNEL,
            MEMMAP_NOT_FOUND);
}

Test(memmap_allocate, gives_the_last_page_below_2_to_64)
{
    struct fixture fixture;

    MAKE(&fixture, 1, {PFN_END - 2, PFN_END, MEMMAP_USABLE});
    cr_assert_eq(allocate(&fixture,
                          (struct memmap_want){.page_count = 1, .kinds = USABLE, .from_top = true},
                          MEMMAP_KERNEL),
                 PFN_END - 1);
    MAP_IS(&fixture, {PFN_END - 2, PFN_END - 1, MEMMAP_USABLE}, {PFN_END - 1, PFN_END, MEMMAP_KERNEL});
}

/*   |--- usable ---|      2 cuts in the middle, 1 at an end, 0 for all of it             */
Test(memmap_allocate, says_no_room_exactly_where_the_cuts_do_not_fit)
{
    struct fixture fixture;
    struct memmap_want middle = {.page_count = 2, .first_pfn = 12, .kinds = USABLE};
    struct memmap_want end = {.page_count = 2, .kinds = USABLE};
    struct memmap_want all = {.page_count = 10, .kinds = USABLE};

    MAKE(&fixture, 1, {10, 20, MEMMAP_USABLE});
    refuses(&fixture, middle, MEMMAP_KERNEL, MEMMAP_NO_ROOM);
    allocate(&fixture, end, MEMMAP_KERNEL);
    MAKE(&fixture, 0, {10, 20, MEMMAP_USABLE});
    refuses(&fixture, end, MEMMAP_KERNEL, MEMMAP_NO_ROOM);
    allocate(&fixture, all, MEMMAP_KERNEL);
    MAP_IS(&fixture, {10, 20, MEMMAP_KERNEL});
    MAKE(&fixture, 2, {10, 20, MEMMAP_USABLE});
    allocate(&fixture, middle, MEMMAP_KERNEL);
}

Test(memmap_allocate, refuses_bad_counts_alignments_and_kinds_without_change)
{
    struct fixture fixture;
    struct memmap_want want = {.page_count = 1, .kinds = USABLE | BOOT};

    MAKE(&fixture, 2, {10, 20, MEMMAP_USABLE});
    refuses(&fixture, (struct memmap_want){.page_count = 0, .kinds = USABLE}, MEMMAP_KERNEL,
            MEMMAP_BAD_RANGE);
    refuses(&fixture, (struct memmap_want){.page_count = 1, .align_pages = 3, .kinds = USABLE},
            MEMMAP_KERNEL, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, MEMMAP_KIND_COUNT, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, (enum memmap_kind)31, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, (enum memmap_kind)32, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, (enum memmap_kind)-1, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, MEMMAP_USABLE, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, MEMMAP_LOADER_RECLAIMABLE, MEMMAP_BAD_RANGE);
    refuses(&fixture, want, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_BAD_RANGE);
    refuses(&fixture, (struct memmap_want){.page_count = 1, .kinds = UINT32_C(1) << MEMMAP_BAD},
            MEMMAP_BAD, MEMMAP_BAD_RANGE);
    refuses(&fixture, (struct memmap_want){.page_count = UINT64_MAX, .kinds = USABLE},
            MEMMAP_KERNEL, MEMMAP_NOT_FOUND);
    cr_assert_eq(allocate(&fixture, want, MEMMAP_ACPI_RECLAIMABLE), 10);
}

/* ---- the row of pages -------------------------------------------------------------------- */

#define PAGES 24
#define HOLE  (-1)

static uint64_t dice;

/* Regions of a row; every page has the same attributes. */
static void make_of_row(struct fixture *fixture, const int *kinds, size_t capacity)
{
    struct row rows[PAGES];
    size_t count = 0;

    for (int page = 0; page < PAGES; page++) {
        if (kinds[page] == HOLE)
            continue;
        if (page > 0 && kinds[page - 1] == kinds[page])
            rows[count - 1].end_pfn++;
        else
            rows[count++] = (struct row){(uint64_t)page, (uint64_t)page + 1,
                                         (enum memmap_kind)kinds[page]};
    }
    make(fixture, rows, count, capacity);
}

static bool row_fits(const int *kinds, const struct memmap_want *want, uint64_t first)
{
    uint64_t end = first + want->page_count;

    if (first == 0 || first < want->first_pfn || end > PAGES ||
        (want->end_pfn != 0 && end > want->end_pfn) ||
        (want->align_pages > 1 && first % want->align_pages != 0))
        return false;
    for (uint64_t page = first; page < end; page++)
        if (kinds[page] == HOLE || (want->kinds & UINT32_C(1) << kinds[page]) == 0)
            return false;
    return true;
}

/* The page that must be given; -1 where none. */
static int row_place(const int *kinds, const struct memmap_want *want)
{
    int place = -1;

    for (int first = 0; first < PAGES; first++)
        if (row_fits(kinds, want, (uint64_t)first) && (place < 0 || want->from_top))
            place = first;
    return place;
}

static size_t row_cuts(const int *kinds, int first, int end)
{
    return (size_t)(first > 0 && kinds[first - 1] == kinds[first]) +
           (size_t)(end < PAGES && kinds[end - 1] == kinds[end]);
}

static unsigned seen[MEMMAP_CLAIM_LOST + 1];

static void compare_round(unsigned long round)
{
    static const int paints[5] = {HOLE, MEMMAP_USABLE, MEMMAP_USABLE, MEMMAP_BOOT_RECLAIMABLE,
                                  MEMMAP_RESERVED};
    int kinds[PAGES], kind = HOLE, place;
    struct fixture fixture, expected;
    struct memmap_want want = {.page_count = 1 + random_below(&dice, 6),
                               .align_pages = random_below(&dice, 5) == 0 ? 0 : 1u << random_below(&dice, 4),
                               .first_pfn = random_below(&dice, 3) == 0 ? random_below(&dice, PAGES) : 0,
                               .end_pfn = random_below(&dice, 3) == 0 ? random_below(&dice, PAGES + 4) : 0,
                               .kinds = random_below(&dice, 2) == 0 ? USABLE : USABLE | BOOT,
                               .from_top = random_below(&dice, 2) == 0};
    enum memmap_kind to = random_below(&dice, 8) == 0 ? MEMMAP_LOADER_RECLAIMABLE : MEMMAP_KERNEL;
    enum memmap_status status, painted = MEMMAP_OK;
    uint64_t pfn = 0xabcd;
    size_t count;

    for (int page = 0; page < PAGES; page++) {
        if (random_below(&dice, 4) == 0)
            kind = paints[random_below(&dice, 5)];
        kinds[page] = page == 0 && kind == MEMMAP_USABLE ? MEMMAP_RESERVED : kind;
    }
    make_of_row(&fixture, kinds, CAPACITY);
    count = fixture.map.count;
    fixture.map.capacity = count + random_below(&dice, 3);
    expected = fixture;
    place = row_place(kinds, &want);
    if (to == MEMMAP_LOADER_RECLAIMABLE && (want.kinds & BOOT) != 0)
        painted = MEMMAP_BAD_RANGE;
    else if (place < 0)
        painted = MEMMAP_NOT_FOUND;
    else if (count + row_cuts(kinds, place, place + (int)want.page_count) > fixture.map.capacity)
        painted = MEMMAP_NO_ROOM;
    status = memmap_allocate(&fixture.map, &want, to, ORIGIN, &pfn);
    cr_assert_eq(status, painted, "round %lu: %s", round, memmap_status_name(status));
    seen[status]++;
    if (status != MEMMAP_OK) {
        expected.map.regions = fixture.regions;
        cr_assert_eq(memcmp(&fixture.map, &expected.map, sizeof fixture.map), 0);
        cr_assert_eq(memcmp(fixture.regions, expected.regions, sizeof fixture.regions), 0,
                     "round %lu: unchanged on error", round);
        cr_assert_eq(pfn, 0xabcd);
        return;
    }
    cr_assert_eq(pfn, (uint64_t)place, "round %lu: %lu, painted %d", round, pfn, place);
    for (uint64_t i = 0; i < want.page_count; i++)
        kinds[place + (int)i] = (int)to;
    make_of_row(&expected, kinds, CAPACITY);
    cr_assert_eq(memmap_check(&fixture.map, 32, NULL), MEMMAP_OK, "round %lu", round);
    cr_assert_eq(fixture.map.count, expected.map.count, "round %lu", round);
    for (size_t i = 0; i < expected.map.count; i++)
        cr_assert(fixture.regions[i].first_pfn == expected.regions[i].first_pfn &&
                      fixture.regions[i].end_pfn == expected.regions[i].end_pfn &&
                      fixture.regions[i].kind == expected.regions[i].kind,
                  "round %lu region %zu", round, i);
}

Test(memmap_allocate, gives_the_page_that_trying_every_place_gives)
{
    for (unsigned long round = 0; round < 50000; round++) {
        dice = SEED + round;
        compare_round(round);
    }
    cr_log_info("seed %#" PRIx64 ": ok %u, not found %u, no room %u, bad %u", SEED,
                seen[MEMMAP_OK], seen[MEMMAP_NOT_FOUND], seen[MEMMAP_NO_ROOM],
                seen[MEMMAP_BAD_RANGE]);
    cr_assert(seen[MEMMAP_OK] > 1000 && seen[MEMMAP_NOT_FOUND] > 1000 &&
                  seen[MEMMAP_NO_ROOM] > 1000 && seen[MEMMAP_BAD_RANGE] > 1000,
              "the rounds reach every outcome");
}
