/* SPDX-License-Identifier: MIT */
/* Reserve and release against hand-drawn maps. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_memmap_edit.h"

#define WB       MEMMAP_WB
#define CAPACITY 16
#define ORIGIN   (MEMMAP_ORIGIN_CLAIM | 5)

struct expected {
    uint64_t first_pfn, end_pfn;
    enum memmap_kind kind;
    uint64_t attributes;
};

struct fixture {
    struct memmap_region regions[CAPACITY + 1]; /* the last one is a guard */
    struct memmap map;
};

static void make(struct fixture *fixture, const struct expected *rows, size_t count)
{
    memset(fixture, 0xcc, sizeof *fixture);
    for (size_t i = 0; i < count; i++)
        fixture->regions[i] = (struct memmap_region){.first_pfn = rows[i].first_pfn,
                                                     .end_pfn = rows[i].end_pfn,
                                                     .attributes = rows[i].attributes,
                                                     .kind = (uint8_t)rows[i].kind,
                                                     .origin = (uint32_t)i};
    fixture->map =
        (struct memmap){.regions = fixture->regions, .count = count, .capacity = CAPACITY};
}
#define MAKE(fixture, ...)                                                             \
    make(fixture, (const struct expected[]){__VA_ARGS__},                              \
         sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

static void map_is(const struct fixture *fixture, const struct expected *rows, size_t count)
{
    cr_assert_eq(fixture->map.count, count, "regions: %zu", fixture->map.count);
    for (size_t i = 0; i < count; i++) {
        const struct memmap_region *region = &fixture->regions[i];
        cr_assert_eq(region->first_pfn, rows[i].first_pfn, "region %zu first %lx", i,
                     region->first_pfn);
        cr_assert_eq(region->end_pfn, rows[i].end_pfn, "region %zu end %lx", i, region->end_pfn);
        cr_assert_eq(region->kind, rows[i].kind, "region %zu is %s", i,
                     memmap_kind_name(region->kind));
        cr_assert_eq(region->attributes, rows[i].attributes, "region %zu attributes %lx", i,
                     region->attributes);
    }
    for (size_t i = 0; i < sizeof(struct memmap_region); i++)
        cr_assert_eq(((const uint8_t *)&fixture->regions[CAPACITY])[i], 0xcc, "the guard");
}
#define MAP_IS(fixture, ...)                                                           \
    map_is(fixture, (const struct expected[]){__VA_ARGS__},                            \
           sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

#define IS_UNCHANGED(fixture, before)                                                  \
    cr_assert_eq(memcmp((fixture), (before), sizeof *(before)), 0, "unchanged on error")

/* Reserves; how many pages stayed. */
static uint64_t reserve(struct fixture *fixture, uint64_t first, uint64_t end, enum memmap_kind kind)
{
    uint64_t kept = 0xabcd;

    cr_assert_eq(memmap_reserve(&fixture->map, first, end, kind, ORIGIN, &kept), MEMMAP_OK);
    return kept;
}

/* ---- memmap_reserve -------------------------------------------------------------------- */

/*   usable   |-----------|
 *   reserve     |k k|                                                                     */
Test(memmap_reserve, cuts_a_region_in_three)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB});
    cr_assert_eq(reserve(&fixture, 13, 15, MEMMAP_KERNEL), 0);
    MAP_IS(&fixture, {10, 13, MEMMAP_USABLE, WB}, {13, 15, MEMMAP_KERNEL, WB},
           {15, 20, MEMMAP_USABLE, WB});
    cr_assert_eq(fixture.regions[1].origin, ORIGIN);
    cr_assert_eq(fixture.regions[1].flags & MEMMAP_SHARED, MEMMAP_SHARED);
    cr_assert_eq(fixture.regions[0].origin, 0);
    cr_assert_eq(fixture.regions[2].origin, 0);
}

/*   |--usable--|     at the beginning, at the end, and all of it                         */
Test(memmap_reserve, cuts_only_where_a_region_goes_on)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB});
    reserve(&fixture, 10, 12, MEMMAP_KERNEL);
    MAP_IS(&fixture, {10, 12, MEMMAP_KERNEL, WB}, {12, 20, MEMMAP_USABLE, WB});
    reserve(&fixture, 18, 20, MEMMAP_MODULE);
    MAP_IS(&fixture, {10, 12, MEMMAP_KERNEL, WB}, {12, 18, MEMMAP_USABLE, WB},
           {18, 20, MEMMAP_MODULE, WB});
    reserve(&fixture, 12, 18, MEMMAP_STACK);
    MAP_IS(&fixture, {10, 12, MEMMAP_KERNEL, WB}, {12, 18, MEMMAP_STACK, WB},
           {18, 20, MEMMAP_MODULE, WB});
}

/*   |usable |boot  |mmio|  hole  |usable |runtime|usable|
 *       |--------------- reserve module -------------|      2 + 3 higher pages stay     */
Test(memmap_reserve, raises_across_regions_keeps_higher_kinds_and_leaves_holes)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 24, MEMMAP_BOOT_RECLAIMABLE, WB},
         {24, 26, MEMMAP_MMIO, 0}, {30, 40, MEMMAP_USABLE, WB},
         {40, 43, MEMMAP_RUNTIME_CODE, WB | MEMMAP_RUNTIME}, {43, 50, MEMMAP_USABLE, WB});
    cr_assert_eq(reserve(&fixture, 15, 45, MEMMAP_MODULE), 5);
    MAP_IS(&fixture, {10, 15, MEMMAP_USABLE, WB}, {15, 24, MEMMAP_MODULE, WB},
           {24, 26, MEMMAP_MMIO, 0}, {30, 40, MEMMAP_MODULE, WB},
           {40, 43, MEMMAP_RUNTIME_CODE, WB | MEMMAP_RUNTIME}, {43, 45, MEMMAP_MODULE, WB},
           {45, 50, MEMMAP_USABLE, WB});
}

/*   |usable |mmio    |     only the part inside the range counts                          */
Test(memmap_reserve, counts_only_the_kept_pages_inside_the_range)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 40, MEMMAP_MMIO, 0});
    cr_assert_eq(reserve(&fixture, 19, 23, MEMMAP_KERNEL), 3);
    MAP_IS(&fixture, {10, 19, MEMMAP_USABLE, WB}, {19, 20, MEMMAP_KERNEL, WB},
           {20, 40, MEMMAP_MMIO, 0});
    cr_assert_eq(reserve(&fixture, 25, 30, MEMMAP_KERNEL), 5);
    cr_assert_eq(reserve(&fixture, 25, 30, MEMMAP_MMIO), 0, "an equal kind is not kept, it is so");
    MAP_IS(&fixture, {10, 19, MEMMAP_USABLE, WB}, {19, 20, MEMMAP_KERNEL, WB},
           {20, 40, MEMMAP_MMIO, 0});
}

/*   |reserved|usable|reserved|  ->  |reserved             |                               */
Test(memmap_reserve, merges_with_equal_neighbours_on_both_sides)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_RESERVED, WB}, {20, 30, MEMMAP_USABLE, WB},
         {30, 40, MEMMAP_RESERVED, WB}, {40, 50, MEMMAP_RESERVED, 0});
    reserve(&fixture, 20, 30, MEMMAP_RESERVED);
    MAP_IS(&fixture, {10, 40, MEMMAP_RESERVED, WB}, {40, 50, MEMMAP_RESERVED, 0});
    cr_assert_eq(fixture.regions[0].origin, 0);
    cr_assert_eq(fixture.regions[0].flags & MEMMAP_SHARED, MEMMAP_SHARED);
}

Test(memmap_reserve, keeps_attributes_and_does_not_merge_where_they_differ)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 30, MEMMAP_USABLE, WB | MEMMAP_MORE_RELIABLE});
    reserve(&fixture, 15, 25, MEMMAP_KERNEL);
    MAP_IS(&fixture, {10, 15, MEMMAP_USABLE, WB}, {15, 20, MEMMAP_KERNEL, WB},
           {20, 25, MEMMAP_KERNEL, WB | MEMMAP_MORE_RELIABLE},
           {25, 30, MEMMAP_USABLE, WB | MEMMAP_MORE_RELIABLE});
}

Test(memmap_reserve, does_nothing_to_holes_and_empty_maps)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {30, 40, MEMMAP_USABLE, WB});
    cr_assert_eq(reserve(&fixture, 20, 30, MEMMAP_BAD), 0);
    cr_assert_eq(reserve(&fixture, 0, 10, MEMMAP_BAD), 0);
    cr_assert_eq(reserve(&fixture, 40, PFN_END, MEMMAP_BAD), 0);
    MAP_IS(&fixture, {10, 20, MEMMAP_USABLE, WB}, {30, 40, MEMMAP_USABLE, WB});
    fixture.map.count = 0;
    cr_assert_eq(reserve(&fixture, 0, PFN_END, MEMMAP_BAD), 0);
    cr_assert_eq(fixture.map.count, 0);
}

Test(memmap_reserve, works_up_to_page_2_to_52)
{
    struct fixture fixture;

    MAKE(&fixture, {PFN_END - 4, PFN_END, MEMMAP_USABLE, WB});
    reserve(&fixture, PFN_END - 1, PFN_END, MEMMAP_BAD);
    MAP_IS(&fixture, {PFN_END - 4, PFN_END - 1, MEMMAP_USABLE, WB},
           {PFN_END - 1, PFN_END, MEMMAP_BAD, WB});
}

/*   |-- usable --|   two cuts need two places, one cut one, none none                     */
Test(memmap_reserve, says_no_room_exactly_where_the_cuts_do_not_fit)
{
    static const struct {
        uint64_t first, end;
        size_t cuts;
    } rows[] = {{12, 14, 2}, {10, 14, 1}, {12, 20, 1}, {10, 20, 0}, {5, 25, 0}, {12, 25, 1}, {5, 12, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture, before;
        uint64_t kept = 77;
        MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB});
        for (size_t room = 0; room < rows[i].cuts; room++) {
            fixture.map.capacity = 1 + room;
            before = fixture;
            cr_assert_eq(memmap_reserve(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL,
                                        ORIGIN, &kept),
                         MEMMAP_NO_ROOM, "row %zu, room %zu", i, room);
            IS_UNCHANGED(&fixture, &before);
            cr_assert_eq(kept, 77);
        }
        fixture.map.capacity = 1 + rows[i].cuts;
        cr_assert_eq(memmap_reserve(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL, ORIGIN,
                                    &kept),
                     MEMMAP_OK, "row %zu", i);
        cr_assert_eq(fixture.map.count, 1 + rows[i].cuts);
    }
}

Test(memmap_reserve, refuses_bad_ranges_and_kinds_without_change)
{
    static const struct {
        uint64_t first, end;
        unsigned kind;
    } rows[] = {
        {12, 12, MEMMAP_KERNEL},          {14, 12, MEMMAP_KERNEL},    {0, 0, MEMMAP_KERNEL},
        {12, PFN_END + 1, MEMMAP_KERNEL}, {12, UINT64_MAX, MEMMAP_KERNEL},
        {12, 14, MEMMAP_KIND_COUNT},      {12, 14, UINT32_MAX},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture, before;
        uint64_t kept = 77;
        MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB});
        before = fixture;
        cr_assert_eq(memmap_reserve(&fixture.map, rows[i].first, rows[i].end,
                                    (enum memmap_kind)rows[i].kind, ORIGIN, &kept),
                     MEMMAP_BAD_RANGE, "row %zu", i);
        IS_UNCHANGED(&fixture, &before);
        cr_assert_eq(kept, 77);
    }
}

/* ---- memmap_release -------------------------------------------------------------------- */

/*   |usable|kernel      |usable|   the middle, then the rest: all one again               */
Test(memmap_release, lowers_a_part_and_merges_when_the_rest_follows)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 30, MEMMAP_KERNEL, WB},
         {30, 40, MEMMAP_USABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 24, 26, MEMMAP_KERNEL, MEMMAP_USABLE), MEMMAP_OK);
    MAP_IS(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 24, MEMMAP_KERNEL, WB},
           {24, 26, MEMMAP_USABLE, WB}, {26, 30, MEMMAP_KERNEL, WB}, {30, 40, MEMMAP_USABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 20, 24, MEMMAP_KERNEL, MEMMAP_USABLE), MEMMAP_OK);
    MAP_IS(&fixture, {10, 26, MEMMAP_USABLE, WB}, {26, 30, MEMMAP_KERNEL, WB},
           {30, 40, MEMMAP_USABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 26, 30, MEMMAP_KERNEL, MEMMAP_USABLE), MEMMAP_OK);
    MAP_IS(&fixture, {10, 40, MEMMAP_USABLE, WB});
}

/*   |kernel WB|kernel WB UC|   one range over two regions of the kind                     */
Test(memmap_release, spans_regions_that_differ_in_attributes)
{
    struct fixture fixture;

    MAKE(&fixture, {10, 20, MEMMAP_KERNEL, WB}, {20, 30, MEMMAP_KERNEL, WB | MEMMAP_UC});
    cr_assert_eq(memmap_release(&fixture.map, 15, 25, MEMMAP_KERNEL, MEMMAP_LOADER_RECLAIMABLE),
                 MEMMAP_OK);
    MAP_IS(&fixture, {10, 15, MEMMAP_KERNEL, WB}, {15, 20, MEMMAP_LOADER_RECLAIMABLE, WB},
           {20, 25, MEMMAP_LOADER_RECLAIMABLE, WB | MEMMAP_UC},
           {25, 30, MEMMAP_KERNEL, WB | MEMMAP_UC});
}

Test(memmap_release, allows_claims_and_reclaim_stages_and_no_other_kind)
{
    for (unsigned kind = 0; kind <= MEMMAP_KIND_COUNT; kind++) {
        struct fixture fixture, before;
        uint64_t pages = 77;
        MAKE(&fixture, {10, 20, (enum memmap_kind)kind, WB});
        before = fixture;
        cr_assert_eq(memmap_release(&fixture.map, 10, 20, (enum memmap_kind)kind, MEMMAP_USABLE),
                     releasable[kind] ? MEMMAP_OK : MEMMAP_WRONG_KIND, "kind %u", kind);
        if (releasable[kind])
            MAP_IS(&fixture, {10, 20, MEMMAP_USABLE, WB});
        else
            IS_UNCHANGED(&fixture, &before);
        fixture = before;
        cr_assert_eq(memmap_release_all(&fixture.map, (enum memmap_kind)kind, MEMMAP_USABLE, &pages),
                     releasable[kind] ? MEMMAP_OK : MEMMAP_WRONG_KIND, "kind %u", kind);
        cr_assert_eq(pages, releasable[kind] ? 10 : 77, "kind %u", kind);
        if (!releasable[kind])
            IS_UNCHANGED(&fixture, &before);
    }
}

/*   |usable|kernel|stack|  |kernel|       each range below has a page that is no kernel   */
Test(memmap_release, refuses_a_range_with_one_page_of_another_kind_or_a_hole)
{
    static const struct {
        uint64_t first, end;
    } rows[] = {{19, 30}, {20, 31}, {25, 35}, {30, 40}, {40, 41}, {49, 55}, {50, 61}, {59, 61},
                {60, 70}, {0, 1},   {20, 60}, {0, PFN_END}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture, before;
        MAKE(&fixture, {10, 20, MEMMAP_USABLE, WB}, {20, 30, MEMMAP_KERNEL, WB},
             {30, 40, MEMMAP_STACK, WB}, {50, 60, MEMMAP_KERNEL, WB});
        before = fixture;
        cr_assert_eq(memmap_release(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL,
                                    MEMMAP_USABLE),
                     MEMMAP_WRONG_KIND, "row %zu", i);
        IS_UNCHANGED(&fixture, &before);
    }
}

Test(memmap_release, refuses_bad_ranges_and_kinds_without_change)
{
    static const struct {
        uint64_t first, end;
        unsigned to;
    } rows[] = {{12, 12, MEMMAP_USABLE},          {14, 12, MEMMAP_USABLE},
                {12, PFN_END + 1, MEMMAP_USABLE}, {12, UINT64_MAX, MEMMAP_USABLE},
                {12, 14, MEMMAP_KIND_COUNT},      {12, 14, UINT32_MAX}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture, before;
        MAKE(&fixture, {10, 20, MEMMAP_KERNEL, WB});
        before = fixture;
        cr_assert_eq(memmap_release(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL,
                                    (enum memmap_kind)rows[i].to),
                     MEMMAP_BAD_RANGE, "row %zu", i);
        IS_UNCHANGED(&fixture, &before);
    }
}

Test(memmap_release, says_no_room_exactly_where_the_cuts_do_not_fit)
{
    static const struct {
        uint64_t region_first, first, end;
        size_t cuts;
    } rows[] = {{10, 12, 14, 2}, {10, 10, 14, 1}, {10, 12, 20, 1}, {10, 10, 20, 0},
                /* page 0 stays behind as a region of its own */
                {0, 0, 20, 1},   {0, 0, 14, 2},   {0, 0, 1, 1},    {0, 0, 2, 2}, {0, 1, 20, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture, before;
        MAKE(&fixture, {rows[i].region_first, 20, MEMMAP_KERNEL, WB});
        for (size_t room = 0; room < rows[i].cuts; room++) {
            fixture.map.capacity = 1 + room;
            before = fixture;
            cr_assert_eq(memmap_release(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL,
                                        MEMMAP_USABLE),
                         MEMMAP_NO_ROOM, "row %zu, room %zu", i, room);
            IS_UNCHANGED(&fixture, &before);
        }
        fixture.map.capacity = 1 + rows[i].cuts;
        cr_assert_eq(memmap_release(&fixture.map, rows[i].first, rows[i].end, MEMMAP_KERNEL,
                                    MEMMAP_USABLE),
                     MEMMAP_OK, "row %zu", i);
        cr_assert_eq(fixture.map.count, 1 + rows[i].cuts, "row %zu", i);
    }
}

Test(memmap_release, keeps_page_0_reserved_where_the_rest_becomes_usable)
{
    struct fixture fixture;

    MAKE(&fixture, {0, 8, MEMMAP_BOOT_RECLAIMABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 0, 4, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE),
                 MEMMAP_OK);
    MAP_IS(&fixture, {0, 1, MEMMAP_RESERVED, WB}, {1, 4, MEMMAP_USABLE, WB},
           {4, 8, MEMMAP_BOOT_RECLAIMABLE, WB});
    MAKE(&fixture, {0, 8, MEMMAP_BOOT_RECLAIMABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 0, 1, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE),
                 MEMMAP_OK);
    MAP_IS(&fixture, {0, 1, MEMMAP_RESERVED, WB}, {1, 8, MEMMAP_BOOT_RECLAIMABLE, WB});
    MAKE(&fixture, {0, 8, MEMMAP_BOOT_RECLAIMABLE, WB});
    cr_assert_eq(memmap_release(&fixture.map, 0, 8, MEMMAP_BOOT_RECLAIMABLE,
                                MEMMAP_LOADER_RECLAIMABLE),
                 MEMMAP_OK);
    MAP_IS(&fixture, {0, 8, MEMMAP_LOADER_RECLAIMABLE, WB});
}

/* ---- memmap_release_all ---------------------------------------------------------------- */

/*   |boot|usable|boot|  |boot UC|kernel|boot|                                              */
Test(memmap_release_all, releases_every_region_of_the_kind_and_merges)
{
    struct fixture fixture;
    uint64_t pages = 0;

    MAKE(&fixture, {10, 12, MEMMAP_BOOT_RECLAIMABLE, WB}, {12, 20, MEMMAP_USABLE, WB},
         {20, 23, MEMMAP_BOOT_RECLAIMABLE, WB}, {30, 34, MEMMAP_BOOT_RECLAIMABLE, WB | MEMMAP_UC},
         {34, 40, MEMMAP_KERNEL, WB}, {40, 45, MEMMAP_BOOT_RECLAIMABLE, WB});
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_OK);
    cr_assert_eq(pages, 14);
    MAP_IS(&fixture, {10, 23, MEMMAP_USABLE, WB}, {30, 34, MEMMAP_USABLE, WB | MEMMAP_UC},
           {34, 40, MEMMAP_KERNEL, WB}, {40, 45, MEMMAP_USABLE, WB});
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_OK);
    cr_assert_eq(pages, 0, "nothing is left");
}

Test(memmap_release_all, keeps_page_0_and_counts_only_what_became_usable)
{
    struct fixture fixture, before;
    uint64_t pages = 77;

    MAKE(&fixture, {0, 8, MEMMAP_BOOT_RECLAIMABLE, WB}, {8, 10, MEMMAP_USABLE, WB});
    fixture.map.capacity = 2;
    before = fixture;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_NO_ROOM);
    IS_UNCHANGED(&fixture, &before);
    cr_assert_eq(pages, 77);
    fixture.map.capacity = 3;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_OK);
    cr_assert_eq(pages, 7);
    MAP_IS(&fixture, {0, 1, MEMMAP_RESERVED, WB}, {1, 10, MEMMAP_USABLE, WB});
}

Test(memmap_release_all, needs_no_room_where_page_0_stands_alone)
{
    struct fixture fixture;
    uint64_t pages = 77;

    MAKE(&fixture, {0, 1, MEMMAP_BOOT_RECLAIMABLE, WB});
    fixture.map.capacity = 1;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_OK);
    cr_assert_eq(pages, 0);
    MAP_IS(&fixture, {0, 1, MEMMAP_RESERVED, WB});
    MAKE(&fixture, {0, 4, MEMMAP_BOOT_RECLAIMABLE, WB});
    fixture.map.capacity = 1;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_LOADER_RECLAIMABLE,
                                    &pages),
                 MEMMAP_OK);
    cr_assert_eq(pages, 4);
    MAP_IS(&fixture, {0, 4, MEMMAP_LOADER_RECLAIMABLE, WB});
}

Test(memmap_release_all, refuses_an_unknown_target_without_change)
{
    struct fixture fixture, before;
    uint64_t pages = 77;

    MAKE(&fixture, {10, 20, MEMMAP_KERNEL, WB});
    before = fixture;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_KERNEL, MEMMAP_KIND_COUNT, &pages),
                 MEMMAP_BAD_RANGE);
    IS_UNCHANGED(&fixture, &before);
    cr_assert_eq(pages, 77);
    fixture.map.count = 0;
    cr_assert_eq(memmap_release_all(&fixture.map, MEMMAP_KERNEL, MEMMAP_USABLE, &pages), MEMMAP_OK);
    cr_assert_eq(pages, 0, "an empty map has none");
}
