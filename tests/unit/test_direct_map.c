/* SPDX-License-Identifier: MIT */
/*
 * The direct map: what it shows, with which rights, and that its extents say what the tables
 * do. The tables are read back with common/paging's walker, which has tests of its own.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/direct_map.h"
#include "handoff/layout.h"

#define SEED     UINT64_C(0xd17ec701)
#define WB       MEMMAP_WB
#define BASE     UINT64_C(0xffff800000000000)
#define TOP_PFN  (UINT64_C(127) << 28) /* 127 TiB in pages */
#define POOL_AT  UINT64_C(0x7654321000)
#define EXTENTS  256
#define RIGHT_R  4u
#define RIGHT_RW 6u
#define RIGHT_RX 5u

/* Tables, the extents, and the pool they came from. */
struct space {
    struct paging paging;
    uint64_t *memory;
    struct bootinfo_extent extents[EXTENTS];
    struct direct_map_result result;
};

/* What the CPU has. */
struct shape {
    unsigned levels;
    bool has_giant_pages;
};

static void space_make(struct space *space, struct shape shape, uint64_t pool_pages,
                       size_t extent_capacity)
{
    memset(space, 0xcc, sizeof *space);
    space->memory = aligned_alloc(4096, pool_pages * 4096);
    cr_assert_not_null(space->memory);
    memset(space->memory, 0xa5, pool_pages * 4096);
    space->result.extents = space->extents;
    space->result.capacity = extent_capacity;
    cr_assert_eq(paging_init(&space->paging, shape.levels, shape.has_giant_pages, 52,
                             (uint64_t)(uintptr_t)space->memory - POOL_AT, paddr(POOL_AT),
                             pool_pages),
                 PAGING_OK);
}

/* Sizes everything by the bounds, builds, and holds the bounds against what was used. */
static void build_shape(struct space *space, struct shape shape,
                        const struct direct_map_input *input)
{
    struct paging sizing = {.levels = shape.levels,
                            .has_giant_pages = shape.has_giant_pages,
                            .physical_bits = 52};
    uint64_t tables = direct_map_tables_bound(&sizing, input->map, input->segment_count,
                                              input->table_count);
    uint64_t extents =
        direct_map_max_extents(input->map->count, input->segment_count, input->table_count);

    cr_assert_leq(extents, EXTENTS);
    space_make(space, shape, tables + 1, (size_t)extents);
    cr_assert_eq(direct_map_build(&space->paging, input, &space->result), PAGING_OK,
                 "%lu tables of %lu, %zu extents of %lu", space->paging.pool_used_count, tables + 1,
                 space->result.count, extents);
    cr_assert_leq(space->paging.pool_used_count, tables + 1);
}

static const struct shape usual = {.levels = 4, .has_giant_pages = true};

static void build(struct space *space, const struct direct_map_input *input)
{
    build_shape(space, usual, input);
}

/* The rights of the page in the tables; 0 where it is not mapped. */
static uint32_t rights_of(const struct space *space, uint64_t pfn)
{
    struct paging_leaf leaf;
    enum paging_status status = paging_find(&space->paging, vaddr(BASE + pfn * 4096), &leaf);

    if (status == PAGING_UNMAPPED)
        return 0;
    cr_assert_eq(status, PAGING_OK);
    cr_assert_eq(leaf.to.value - leaf.from.value, BASE, "page %lx leads elsewhere", pfn);
    cr_assert_eq(leaf.pat_index, 0, "write-back");
    cr_assert_eq(leaf.rights & ~PAGING_RIGHT_WRITE, 0, "never executable, never a user's");
    return leaf.rights != 0 ? RIGHT_RW : RIGHT_R;
}

static void extents_are(const struct space *space, const struct bootinfo_extent *expected,
                        size_t count)
{
    cr_assert_eq(space->result.count, count, "extents: %zu", space->result.count);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(space->extents[i].first_pfn, expected[i].first_pfn, "extent %zu first %lx", i,
                     space->extents[i].first_pfn);
        cr_assert_eq(space->extents[i].end_pfn, expected[i].end_pfn, "extent %zu end %lx", i,
                     space->extents[i].end_pfn);
        cr_assert_eq(space->extents[i].rights, expected[i].rights, "extent %zu rights %u", i,
                     space->extents[i].rights);
        cr_assert_eq(space->extents[i].reserved, 0);
    }
}
#define EXTENTS_ARE(space, ...)                                                        \
    extents_are(space, (const struct bootinfo_extent[]){__VA_ARGS__},                  \
                sizeof((const struct bootinfo_extent[]){__VA_ARGS__}) /                \
                    sizeof(struct bootinfo_extent))

static struct memmap map_of(struct memmap_region *regions, size_t count)
{
    return (struct memmap){.regions = regions, .count = count, .capacity = count};
}

#define R(first, end, what)                                                            \
    {                                                                                  \
        .first_pfn = (first), .end_pfn = (end), .attributes = WB, .kind = (what)       \
    }

/* ---- kinds ----------------------------------------------------------------------------- */

/* Rights by kind: 0 hidden; the kernel's pages without a segment are read-only. */
static const uint32_t kind_rights[MEMMAP_KIND_COUNT] = {
    [MEMMAP_USABLE] = RIGHT_RW,           [MEMMAP_LOADER_RECLAIMABLE] = RIGHT_RW,
    [MEMMAP_BOOT_RECLAIMABLE] = RIGHT_RW, [MEMMAP_ACPI_RECLAIMABLE] = RIGHT_RW,
    [MEMMAP_UNACCEPTED] = 0,              [MEMMAP_SOFT_RESERVED] = 0,
    [MEMMAP_PERSISTENT] = 0,              [MEMMAP_KERNEL] = RIGHT_R,
    [MEMMAP_MODULE] = RIGHT_RW,           [MEMMAP_BOOT_INFO] = RIGHT_RW,
    [MEMMAP_PAGE_TABLES] = RIGHT_RW,      [MEMMAP_STACK] = RIGHT_RW,
    [MEMMAP_HANDOFF] = RIGHT_R,           [MEMMAP_AP_TRAMPOLINE] = RIGHT_RW,
    [MEMMAP_FIRMWARE_TABLE] = RIGHT_R,    [MEMMAP_ACPI_NVS] = RIGHT_RW,
    [MEMMAP_RUNTIME_CODE] = RIGHT_R,      [MEMMAP_RUNTIME_DATA] = RIGHT_RW,
    [MEMMAP_MMIO] = 0,                    [MEMMAP_RESERVED] = 0,
    [MEMMAP_FRAMEBUFFER] = 0,             [MEMMAP_BAD] = 0,
};

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

/* ---- random maps ----------------------------------------------------------------------- */

#define REGIONS  10
#define SEGMENTS 3
#define TABLES   4

static uint64_t random_state;

static uint64_t random_below(uint64_t limit) /* splitmix64 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % limit;
}

struct scene {
    struct memmap_region regions[REGIONS];
    struct bootinfo_segment segments[SEGMENTS];
    struct direct_map_table tables[TABLES];
    struct memmap map;
    struct direct_map_input input;
};

/* A few pages, about 2 MiB, or about 1 GiB. */
static uint64_t random_pages(void)
{
    static const uint64_t units[] = {0, 0, 512, 512 * 512};

    return units[random_below(4)] * (1 + random_below(2)) + 1 + random_below(4) -
           random_below(2);
}

static void random_regions(struct scene *scene)
{
    static const uint64_t starts[] = {1, 500, 512, 0x3ff00, 0x40000, UINT64_C(0x7ffff00),
                                      TOP_PFN - 0x41000, TOP_PFN - 5};
    uint64_t at = starts[random_below(8)];
    size_t count = 1 + random_below(REGIONS);

    for (size_t i = 0; i < count; i++) {
        uint64_t pages = 1 + random_pages();
        if (random_below(3) == 0)
            at += random_pages();
        if (random_below(4) == 0)
            at = (at + 511) / 512 * 512;
        scene->regions[i] = (struct memmap_region)R(
            at, at + pages, (uint8_t)(random_below(3) == 0 ? MEMMAP_KERNEL : random_below(22)));
        scene->regions[i].attributes = random_below(8) == 0 ? MEMMAP_UC : WB;
        at += pages;
    }
    scene->map = map_of(scene->regions, count);
}

static void random_scene(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    random_regions(scene);
    scene->input = (struct direct_map_input){.map = &scene->map,
                                             .segments = scene->segments,
                                             .segment_count = random_below(SEGMENTS + 1),
                                             .tables = scene->tables,
                                             .table_count = random_below(TABLES + 1)};
    for (size_t i = 0; i < scene->input.segment_count; i++) {
        const struct memmap_region *region = &scene->regions[random_below(scene->map.count)];
        uint64_t pages = region->end_pfn - region->first_pfn;
        scene->segments[i].paddr = (region->first_pfn + random_below(pages)) * 4096;
        scene->segments[i].page_count = 1 + random_below(random_below(2) == 0 ? 4 : pages);
        scene->segments[i].rights = random_below(2) == 0 ? RIGHT_RW : RIGHT_RX;
    }
    for (size_t i = 0; i < scene->input.table_count; i++) {
        const struct memmap_region *region = &scene->regions[random_below(scene->map.count)];
        uint64_t near = random_below(2) == 0 ? region->first_pfn : region->end_pfn;
        scene->tables[i].first_pfn = near > 3 ? near - random_below(4) : near;
        scene->tables[i].end_pfn = scene->tables[i].first_pfn + 1 +
                                   random_below(random_below(4) == 0 ? 512 : 5);
    }
}

/* What a page must be shown as, found by looking at everything; 0: not at all. */
static uint32_t oracle(const struct scene *scene, uint64_t pfn)
{
    if (pfn >= TOP_PFN)
        return 0;
    for (size_t i = 0; i < scene->map.count; i++) {
        const struct memmap_region *region = &scene->regions[i];
        if (pfn < region->first_pfn || pfn >= region->end_pfn)
            continue;
        if (kind_rights[region->kind] == 0 || (region->attributes & WB) == 0)
            break;
        for (size_t k = 0; region->kind == MEMMAP_KERNEL && k < scene->input.segment_count; k++) {
            uint64_t first = scene->segments[k].paddr / 4096;
            if (pfn >= first && pfn < first + scene->segments[k].page_count)
                return (scene->segments[k].rights & BOOTINFO_RIGHT_WRITE) != 0 ? RIGHT_RW : RIGHT_R;
        }
        return kind_rights[region->kind];
    }
    for (size_t i = 0; i < scene->input.table_count; i++) {
        if (pfn >= scene->tables[i].first_pfn && pfn < scene->tables[i].end_pfn)
            return RIGHT_R;
    }
    return 0;
}

/* The index of the region that holds a page; -1 for none. */
static int region_index(const struct scene *scene, uint64_t pfn)
{
    for (size_t i = 0; i < scene->map.count; i++) {
        if (pfn >= scene->regions[i].first_pfn && pfn < scene->regions[i].end_pfn)
            return (int)i;
    }
    return -1;
}

/* The rights of the extent that holds a page; 0 for none. */
static uint32_t extent_rights(const struct space *space, uint64_t pfn)
{
    for (size_t i = 0; i < space->result.count; i++) {
        if (pfn >= space->extents[i].first_pfn && pfn < space->extents[i].end_pfn)
            return space->extents[i].rights;
    }
    return 0;
}

/* Every leaf: inside one region, one extent, with the rights both name. Pages in all. */
static uint64_t check_leaves(const struct space *space, const struct scene *scene, uint32_t round)
{
    struct paging_walk walk;
    struct paging_leaf leaf;
    enum paging_status status;
    uint64_t pages = 0;

    paging_walk_begin(&walk, &space->paging);
    while ((status = paging_walk_next(&walk, &leaf)) == PAGING_OK) {
        uint64_t first = leaf.from.value / 4096, last = first + leaf.size_bytes / 4096 - 1;
        uint32_t rights = leaf.rights == PAGING_RIGHT_WRITE ? RIGHT_RW : RIGHT_R;
        cr_assert_eq(leaf.to.value - leaf.from.value, BASE, "round %u", round);
        cr_assert_eq(region_index(scene, first), region_index(scene, last),
                     "round %u: the leaf at %lx spans two regions", round, first);
        cr_assert(region_index(scene, first) >= 0 || first == last, "round %u", round);
        cr_assert_eq(oracle(scene, first), rights, "round %u page %lx", round, first);
        cr_assert_eq(oracle(scene, last), rights, "round %u page %lx", round, last);
        cr_assert_eq(extent_rights(space, first), rights, "round %u page %lx", round, first);
        cr_assert_eq(extent_rights(space, last), rights, "round %u page %lx", round, last);
        cr_assert(leaf.rights == 0 || leaf.rights == PAGING_RIGHT_WRITE, "round %u", round);
        pages += leaf.size_bytes / 4096;
    }
    cr_assert_eq(status, PAGING_UNMAPPED);
    return pages;
}

static void check_extents(const struct space *space, uint64_t mapped_pages, uint32_t round)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < space->result.count; i++) {
        const struct bootinfo_extent *extent = &space->extents[i];
        cr_assert_lt(extent->first_pfn, extent->end_pfn, "round %u extent %zu", round, i);
        if (i > 0) {
            cr_assert_leq(extent[-1].end_pfn, extent->first_pfn, "round %u extent %zu", round, i);
            cr_assert(extent[-1].end_pfn < extent->first_pfn || extent[-1].rights != extent->rights,
                      "round %u: extents %zu and %zu are one", round, i - 1, i);
        }
        pages += extent->end_pfn - extent->first_pfn;
    }
    cr_assert_eq(pages, mapped_pages, "round %u: extents and tables show the same pages", round);
}

static void check_edges(const struct space *space, const struct scene *scene, uint32_t round)
{
    uint64_t unmapped = 0;

    for (size_t i = 0; i < scene->map.count; i++) {
        const struct memmap_region *region = &scene->regions[i];
        const uint64_t pages[] = {region->first_pfn - 1, region->first_pfn, region->end_pfn - 1,
                                  region->end_pfn};
        for (size_t k = 0; k < 4; k++) {
            if (pages[k] < TOP_PFN)
                cr_assert_eq(rights_of(space, pages[k]), oracle(scene, pages[k]), "round %u page %lx",
                             round, pages[k]);
        }
        if (kind_rights[region->kind] != 0 && (region->attributes & WB) != 0 &&
            region->end_pfn > TOP_PFN)
            unmapped += region->end_pfn -
                        (region->first_pfn > TOP_PFN ? region->first_pfn : TOP_PFN);
    }
    cr_assert_eq(space->result.unmapped_pages, unmapped, "round %u", round);
}

Test(direct_map_build, agrees_with_the_oracle_and_its_bounds_on_random_maps)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < 600; round++) {
        struct scene scene;
        struct space space;
        random_state = SEED + round * UINT64_C(1000003);
        random_scene(&scene);
        build_shape(&space, (struct shape){4 + round % 2, round % 4 < 2}, &scene.input);
        check_extents(&space, check_leaves(&space, &scene, round), round);
        check_edges(&space, &scene, round);
        free(space.memory);
    }
}
