/* SPDX-License-Identifier: MIT */
/*
 * The stages of reclaiming: every kind under every set of conditions against a table written
 * by hand, the walk against drawings and against a row of pages.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <string.h>

#include "memmap/reclaim.h"
#include "model/random.h"

#define SEED   UINT64_C(0x5ec1a101)
#define TABLES MEMMAP_OWN_TABLES
#define RUN    MEMMAP_RUNTIME_DECIDED
#define INFO   MEMMAP_BOOT_INFO_DONE
#define ACPI   MEMMAP_ACPI_PARSED
#define ALL    (TABLES | RUN | INFO | ACPI)

/* What a kind needs; "never" and "free" are no sets. */
static const struct need {
    enum memmap_kind kind;
    char fate; /* 'f' free, 'n' never, 'w' waits for: */
    uint32_t conditions;
} needs[] = {
    {MEMMAP_USABLE, 'f', 0},
    {MEMMAP_LOADER_RECLAIMABLE, 'w', 1 | 4},
    {MEMMAP_BOOT_RECLAIMABLE, 'w', 1 | 2},
    {MEMMAP_ACPI_RECLAIMABLE, 'w', 8},
    {MEMMAP_UNACCEPTED, 'n', 0},
    {MEMMAP_SOFT_RESERVED, 'n', 0},
    {MEMMAP_PERSISTENT, 'n', 0},
    {MEMMAP_KERNEL, 'n', 0},
    {MEMMAP_MODULE, 'n', 0},
    {MEMMAP_BOOT_INFO, 'w', 4},
    {MEMMAP_PAGE_TABLES, 'w', 1},
    {MEMMAP_STACK, 'w', 1},
    {MEMMAP_HANDOFF, 'w', 1},
    {MEMMAP_AP_TRAMPOLINE, 'n', 0},
    {MEMMAP_FIRMWARE_TABLE, 'n', 0},
    {MEMMAP_ACPI_NVS, 'n', 0},
    {MEMMAP_RUNTIME_CODE, 'n', 0},
    {MEMMAP_RUNTIME_DATA, 'n', 0},
    {MEMMAP_MMIO, 'n', 0},
    {MEMMAP_RESERVED, 'n', 0},
    {MEMMAP_FRAMEBUFFER, 'n', 0},
    {MEMMAP_BAD, 'n', 0},
};
_Static_assert(sizeof needs / sizeof needs[0] == MEMMAP_KIND_COUNT, "a row for each kind");

/* The fate by the table above. */
static enum memmap_reclaim fate_of(enum memmap_kind kind, uint32_t conditions, uint32_t *missing)
{
    const struct need *need = &needs[kind];

    *missing = 0;
    if (need->fate != 'w')
        return need->fate == 'f' ? MEMMAP_RECLAIM_FREE : MEMMAP_RECLAIM_NEVER;
    for (uint32_t bit = 1; bit <= 8; bit *= 2)
        if ((need->conditions & bit) != 0 && (conditions & bit) == 0)
            *missing += bit;
    return *missing == 0 ? MEMMAP_RECLAIM_SAFE : MEMMAP_RECLAIM_WAITS;
}

Test(memmap_reclaim_kind, follows_the_table_for_every_kind_and_every_set_of_conditions)
{
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        cr_assert_eq(needs[kind].kind, kind);
        for (uint32_t conditions = 0; conditions <= ALL; conditions++) {
            uint32_t missing = 0xabcd, expected;
            enum memmap_reclaim fate = fate_of((enum memmap_kind)kind, conditions, &expected);
            cr_assert_eq(memmap_reclaim_kind((enum memmap_kind)kind, conditions, &missing), fate,
                         "%s under %#x", memmap_kind_name((enum memmap_kind)kind), conditions);
            cr_assert_eq(missing, expected, "%s under %#x: %#x",
                         memmap_kind_name((enum memmap_kind)kind), conditions, missing);
        }
    }
}

Test(memmap_reclaim_kind, frees_boot_services_only_when_runtime_is_decided_too)
{
    uint32_t missing;

    cr_assert_eq(memmap_reclaim_kind(MEMMAP_BOOT_RECLAIMABLE, TABLES | INFO | ACPI, &missing),
                 MEMMAP_RECLAIM_WAITS);
    cr_assert_eq(missing, RUN);
    cr_assert_eq(memmap_reclaim_kind(MEMMAP_BOOT_RECLAIMABLE, RUN, &missing), MEMMAP_RECLAIM_WAITS);
    cr_assert_eq(missing, TABLES);
    cr_assert_eq(memmap_reclaim_kind(MEMMAP_BOOT_RECLAIMABLE, TABLES | RUN, &missing),
                 MEMMAP_RECLAIM_SAFE);
    cr_assert_eq(missing, 0);
}

Test(memmap_reclaim_kind, never_frees_firmware_tables_runtime_memory_or_unknown_kinds)
{
    static const enum memmap_kind kinds[] = {MEMMAP_FIRMWARE_TABLE, MEMMAP_RUNTIME_CODE,
                                             MEMMAP_RUNTIME_DATA,   MEMMAP_ACPI_NVS,
                                             MEMMAP_KIND_COUNT,     (enum memmap_kind)-1};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint32_t missing = 0xabcd;
        cr_assert_eq(memmap_reclaim_kind(kinds[i], UINT32_MAX, &missing), MEMMAP_RECLAIM_NEVER);
        cr_assert_eq(missing, 0);
    }
}

Test(memmap_reclaim_kind, takes_no_unknown_condition_for_a_known_one)
{
    uint32_t missing;

    cr_assert_eq(memmap_reclaim_kind(MEMMAP_BOOT_RECLAIMABLE, ~ALL, &missing), MEMMAP_RECLAIM_WAITS);
    cr_assert_eq(missing, TABLES | RUN);
}

Test(memmap_reclaim_name, names_fates_and_conditions)
{
    cr_assert_str_eq(memmap_reclaim_name(MEMMAP_RECLAIM_FREE), "free");
    cr_assert_str_eq(memmap_reclaim_name(MEMMAP_RECLAIM_SAFE), "safe");
    cr_assert_str_eq(memmap_reclaim_name(MEMMAP_RECLAIM_WAITS), "waits");
    cr_assert_str_eq(memmap_reclaim_name(MEMMAP_RECLAIM_NEVER), "never");
    cr_assert_str_eq(memmap_reclaim_name((enum memmap_reclaim)4), "unknown");
    cr_assert_str_eq(memmap_condition_name(0), "own-tables");
    cr_assert_str_eq(memmap_condition_name(1), "runtime-decided");
    cr_assert_str_eq(memmap_condition_name(2), "boot-info-done");
    cr_assert_str_eq(memmap_condition_name(3), "acpi-parsed");
    cr_assert_str_eq(memmap_condition_name(4), "unknown");
}

/* ---- the walk ------------------------------------------------------------------------------ */

#define R(first, end, what) {.first_pfn = (first), .end_pfn = (end), .kind = (what)}

static void walk_is(const struct memmap *map, uint32_t conditions,
                    const struct memmap_reclaim_range *expected, size_t count)
{
    struct memmap_reclaim_walk walk;
    struct memmap_reclaim_range range, untouched;

    memmap_reclaim_begin(&walk, map, conditions);
    for (size_t i = 0; i < count; i++) {
        cr_assert(memmap_reclaim_next(&walk, &range), "range %zu", i);
        cr_assert(range.first_pfn == expected[i].first_pfn && range.end_pfn == expected[i].end_pfn,
                  "range %zu: %lx-%lx", i, range.first_pfn, range.end_pfn);
        cr_assert_eq(range.kind, expected[i].kind, "range %zu", i);
        cr_assert_eq(range.reclaim, expected[i].reclaim, "range %zu is %s", i,
                     memmap_reclaim_name(range.reclaim));
        cr_assert_eq(range.missing, expected[i].missing, "range %zu lacks %#x", i, range.missing);
    }
    memset(&range, 0xcc, sizeof range);
    untouched = range;
    cr_assert_not(memmap_reclaim_next(&walk, &range));
    cr_assert_not(memmap_reclaim_next(&walk, &range), "and it stays so");
    cr_assert_eq(memcmp(&range, &untouched, sizeof range), 0);
}
#define WALK_IS(map, conditions, ...)                                                        \
    walk_is(map, conditions, (const struct memmap_reclaim_range[]){__VA_ARGS__},             \
            sizeof((const struct memmap_reclaim_range[]){__VA_ARGS__}) /                     \
                sizeof(struct memmap_reclaim_range))

/*   |usable|boot|firmware-table|boot|loader|   hole   |acpi|
 *           safe     never      safe  waits             waits                              */
Test(memmap_reclaim_next, tells_the_ranges_that_are_safe_and_what_the_others_wait_for)
{
    struct memmap_region regions[] = {
        R(1, 9, MEMMAP_USABLE),
        R(9, 12, MEMMAP_BOOT_RECLAIMABLE),
        R(12, 13, MEMMAP_FIRMWARE_TABLE),
        R(13, 20, MEMMAP_BOOT_RECLAIMABLE),
        R(20, 22, MEMMAP_LOADER_RECLAIMABLE),
        R(30, 31, MEMMAP_ACPI_RECLAIMABLE),
    };
    struct memmap map = {.regions = regions, .count = 6, .capacity = 6};

    WALK_IS(&map, TABLES | RUN, {1, 9, MEMMAP_USABLE, MEMMAP_RECLAIM_FREE, 0},
            {9, 12, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_SAFE, 0},
            {12, 13, MEMMAP_FIRMWARE_TABLE, MEMMAP_RECLAIM_NEVER, 0},
            {13, 20, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_SAFE, 0},
            {20, 22, MEMMAP_LOADER_RECLAIMABLE, MEMMAP_RECLAIM_WAITS, INFO},
            {30, 31, MEMMAP_ACPI_RECLAIMABLE, MEMMAP_RECLAIM_WAITS, ACPI});
    cr_assert_eq(regions[1].kind, MEMMAP_BOOT_RECLAIMABLE, "the walk changes no map");
}

/*   |0|-- boot --|      page 0 is cut off: it never becomes usable                        */
Test(memmap_reclaim_next, keeps_page_0_whatever_its_kind)
{
    struct memmap_region regions[] = {R(0, 5, MEMMAP_BOOT_RECLAIMABLE), R(5, 6, MEMMAP_USABLE)};
    struct memmap map = {.regions = regions, .count = 2, .capacity = 2};

    WALK_IS(&map, ALL, {0, 1, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_NEVER, 0},
            {1, 5, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_SAFE, 0},
            {5, 6, MEMMAP_USABLE, MEMMAP_RECLAIM_FREE, 0});
    WALK_IS(&map, RUN, {0, 1, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_NEVER, 0},
            {1, 5, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_WAITS, TABLES},
            {5, 6, MEMMAP_USABLE, MEMMAP_RECLAIM_FREE, 0});
    regions[0].end_pfn = 1;
    WALK_IS(&map, ALL, {0, 1, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_RECLAIM_NEVER, 0},
            {5, 6, MEMMAP_USABLE, MEMMAP_RECLAIM_FREE, 0});
    regions[0] = (struct memmap_region)R(0, 5, MEMMAP_RESERVED);
    WALK_IS(&map, ALL, {0, 5, MEMMAP_RESERVED, MEMMAP_RECLAIM_NEVER, 0},
            {5, 6, MEMMAP_USABLE, MEMMAP_RECLAIM_FREE, 0});
}

Test(memmap_reclaim_next, yields_nothing_of_an_empty_map_and_the_last_page_below_2_to_64)
{
    struct memmap_region region = R(PFN_END - 1, PFN_END, MEMMAP_ACPI_RECLAIMABLE);
    struct memmap map = {.regions = &region, .count = 0, .capacity = 1};

    walk_is(&map, ALL, NULL, 0);
    map.count = 1;
    WALK_IS(&map, ACPI, {PFN_END - 1, PFN_END, MEMMAP_ACPI_RECLAIMABLE, MEMMAP_RECLAIM_SAFE, 0});
}

/* ---- the row of pages ---------------------------------------------------------------------- */

#define PAGES 32
#define HOLE  (-1)

static uint64_t dice;

/* Paints the walk on a row of pages: every page once, holes never, each as its kind says. */
static void paint_round(unsigned long round)
{
    struct memmap_region regions[PAGES];
    struct memmap map = {.regions = regions, .count = 0, .capacity = PAGES};
    struct memmap_reclaim_walk walk;
    struct memmap_reclaim_range range;
    int kinds[PAGES], kind = HOLE;
    uint32_t conditions = random_below(&dice, ALL + 1), expected;
    uint64_t done = 0;

    for (int page = 0; page < PAGES; page++) {
        if (random_below(&dice, 3) == 0)
            kind = (int)random_below(&dice, MEMMAP_KIND_COUNT + 3) - 3;
        kind = kind < 0 ? HOLE : kind;
        kinds[page] = page == 0 && kind == MEMMAP_USABLE ? MEMMAP_RESERVED : kind;
        if (kinds[page] == HOLE)
            continue;
        if (page > 0 && kinds[page - 1] == kinds[page])
            regions[map.count - 1].end_pfn++;
        else
            regions[map.count++] = (struct memmap_region)R(page, page + 1, (uint8_t)kinds[page]);
    }
    memmap_reclaim_begin(&walk, &map, conditions);
    while (memmap_reclaim_next(&walk, &range)) {
        cr_assert(range.first_pfn >= done && range.first_pfn < range.end_pfn, "round %lu", round);
        for (; done < range.first_pfn; done++)
            cr_assert_eq(kinds[done], HOLE, "round %lu: page %lu is missing", round, done);
        for (; done < range.end_pfn; done++) {
            enum memmap_reclaim fate = fate_of((enum memmap_kind)kinds[done], conditions, &expected);
            if (done == 0)
                fate = MEMMAP_RECLAIM_NEVER, expected = 0;
            cr_assert(range.kind == (unsigned)kinds[done] && range.reclaim == fate &&
                          range.missing == expected,
                      "round %lu page %lu: %s", round, done, memmap_reclaim_name(range.reclaim));
        }
    }
    for (; done < PAGES; done++)
        cr_assert_eq(kinds[done], HOLE, "round %lu: page %lu is missing", round, done);
}

Test(memmap_reclaim_next, says_of_every_page_what_its_kind_says)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (unsigned long round = 0; round < 50000; round++) {
        dice = SEED + round;
        paint_round(round);
    }
}
