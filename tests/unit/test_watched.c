/* SPDX-License-Identifier: MIT */
/* What of the firmware's memory is watched over the exit, and which pages are told of. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bootinfo/watched.h"
#include "model/random.h"
#include "unit/test_bootinfo.h"

#define WB 8u
#define NONE UINT64_MAX

/* Page 16 of the machine is the arena's first. */
#define ARENA_PFN 16u
#define ARENA_PAGES 48u

static uint8_t arena[ARENA_PAGES * 4096] __attribute__((aligned(4096)));
static struct bootinfo_watch_range ranges[16];
static struct bootinfo_watch_page pages[64];
static struct watched watched;

static uint64_t offset(void)
{
    return (uint64_t)(uintptr_t)arena - ARENA_PFN * 4096;
}

static void choose(const struct memmap_region *regions, size_t count, uint32_t page_capacity,
                   uint64_t end_pfn)
{
    struct memmap map = {.regions = (struct memmap_region *)regions, .count = count, .capacity = count};

    watched = (struct watched){.ranges = ranges, .pages = pages, .range_capacity = 16,
                               .page_capacity = page_capacity};
    watched_choose(&watched, &map, end_pfn);
}

static void expect_ranges(const struct bootinfo_watch_range *expected, uint32_t count)
{
    uint32_t page_count = 0;

    cr_assert_eq(watched.range_count, count, "%u ranges", watched.range_count);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(ranges[i].first_pfn, expected[i].first_pfn, "range %u", i);
        cr_assert_eq(ranges[i].end_pfn, expected[i].end_pfn, "range %u", i);
        page_count += (uint32_t)(expected[i].end_pfn - expected[i].first_pfn);
    }
    cr_assert_eq(watched.page_count, page_count);
}

/* A region of each kind, two pages each, from page 2 * kind on. */
static void one_of_each(struct memmap_region regions[MEMMAP_KIND_COUNT], uint64_t attributes)
{
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        regions[kind] = (struct memmap_region){.first_pfn = 2 * kind + 2, .end_pfn = 2 * kind + 4,
                                               .attributes = attributes, .kind = (uint8_t)kind};
}

Test(watched_choose, takes_the_five_kinds_that_the_firmware_keeps)
{
    static const struct bootinfo_watch_range expected[] = {
        {2 * 3 + 2, 2 * 3 + 4},   /* acpi-reclaimable */
        {2 * 14 + 2, 2 * 14 + 4}, /* firmware-table */
        {2 * 15 + 2, 2 * 15 + 4}, /* acpi-nvs */
        {2 * 16 + 2, 2 * 16 + 4}, /* runtime-code */
        {2 * 17 + 2, 2 * 17 + 4}, /* runtime-data */
    };
    struct memmap_region regions[MEMMAP_KIND_COUNT];

    one_of_each(regions, WB);
    choose(regions, MEMMAP_KIND_COUNT, 64, NONE);
    expect_ranges(expected, 5);
}

Test(watched_choose, takes_nothing_that_is_not_write_back_or_protected_from_reading)
{
    struct memmap_region regions[MEMMAP_KIND_COUNT];

    one_of_each(regions, 7);
    choose(regions, MEMMAP_KIND_COUNT, 64, NONE);
    expect_ranges(NULL, 0);
    one_of_each(regions, WB | MEMMAP_RP);
    choose(regions, MEMMAP_KIND_COUNT, 64, NONE);
    expect_ranges(NULL, 0);
}

/*   0   1  4         10      20       pages; 7 fit, page 0 is never read */
Test(watched_choose, stops_where_room_or_the_address_space_end)
{
    static const struct memmap_region regions[] = {
        {.first_pfn = 0, .end_pfn = 4, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
        {.first_pfn = 10, .end_pfn = 20, .attributes = WB, .kind = MEMMAP_RUNTIME_DATA},
        {.first_pfn = 30, .end_pfn = 40, .attributes = WB, .kind = MEMMAP_RUNTIME_DATA},
    };
    static const struct bootinfo_watch_range seven[] = {{1, 4}, {10, 14}};
    static const struct bootinfo_watch_range three[] = {{1, 4}};
    static const struct bootinfo_watch_range below_35[] = {{1, 4}, {10, 20}, {30, 35}};

    choose(regions, 3, 7, NONE);
    expect_ranges(seven, 2);
    choose(regions, 3, 3, NONE);
    expect_ranges(three, 1);
    choose(regions, 3, 64, 35);
    expect_ranges(below_35, 3);
    choose(regions, 1, 64, 1);
    expect_ranges(NULL, 0);
}

Test(watched_choose, stops_where_the_list_is_full)
{
    struct memmap_region regions[2 * 20];

    for (unsigned i = 0; i < 40; i++)
        regions[i] = (struct memmap_region){.first_pfn = i + 1, .end_pfn = i + 2, .attributes = WB,
                                            .kind = i % 2 == 0 ? MEMMAP_ACPI_NVS : MEMMAP_USABLE};
    choose(regions, 40, 64, NONE);
    cr_assert_eq(watched.range_count, 16);
    cr_assert_eq(ranges[15].first_pfn, 31);
}

Test(watched_page_bound, adds_up_regions_and_claims_and_never_exceeds_64_mib)
{
    struct memmap_region regions[] = {
        {.first_pfn = 0, .end_pfn = 4, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
        {.first_pfn = 4, .end_pfn = 9, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 10, .end_pfn = 20, .attributes = WB, .kind = MEMMAP_RUNTIME_DATA},
    };
    struct memmap_claim claims[] = {
        {.first_pfn = 4, .end_pfn = 6, .kind = MEMMAP_FIRMWARE_TABLE},
        {.first_pfn = 7, .end_pfn = 8, .kind = MEMMAP_KERNEL},
    };
    struct memmap map = {.regions = regions, .count = 3, .capacity = 3};

    cr_assert_eq(watched_page_bound(&map, claims, 2), 16);
    claims[0].end_pfn = UINT64_C(1) << 52;
    cr_assert_eq(watched_page_bound(&map, claims, 2), 16384);
    regions[2].end_pfn = UINT64_C(1) << 52;
    cr_assert_eq(watched_page_bound(&map, claims, 0), 16384);
}

/* ---- what a kernel is told ---------------------------------------------------------------- */

static struct bootinfo *block;

/* The region array as the exit map; the hashes are those in pages[]. */
static void add(const struct memmap_region *regions, size_t count, size_t capacity_bytes)
{
    static uint64_t memory[1024];
    struct bootinfo_builder builder;
    struct memmap map = {.regions = (struct memmap_region *)regions, .count = count, .capacity = count};

    cr_assert_eq(bootinfo_begin(&builder, memory, capacity_bytes), BOOTINFO_OK);
    builder.info->header_bytes = sizeof *builder.info;
    watched_add(&watched, &map, &builder);
    cr_assert_eq(builder.full, capacity_bytes < sizeof memory);
    block = builder.info;
}

static void expect_range(uint32_t index, uint64_t first_pfn, uint64_t end_pfn)
{
    const struct bootinfo_watch_range *range = bootinfo_entry(block, &block->watch_ranges, index);

    cr_assert_eq(range->first_pfn, first_pfn, "range %u begins at %lu", index, range->first_pfn);
    cr_assert_eq(range->end_pfn, end_pfn, "range %u ends at %lu", index, range->end_pfn);
}

static const struct memmap_region before_exit[] = {
    {.first_pfn = 16, .end_pfn = 20, .attributes = WB, .kind = MEMMAP_RUNTIME_DATA},
    {.first_pfn = 30, .end_pfn = 40, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
};

Test(watched_add, tells_all_where_the_exit_map_is_the_same)
{
    choose(before_exit, 2, 64, NONE);
    watched_hash(&watched, WATCHED_BEFORE, offset());
    arena[(17 - ARENA_PFN) * 4096 + 4095] ^= 1;
    watched_hash(&watched, WATCHED_AFTER, offset());
    add(before_exit, 2, 8192);
    cr_assert_eq(block->watch_ranges.count, 2);
    cr_assert_eq(block->watch_pages.count, 14);
    cr_assert_eq(block->watch_left_pages, 0);
    expect_range(0, 16, 20);
    expect_range(1, 30, 40);
    for (uint32_t i = 0; i < 14; i++) {
        const struct bootinfo_watch_page *page = bootinfo_entry(block, &block->watch_pages, i);
        cr_assert_eq(page->before != page->after, i == 1, "page %u", i);
    }
}

/*
 *   watched    16....20           30..............40
 *   exit map   16.17  18nvs   25..28   |32.34|36........|45..50   (17 and 34, 35 are something else)
 */
Test(watched_add, cuts_to_the_exit_map_and_counts_what_has_no_hashes)
{
    static const struct memmap_region exit_map[] = {
        {.first_pfn = 16, .end_pfn = 17, .attributes = WB, .kind = MEMMAP_RUNTIME_DATA},
        {.first_pfn = 17, .end_pfn = 18, .attributes = WB, .kind = MEMMAP_RESERVED},
        {.first_pfn = 18, .end_pfn = 20, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
        {.first_pfn = 25, .end_pfn = 28, .attributes = WB, .kind = MEMMAP_RUNTIME_CODE},
        {.first_pfn = 29, .end_pfn = 34, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
        {.first_pfn = 34, .end_pfn = 36, .attributes = 1, .kind = MEMMAP_ACPI_NVS},
        {.first_pfn = 36, .end_pfn = 45, .attributes = WB, .kind = MEMMAP_RUNTIME_CODE},
    };

    choose(before_exit, 2, 64, NONE);
    for (uint32_t i = 0; i < 14; i++)
        pages[i] = (struct bootinfo_watch_page){.before = i, .after = i};
    add(exit_map, 7, 8192);
    cr_assert_eq(block->watch_ranges.count, 4);
    expect_range(0, 16, 17);
    expect_range(1, 18, 20);
    expect_range(2, 30, 34);
    expect_range(3, 36, 40);
    cr_assert_eq(block->watch_pages.count, 11);
    /* 1 + 2 + 3 + 5 + 9 could be watched */
    cr_assert_eq(block->watch_left_pages, 9);
    for (uint32_t i = 0; i < 11; i++) {
        static const uint64_t left[] = {0, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13};
        const struct bootinfo_watch_page *page = bootinfo_entry(block, &block->watch_pages, i);
        cr_assert_eq(page->after, left[i], "page %u", i);
    }
    cr_assert(bootinfo_watches(block));
}

Test(watched_add, says_that_the_block_is_full)
{
    choose(before_exit, 2, 64, NONE);
    add(before_exit, 2, sizeof(struct bootinfo) + 24);
    add(before_exit, 2, sizeof(struct bootinfo) + 32 + 8);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static void expect_changes(struct watched_walk *walk, const struct bootinfo_watch_range *expected,
                           size_t count)
{
    struct bootinfo_watch_range found;

    for (size_t i = 0; i < count; i++) {
        cr_assert(watched_walk_next(walk, &found), "change %zu", i);
        cr_assert_eq(found.first_pfn, expected[i].first_pfn, "change %zu: %lu", i, found.first_pfn);
        cr_assert_eq(found.end_pfn, expected[i].end_pfn, "change %zu: %lu", i, found.end_pfn);
    }
    cr_assert_not(watched_walk_next(walk, &found));
    cr_assert_not(watched_walk_next(walk, &found), "the end stays the end");
}

/* The block of the other tests: pages 200-203 and 208, 209; 201 and 209 changed. */
Test(watched_walk, finds_what_changed_between_the_loaders_two_moments)
{
    static const struct bootinfo_watch_range expected[] = {{0x201, 0x202}, {0x209, 0x20a}};
    struct bootinfo *info = block_make();
    struct watched_walk walk;

    watched_walk_begin(&walk, info, watched_of_loader(info, WATCHED_BEFORE),
                       watched_of_loader(info, WATCHED_AFTER));
    expect_changes(&walk, expected, 2);
    watched_walk_begin(&walk, info, watched_of_loader(info, WATCHED_AFTER),
                       watched_of_loader(info, WATCHED_AFTER));
    expect_changes(&walk, NULL, 0);
    free(info);
}

/*   16 17 18 19 . 30 31 ... 39     changed: 16, 18, 19, 30, 39: no run leaves its range */
Test(watched_walk, finds_runs_at_both_ends_of_each_range)
{
    static const unsigned changed[] = {16, 18, 19, 30, 39};
    static const struct bootinfo_watch_range expected[] = {{16, 17}, {18, 20}, {30, 31}, {39, 40}};
    uint64_t now[14];
    struct watched_walk walk;

    choose(before_exit, 2, 64, NONE);
    watched_hash(&watched, WATCHED_AFTER, offset());
    add(before_exit, 2, 8192);
    for (size_t i = 0; i < 5; i++)
        arena[(changed[i] - ARENA_PFN) * 4096 + 100 * i] += 3;
    watched_take(block, offset(), now);
    watched_walk_begin(&walk, block, watched_of_loader(block, WATCHED_AFTER),
                       (struct watched_hashes){now, sizeof now[0]});
    expect_changes(&walk, expected, 4);
}

Test(watched_walk, finds_nothing_where_nothing_is_watched)
{
    struct bootinfo *info = block_make();
    struct watched_walk walk;

    info->watch_ranges.count = 0;
    watched_walk_begin(&walk, info, watched_of_loader(info, WATCHED_BEFORE),
                       watched_of_loader(info, WATCHED_AFTER));
    expect_changes(&walk, NULL, 0);
    free(info);
}

/* Random pages changed, and a byte of each: the runs are those of a plain loop. */
Test(watched_walk, agrees_with_a_loop_on_random_changes)
{
    uint64_t seed = 0x7a7c4ed, old[14], now[14];

    choose(before_exit, 2, 64, NONE);
    for (unsigned round = 0; round < 2000; round++) {
        struct bootinfo_watch_range expected[14];
        size_t count = 0;
        struct watched_walk walk;
        add(before_exit, 2, 8192);
        watched_take(block, offset(), old);
        for (uint64_t pfn = 16; pfn < 40; pfn++) {
            bool is_watched = pfn < 20 || pfn >= 30;
            if (random_below(&seed, 16) > 6)
                continue;
            arena[(pfn - ARENA_PFN) * 4096 + random_below(&seed, 4096)] ^= 0x81;
            if (is_watched && count > 0 && expected[count - 1].end_pfn == pfn && pfn != 30)
                expected[count - 1].end_pfn++;
            else if (is_watched)
                expected[count++] = (struct bootinfo_watch_range){pfn, pfn + 1};
        }
        watched_take(block, offset(), now);
        watched_walk_begin(&walk, block, (struct watched_hashes){old, 8},
                           (struct watched_hashes){now, 8});
        expect_changes(&walk, expected, count);
    }
}
