/* SPDX-License-Identifier: MIT */
/*
 * The direct map: what it shows, with which rights, and that its extents say what the tables do.
 */
#include "test_direct_map.h"

/* ---- kinds ----------------------------------------------------------------------------- */

/*   one page of each kind, every second page a hole */
Test(direct_map_build, shows_each_kind_with_its_rights_or_hides_it)
{
    struct memmap_region regions[MEMMAP_KIND_COUNT];
    struct memmap map = map_of(regions, MEMMAP_KIND_COUNT);
    struct direct_map_input input = {.map = &map};
    struct space space;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        regions[kind] = (struct memmap_region)R(100 + 2 * kind, 101 + 2 * kind, (uint8_t)kind);
    build(&space, &input);
    cr_assert_eq(rights_of(&space, 99), 0);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        cr_assert_eq(rights_of(&space, 100 + 2 * kind), kind_rights[kind], "%s",
                     memmap_kind_name((enum memmap_kind)kind));
        cr_assert_eq(rights_of(&space, 101 + 2 * kind), 0, "the hole");
        cr_assert_eq(direct_map_shows(&regions[kind]), kind_rights[kind] != 0);
    }
    cr_assert_eq(space.result.count, 15);
    cr_assert_eq(space.result.unmapped_pages, 0);
    free(space.memory);
}

Test(direct_map_build, hides_every_kind_without_the_write_back_capability)
{
    struct memmap_region regions[MEMMAP_KIND_COUNT];
    struct memmap map = map_of(regions, MEMMAP_KIND_COUNT);
    struct direct_map_input input = {.map = &map};
    struct space space;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        regions[kind] = (struct memmap_region)R(100 + 2 * kind, 101 + 2 * kind, (uint8_t)kind);
        regions[kind].attributes = MEMMAP_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_RUNTIME;
        cr_assert_not(direct_map_shows(&regions[kind]));
    }
    build(&space, &input);
    cr_assert_eq(space.result.count, 0);
    cr_assert_eq(space.paging.pool_used_count, 1, "the root alone");
    free(space.memory);
}

/*   |usable|boot |fw table|runtime code|usable UC|stack|   neighbours of equal rights are one */
Test(direct_map_build, merges_extents_of_equal_rights_across_kinds)
{
    struct memmap_region regions[] = {
        R(10, 20, MEMMAP_USABLE),         R(20, 30, MEMMAP_BOOT_RECLAIMABLE),
        R(30, 31, MEMMAP_FIRMWARE_TABLE), R(31, 35, MEMMAP_RUNTIME_CODE),
        R(35, 40, MEMMAP_USABLE),         R(40, 41, MEMMAP_STACK),
        R(50, 51, MEMMAP_USABLE),
    };
    struct memmap map = map_of(regions, 7);
    struct direct_map_input input = {.map = &map};
    struct space space;

    regions[4].attributes = MEMMAP_UC;
    build(&space, &input);
    EXTENTS_ARE(&space, {10, 30, RIGHT_RW, 0}, {30, 35, RIGHT_R, 0}, {40, 41, RIGHT_RW, 0},
                {50, 51, RIGHT_RW, 0});
    free(space.memory);
}

Test(direct_map_build, shows_nothing_of_an_empty_map)
{
    struct memmap map = {.regions = NULL, .count = 0, .capacity = 0};
    struct direct_map_input input = {.map = &map};
    struct space space;

    build(&space, &input);
    cr_assert_eq(space.result.count, 0);
    free(space.memory);
}

/* ---- the kernel ------------------------------------------------------------------------ */

/*   region    |100            106   108|       |110   112|
 *   segments  |RX   |R|RW   |                  |RW |          what no segment holds: read-only */
Test(direct_map_build, gives_the_kernels_pages_the_right_to_write_of_their_segment)
{
    static const struct bootinfo_segment segments[] = {
        {.vaddr = UINT64_C(0xffffffff80003000), .paddr = 0x103000, .page_count = 3, .rights = RIGHT_RW},
        {.vaddr = UINT64_C(0xffffffff80000000), .paddr = 0x100000, .page_count = 2, .rights = RIGHT_RX},
        {.vaddr = UINT64_C(0xffffffff80002000), .paddr = 0x102000, .page_count = 1, .rights = RIGHT_R},
        {.vaddr = UINT64_C(0xffffffff80010000), .paddr = 0x110000, .page_count = 1, .rights = RIGHT_RW},
    };
    struct memmap_region regions[] = {R(0x100, 0x108, MEMMAP_KERNEL), R(0x110, 0x112, MEMMAP_KERNEL)};
    struct memmap map = map_of(regions, 2);
    struct direct_map_input input = {.map = &map, .segments = segments, .segment_count = 4};
    struct space space;

    build(&space, &input);
    EXTENTS_ARE(&space, {0x100, 0x103, RIGHT_R, 0}, {0x103, 0x106, RIGHT_RW, 0},
                {0x106, 0x108, RIGHT_R, 0}, {0x110, 0x111, RIGHT_RW, 0}, {0x111, 0x112, RIGHT_R, 0});
    cr_assert_eq(rights_of(&space, 0x101), RIGHT_R);
    cr_assert_eq(rights_of(&space, 0x105), RIGHT_RW);
    cr_assert_eq(rights_of(&space, 0x106), RIGHT_R);
    free(space.memory);
}

/*   usable |kernel|    a segment says nothing about pages of another kind                      */
Test(direct_map_build, cuts_segments_at_the_bounds_of_the_kernels_region)
{
    static const struct bootinfo_segment segments[] = {
        {.vaddr = UINT64_C(0xffffffff80000000), .paddr = 0xff000, .page_count = 9, .rights = RIGHT_RX}};
    struct memmap_region regions[] = {R(0xf0, 0x100, MEMMAP_USABLE), R(0x100, 0x104, MEMMAP_KERNEL),
                                      R(0x104, 0x110, MEMMAP_USABLE)};
    struct memmap map = map_of(regions, 3);
    struct direct_map_input input = {.map = &map, .segments = segments, .segment_count = 1};
    struct space space;

    build(&space, &input);
    EXTENTS_ARE(&space, {0xf0, 0x100, RIGHT_RW, 0}, {0x100, 0x104, RIGHT_R, 0},
                {0x104, 0x110, RIGHT_RW, 0});
    free(space.memory);
}

/* ---- pages of firmware tables ---------------------------------------------------------- */

/*   |usable 10-20|reserved 20-30|fw table 30-32|reserved 32-40|   hole   |usable 60-70|       */
static struct memmap_region table_regions[] = {
    R(10, 20, MEMMAP_USABLE),   R(20, 30, MEMMAP_RESERVED), R(30, 32, MEMMAP_FIRMWARE_TABLE),
    R(32, 40, MEMMAP_RESERVED), R(60, 70, MEMMAP_USABLE),
};

static void build_with_tables(struct space *space, const struct direct_map_table *tables,
                              size_t count)
{
    struct memmap map = map_of(table_regions, 5);
    struct direct_map_input input = {.map = &map, .tables = tables, .table_count = count};

    build(space, &input);
    for (size_t i = 0; i < space->result.count; i++) {
        const struct bootinfo_extent *extent = &space->extents[i];
        cr_assert_eq(rights_of(space, extent->first_pfn), extent->rights);
        cr_assert_eq(rights_of(space, extent->end_pfn - 1), extent->rights);
    }
}
#define BUILD_WITH_TABLES(space, ...)                                                  \
    build_with_tables(space, (const struct direct_map_table[]){__VA_ARGS__},           \
                      sizeof((const struct direct_map_table[]){__VA_ARGS__}) /         \
                          sizeof(struct direct_map_table))

#define USABLE_10 {10, 20, RIGHT_RW, 0}
#define TABLE_30  {30, 32, RIGHT_R, 0}
#define USABLE_60 {60, 70, RIGHT_RW, 0}

Test(direct_map_build, leaves_table_pages_alone_that_are_shown_already)
{
    struct space space;

    BUILD_WITH_TABLES(&space, {12, 14}, {30, 31}, {69, 70});
    EXTENTS_ARE(&space, USABLE_10, TABLE_30, USABLE_60);
    cr_assert_eq(rights_of(&space, 12), RIGHT_RW);
    free(space.memory);
}

Test(direct_map_build, shows_table_pages_of_hidden_kinds_and_holes_read_only)
{
    struct space space;

    BUILD_WITH_TABLES(&space, {25, 27}, {50, 51}, {80, 81}, {5, 6});
    EXTENTS_ARE(&space, {5, 6, RIGHT_R, 0}, USABLE_10, {25, 27, RIGHT_R, 0}, TABLE_30,
                {50, 51, RIGHT_R, 0}, USABLE_60, {80, 81, RIGHT_R, 0});
    cr_assert_eq(rights_of(&space, 24), 0);
    cr_assert_eq(rights_of(&space, 25), RIGHT_R);
    cr_assert_eq(rights_of(&space, 27), 0);
    free(space.memory);
}

Test(direct_map_build, merges_adjoining_table_pages_in_whatever_order_they_come)
{
    struct space space;

    BUILD_WITH_TABLES(&space, {25, 26}, {26, 27}, {24, 25}, {25, 27});
    EXTENTS_ARE(&space, USABLE_10, {24, 27, RIGHT_R, 0}, TABLE_30, USABLE_60);
    free(space.memory);
    BUILD_WITH_TABLES(&space, {24, 25}, {26, 27}, {25, 26});
    EXTENTS_ARE(&space, USABLE_10, {24, 27, RIGHT_R, 0}, TABLE_30, USABLE_60);
    free(space.memory);
}

Test(direct_map_build, merges_table_pages_with_read_only_regions_and_not_with_writable_ones)
{
    struct space space;

    BUILD_WITH_TABLES(&space, {29, 30}, {32, 33}, {20, 21}, {59, 60}, {70, 71}, {9, 10});
    EXTENTS_ARE(&space, {9, 10, RIGHT_R, 0}, USABLE_10, {20, 21, RIGHT_R, 0}, {29, 33, RIGHT_R, 0},
                {59, 60, RIGHT_R, 0}, USABLE_60, {70, 71, RIGHT_R, 0});
    free(space.memory);
}

/*   table   |-------------- 5 to 75 -----------------|    shown regions keep their rights      */
Test(direct_map_build, fills_the_gaps_where_a_table_spans_everything)
{
    struct space space;

    BUILD_WITH_TABLES(&space, {5, 75});
    EXTENTS_ARE(&space, {5, 10, RIGHT_R, 0}, USABLE_10, {20, 60, RIGHT_R, 0}, USABLE_60,
                {70, 75, RIGHT_R, 0});
    free(space.memory);
}

/*   table  |-----------|     region  |usable|     three extents: the bound must know */
Test(direct_map_max_extents, allows_for_a_table_on_both_sides_of_a_region)
{
    static const struct direct_map_table table = {9, 12};
    struct memmap_region region = R(10, 11, MEMMAP_USABLE);
    struct memmap map = map_of(&region, 1);
    struct direct_map_input input = {.map = &map, .tables = &table, .table_count = 1};
    struct space space;

    build(&space, &input);
    EXTENTS_ARE(&space, {9, 10, RIGHT_R, 0}, {10, 11, RIGHT_RW, 0}, {11, 12, RIGHT_R, 0});
    free(space.memory);
}

/*   table  ...|x|x|...   over a bound of 2 MiB, 1 GiB, 512 GiB: two paths of tables            */
Test(direct_map_tables_bound, allows_for_a_table_over_a_bound_of_every_level)
{
    static const uint64_t bounds[] = {512, 512 * 512, UINT64_C(512) * 512 * 512};

    for (size_t i = 0; i < 3; i++) {
        struct direct_map_table table = {bounds[i] - 1, bounds[i] + 1};
        struct memmap map = {.regions = NULL, .count = 0, .capacity = 0};
        struct direct_map_input input = {.map = &map, .tables = &table, .table_count = 1};
        struct space space;
        build(&space, &input);
        cr_assert_eq(rights_of(&space, bounds[i] - 1), RIGHT_R);
        cr_assert_eq(rights_of(&space, bounds[i]), RIGHT_R);
        EXTENTS_ARE(&space, {bounds[i] - 1, bounds[i] + 1, RIGHT_R, 0});
        free(space.memory);
    }
}

/* ---- limits ---------------------------------------------------------------------------- */

/*   kernel's own pages come piece by piece: a pool without room for their tables            */
Test(direct_map_build, says_no_memory_for_the_pages_of_the_kernel)
{
    struct memmap_region region = R(0x100, 0x108, MEMMAP_KERNEL);
    struct memmap map = map_of(&region, 1);
    struct direct_map_input input = {.map = &map};
    struct space space;

    space_make(&space, usual, 2, 5);
    cr_assert_eq(direct_map_build(&space.paging, &input, &space.result), PAGING_NO_MEMORY);
    free(space.memory);
}

/*   |usable ... 127 TiB| ... |   |usable|      what lies above is counted, not shown          */
Test(direct_map_build, counts_what_lies_above_127_tib)
{
    static const struct direct_map_table tables[] = {{TOP_PFN - 3, TOP_PFN - 2},
                                                     {TOP_PFN + 2, TOP_PFN + 3}};
    struct memmap_region regions[] = {
        R(TOP_PFN - 2, TOP_PFN + 7, MEMMAP_USABLE),
        R(TOP_PFN + 7, TOP_PFN + 9, MEMMAP_RESERVED), /* never shown: not counted */
        R(TOP_PFN + 9, TOP_PFN + 20, MEMMAP_KERNEL),
        R(PFN_END / 16, PFN_END / 16 + 100, MEMMAP_USABLE),
    };
    struct memmap map = map_of(regions, 4);
    struct direct_map_input input = {.map = &map, .tables = tables, .table_count = 2};
    struct space space;

    build(&space, &input);
    EXTENTS_ARE(&space, {TOP_PFN - 3, TOP_PFN - 2, RIGHT_R, 0}, {TOP_PFN - 2, TOP_PFN, RIGHT_RW, 0});
    cr_assert_eq(space.result.unmapped_pages, 7 + 11 + 100);
    cr_assert_eq(rights_of(&space, TOP_PFN - 1), RIGHT_RW);
    cr_assert_eq(rights_of(&space, TOP_PFN), 0);
    free(space.memory);
}

Test(direct_map_build, says_no_memory_at_every_pool_and_extent_count_below_the_need)
{
    static const struct direct_map_table tables[] = {{25, 26}, {36, 37}};
    struct memmap map = map_of(table_regions, 5);
    struct direct_map_input input = {.map = &map, .tables = tables, .table_count = 2};
    struct space space;
    uint64_t used;

    build(&space, &input);
    used = space.paging.pool_used_count;
    cr_assert_eq(space.result.count, 5);
    free(space.memory);
    for (uint64_t pool = 1; pool <= used; pool++) {
        space_make(&space, usual, pool, 5);
        cr_assert_eq(direct_map_build(&space.paging, &input, &space.result),
                     pool < used ? PAGING_NO_MEMORY : PAGING_OK, "pool of %lu", pool);
        free(space.memory);
    }
    for (size_t extents = 0; extents <= 5; extents++) {
        space_make(&space, usual, used, extents);
        cr_assert_eq(direct_map_build(&space.paging, &input, &space.result),
                     extents < 5 ? PAGING_NO_MEMORY : PAGING_OK, "%zu extents", extents);
        cr_assert_leq(space.result.count, extents);
        cr_assert_eq(space.extents[extents].rights, 0xcccccccc, "behind the array");
        free(space.memory);
    }
}

/*   1 GiB bound            1 GiB bound
 *   |--- usable ------------|---|--- boot ---    the last giant leaf would span both kinds     */
Test(direct_map_build, uses_large_leaves_and_none_that_spans_two_kinds)
{
    const uint64_t giant = 0x40000, large = 512;
    struct memmap_region regions[] = {
        R(giant, 2 * giant + large + 1, MEMMAP_USABLE),
        R(2 * giant + large + 1, 4 * giant, MEMMAP_BOOT_RECLAIMABLE),
    };
    struct memmap map = map_of(regions, 2);
    struct direct_map_input input = {.map = &map};
    struct paging_audit audit;
    struct space space;

    build(&space, &input);
    EXTENTS_ARE(&space, {giant, 4 * giant, RIGHT_RW, 0});
    paging_audit(&space.paging, &audit);
    cr_assert_eq(audit.giant_count, 2);         /* one on either side of the mixed GiB */
    cr_assert_eq(audit.large_count, 512 - 1);   /* but for the 2 MiB that both kinds share */
    cr_assert_eq(audit.small_count, 512);
    cr_assert_eq(audit.mapped_bytes, 3 * UINT64_C(0x40000000));
    free(space.memory);
}
