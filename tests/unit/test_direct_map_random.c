/* SPDX-License-Identifier: MIT */
/* The direct map of random maps: against an oracle page by page, and against its bounds. */
#include <criterion/logging.h>
#include <inttypes.h>

#include "model/random.h"
#include "test_direct_map.h"

#define SEED     UINT64_C(0xd17ec701)

#define REGIONS  10
#define SEGMENTS 3
#define TABLES   4

static uint64_t dice;

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

    return units[random_below(&dice, 4)] * (1 + random_below(&dice, 2)) + 1 + random_below(&dice, 4) -
           random_below(&dice, 2);
}

static void random_regions(struct scene *scene)
{
    static const uint64_t starts[] = {1, 500, 512, 0x3ff00, 0x40000, UINT64_C(0x7ffff00),
                                      TOP_PFN - 0x41000, TOP_PFN - 5};
    uint64_t at = starts[random_below(&dice, 8)];
    size_t count = 1 + random_below(&dice, REGIONS);

    for (size_t i = 0; i < count; i++) {
        uint64_t pages = 1 + random_pages();
        if (random_below(&dice, 3) == 0)
            at += random_pages();
        if (random_below(&dice, 4) == 0)
            at = (at + 511) / 512 * 512;
        scene->regions[i] = (struct memmap_region)R(
            at, at + pages, (uint8_t)(random_below(&dice, 3) == 0 ? MEMMAP_KERNEL : random_below(&dice, 22)));
        scene->regions[i].attributes = random_below(&dice, 8) == 0 ? MEMMAP_UC : WB;
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
                                             .segment_count = random_below(&dice, SEGMENTS + 1),
                                             .tables = scene->tables,
                                             .table_count = random_below(&dice, TABLES + 1)};
    for (size_t i = 0; i < scene->input.segment_count; i++) {
        const struct memmap_region *region = &scene->regions[random_below(&dice, scene->map.count)];
        uint64_t pages = region->end_pfn - region->first_pfn;
        scene->segments[i].paddr = (region->first_pfn + random_below(&dice, pages)) * 4096;
        scene->segments[i].page_count = 1 + random_below(&dice, random_below(&dice, 2) == 0 ? 4 : pages);
        scene->segments[i].rights = random_below(&dice, 2) == 0 ? RIGHT_RW : RIGHT_RX;
    }
    for (size_t i = 0; i < scene->input.table_count; i++) {
        const struct memmap_region *region = &scene->regions[random_below(&dice, scene->map.count)];
        uint64_t near = random_below(&dice, 2) == 0 ? region->first_pfn : region->end_pfn;
        scene->tables[i].first_pfn = near > 3 ? near - random_below(&dice, 4) : near;
        scene->tables[i].end_pfn = scene->tables[i].first_pfn + 1 +
                                   random_below(&dice, random_below(&dice, 4) == 0 ? 512 : 5);
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
        dice = SEED + round * UINT64_C(1000003);
        random_scene(&scene);
        build_shape(&space, (struct shape){4 + round % 2, round % 4 < 2}, &scene.input);
        check_extents(&space, check_leaves(&space, &scene, round), round);
        check_edges(&space, &scene, round);
        free(space.memory);
    }
}
