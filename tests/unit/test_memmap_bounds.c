/* SPDX-License-Identifier: MIT */
/* Edits, queries and explanations where a range, a kind or a count stands exactly at its bound. */
#include <criterion/criterion.h>
#include <string.h>

#include "memmap/allocate.h"
#include "memmap/explain.h"

#define WB     MEMMAP_WB
#define UC     MEMMAP_UC
#define ORIGIN (MEMMAP_ORIGIN_CLAIM | 5)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define REGION(first, end, kind_, attributes_, origin_, flags_)                            \
    (struct memmap_region)                                                                 \
    {                                                                                      \
        .first_pfn = first, .end_pfn = end, .attributes = attributes_, .origin = origin_,  \
        .kind = kind_, .flags = flags_                                                     \
    }

static void expect_map(const struct memmap *map, const struct memmap_region *expected, size_t count)
{
    cr_assert_eq(map->count, count, "%zu regions", map->count);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(memcmp(&map->regions[i], &expected[i], sizeof *expected), 0, "region %zu", i);
}

/* ---- reserve and release --------------------------------------------------------------- */

/*   |u usable|  k kernel  |    reserving k: what is kernel already keeps origin and flags */
Test(memmap_reserve, leaves_pages_of_the_same_kind_as_they_are)
{
    struct memmap_region regions[4] = {REGION(1, 4, MEMMAP_USABLE, UC, 0, 0),
                                       REGION(4, 8, MEMMAP_KERNEL, WB, 1, MEMMAP_CONFLICT)};
    const struct memmap_region expected[] = {
        REGION(1, 2, MEMMAP_USABLE, UC, 0, 0),
        REGION(2, 4, MEMMAP_KERNEL, UC, ORIGIN, MEMMAP_SHARED),
        REGION(4, 8, MEMMAP_KERNEL, WB, 1, MEMMAP_CONFLICT),
    };
    struct memmap map = {regions, 2, 4};
    uint64_t kept = 99;

    cr_assert_eq(memmap_reserve(&map, 2, 8, MEMMAP_KERNEL, ORIGIN, &kept), MEMMAP_OK);
    cr_assert_eq(kept, 0);
    expect_map(&map, expected, COUNT(expected));
}

/* Regions that become one have both flags, and are shared only if their origins differ. */
Test(memmap_release, says_that_merged_regions_are_shared_where_their_origins_differ)
{
    static const struct {
        uint32_t left_origin;
        uint8_t left_flags, right_flags, flags;
    } rows[] = {
        {7, 0, 0, 0},
        {8, 0, 0, MEMMAP_SHARED},
        {7, MEMMAP_CONFLICT, 0, MEMMAP_CONFLICT},
        {8, MEMMAP_CONFLICT, 0, MEMMAP_CONFLICT | MEMMAP_SHARED},
        {7, 0, MEMMAP_CONFLICT, MEMMAP_CONFLICT},
        {8, 0, MEMMAP_CONFLICT, MEMMAP_CONFLICT | MEMMAP_SHARED},
        {7, MEMMAP_CONFLICT, MEMMAP_SHARED, MEMMAP_CONFLICT | MEMMAP_SHARED},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memmap_region regions[2] = {
            REGION(1, 3, MEMMAP_LOADER_RECLAIMABLE, WB, rows[i].left_origin, rows[i].left_flags),
            REGION(3, 5, MEMMAP_USABLE, WB, 7, rows[i].right_flags)};
        const struct memmap_region expected =
            REGION(1, 5, MEMMAP_USABLE, WB, rows[i].left_origin, rows[i].flags);
        struct memmap map = {regions, 2, 2};
        cr_assert_eq(memmap_release(&map, 1, 3, MEMMAP_LOADER_RECLAIMABLE, MEMMAP_USABLE), MEMMAP_OK);
        cr_assert_eq(map.regions[0].flags, rows[i].flags, "row %zu: %u", i, map.regions[0].flags);
        expect_map(&map, &expected, 1);
    }
}

/*   page 0 | 1 ...: the border at page 1 is there already, so no cut and no room is needed */
Test(memmap_release, needs_no_room_where_page_0_is_a_region_of_its_own)
{
    struct memmap_region regions[2] = {REGION(0, 1, MEMMAP_BOOT_RECLAIMABLE, UC, 0, 0),
                                       REGION(1, 5, MEMMAP_BOOT_RECLAIMABLE, WB, 1, 0)};
    const struct memmap_region expected[] = {REGION(0, 1, MEMMAP_RESERVED, UC, 0, 0),
                                             REGION(1, 5, MEMMAP_USABLE, WB, 1, 0)};
    struct memmap map = {regions, 2, 2};

    cr_assert_eq(memmap_release(&map, 0, 5, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE), MEMMAP_OK);
    expect_map(&map, expected, COUNT(expected));
}

Test(memmap_release, needs_no_cut_for_page_0_alone)
{
    struct memmap_region regions[2] = {REGION(0, 3, MEMMAP_LOADER_RECLAIMABLE, WB, 0, 0)};
    const struct memmap_region expected[] = {REGION(0, 1, MEMMAP_RESERVED, WB, 0, 0),
                                             REGION(1, 3, MEMMAP_LOADER_RECLAIMABLE, WB, 0, 0)};
    struct memmap map = {regions, 1, 2};

    cr_assert_eq(memmap_release(&map, 0, 1, MEMMAP_LOADER_RECLAIMABLE, MEMMAP_USABLE), MEMMAP_OK);
    expect_map(&map, expected, COUNT(expected));
}

/* Exactly the room for the cuts at page 1 and at the end, and one less. */
Test(memmap_release, counts_the_cut_behind_page_0)
{
    const struct memmap_region before = REGION(0, 5, MEMMAP_BOOT_RECLAIMABLE, WB, 0, 0);
    const struct memmap_region expected[] = {REGION(0, 1, MEMMAP_RESERVED, WB, 0, 0),
                                             REGION(1, 3, MEMMAP_USABLE, WB, 0, 0),
                                             REGION(3, 5, MEMMAP_BOOT_RECLAIMABLE, WB, 0, 0)};
    struct memmap_region regions[3] = {before};
    struct memmap map = {regions, 1, 2};

    cr_assert_eq(memmap_release(&map, 0, 3, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE), MEMMAP_NO_ROOM);
    expect_map(&map, &before, 1);
    map.capacity = 3;
    cr_assert_eq(memmap_release(&map, 0, 3, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE), MEMMAP_OK);
    expect_map(&map, expected, COUNT(expected));
}

/* What lies in the array behind `count` is no region. */
Test(memmap_release_all, looks_at_no_region_of_an_empty_map)
{
    struct memmap_region regions[1] = {REGION(0, 5, MEMMAP_BOOT_RECLAIMABLE, WB, 0, 0)};
    const struct memmap_region before = regions[0];
    struct memmap map = {regions, 0, 0};
    uint64_t pages = 99;

    cr_assert_eq(memmap_release_all(&map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages), MEMMAP_OK);
    cr_assert_eq(pages, 0);
    cr_assert_eq(map.count, 0);
    map.capacity = 1;
    cr_assert_eq(memmap_release_all(&map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages), MEMMAP_OK);
    cr_assert_eq(map.count, 0);
    cr_assert_eq(memcmp(regions, &before, sizeof before), 0);
}

Test(memmap_release_all, needs_no_room_where_page_0_is_a_region_of_its_own)
{
    struct memmap_region regions[2] = {REGION(0, 1, MEMMAP_BOOT_RECLAIMABLE, UC, 0, 0),
                                       REGION(1, 2, MEMMAP_BOOT_RECLAIMABLE, WB, 1, 0)};
    const struct memmap_region expected[] = {REGION(0, 1, MEMMAP_RESERVED, UC, 0, 0),
                                             REGION(1, 2, MEMMAP_USABLE, WB, 1, 0)};
    struct memmap map = {regions, 2, 2};
    uint64_t pages = 99;

    cr_assert_eq(memmap_release_all(&map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages), MEMMAP_OK);
    cr_assert_eq(pages, 1);
    expect_map(&map, expected, COUNT(expected));
}

Test(memmap_release_all, cuts_page_0_off_a_region_of_two_pages_where_there_is_room)
{
    const struct memmap_region before = REGION(0, 2, MEMMAP_BOOT_RECLAIMABLE, WB, 0, 0);
    const struct memmap_region expected[] = {REGION(0, 1, MEMMAP_RESERVED, WB, 0, 0),
                                             REGION(1, 2, MEMMAP_USABLE, WB, 0, 0)};
    struct memmap_region regions[2] = {before};
    struct memmap map = {regions, 1, 1};
    uint64_t pages = 99;

    cr_assert_eq(memmap_release_all(&map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages),
                 MEMMAP_NO_ROOM);
    cr_assert_eq(pages, 99);
    expect_map(&map, &before, 1);
    map.capacity = 2;
    cr_assert_eq(memmap_release_all(&map, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_USABLE, &pages), MEMMAP_OK);
    cr_assert_eq(pages, 1);
    expect_map(&map, expected, COUNT(expected));
}

/* ---- allocate -------------------------------------------------------------------------- */

Test(memmap_allocate, judges_the_kind_before_it_looks_for_a_place)
{
    struct memmap map = {NULL, 0, 0};
    struct memmap_want want = {.page_count = 1, .kinds = memmap_kind_bit(MEMMAP_USABLE)};
    uint64_t pfn = 99;

    cr_assert_eq(memmap_allocate(&map, &want, MEMMAP_KIND_COUNT, ORIGIN, &pfn), MEMMAP_BAD_RANGE);
    cr_assert_eq(memmap_allocate(&map, &want, MEMMAP_USABLE, ORIGIN, &pfn), MEMMAP_BAD_RANGE);
    cr_assert_eq(memmap_allocate(&map, &want, MEMMAP_BAD, ORIGIN, &pfn), MEMMAP_NOT_FOUND);
    cr_assert_eq(pfn, 99);
}

/* Bits of kinds that this version does not know accept nothing, and are above no kind. */
Test(memmap_allocate, takes_no_notice_of_unknown_kinds)
{
    struct memmap_region regions[2] = {REGION(1, 3, MEMMAP_USABLE, WB, 0, 0)};
    struct memmap map = {regions, 1, 2};
    struct memmap_want want = {.page_count = 1, .kinds = memmap_kind_bit(MEMMAP_USABLE)};
    uint64_t pfn = 99;

    for (unsigned bit = MEMMAP_KIND_COUNT; bit < 32; bit++)
        want.kinds |= UINT32_C(1) << bit;
    cr_assert_eq(memmap_allocate(&map, &want, MEMMAP_BAD, ORIGIN, &pfn), MEMMAP_OK);
    cr_assert_eq(pfn, 1);
}

/* ---- explain ---------------------------------------------------------------------------- */

Test(memmap_explain_begin, refuses_a_bad_claim_wherever_it_stands)
{
    struct memmap_claim claims[3];
    struct memmap_input input = {.claims = claims, .claim_count = 3, .physical_bits = 36};
    static const struct memmap_claim bad[] = {
        {.first_pfn = 5, .end_pfn = 5, .kind = MEMMAP_KERNEL},
        {.first_pfn = 6, .end_pfn = 5, .kind = MEMMAP_KERNEL},
        {.first_pfn = 0, .end_pfn = (1 << 24) + 1, .kind = MEMMAP_KERNEL},
        {.first_pfn = 5, .end_pfn = 6, .kind = MEMMAP_KIND_COUNT},
        {.first_pfn = 5, .end_pfn = 6, .kind = 255},
    };

    cr_assert_eq(memmap_source_e820(&input.source, NULL, 0, 20), MEMMAP_OK);
    for (size_t at = 0; at < 3; at++) {
        for (size_t i = 0; i <= COUNT(bad); i++) {
            struct memmap_explanation walk, before;
            for (size_t k = 0; k < 3; k++)
                claims[k] = (struct memmap_claim){.first_pfn = 0, .end_pfn = 1 << 24, .kind = MEMMAP_BAD};
            if (i < COUNT(bad))
                claims[at] = bad[i];
            memset(&walk, 0x5a, sizeof walk);
            memcpy(&before, &walk, sizeof walk);
            cr_assert_eq(memmap_explain_begin(&walk, &input, 1),
                         i < COUNT(bad) ? MEMMAP_BAD_CLAIM : MEMMAP_OK, "claim %zu, %zu", at, i);
            if (i < COUNT(bad))
                cr_assert_eq(memcmp(&walk, &before, sizeof walk), 0);
        }
    }
}

Test(memmap_explain_begin, refuses_too_many_claims_before_it_reads_one)
{
    struct memmap_input input = {.claim_count = 0x40000000, .physical_bits = 48};
    struct memmap_explanation walk;

    cr_assert_eq(memmap_source_e820(&input.source, NULL, 0, 20), MEMMAP_OK);
    cr_assert_eq(memmap_explain_begin(&walk, &input, 1), MEMMAP_BAD_CLAIM);
    input.claim_count = UINT32_MAX;
    cr_assert_eq(memmap_explain_begin(&walk, &input, 1), MEMMAP_BAD_CLAIM);
}

/* ---- normalize -------------------------------------------------------------------------- */

Test(memmap_normalize, refuses_impossible_widths_and_too_many_claims_before_any_change)
{
    static const struct {
        unsigned physical_bits;
        uint32_t claim_count;
        enum memmap_status status;
    } rows[] = {
        {31, 0, MEMMAP_BAD_WIDTH},          {65, 0, MEMMAP_BAD_WIDTH},
        {0, 0, MEMMAP_BAD_WIDTH},           {UINT32_MAX, 0, MEMMAP_BAD_WIDTH},
        {48, 0x40000000, MEMMAP_BAD_CLAIM}, {48, UINT32_MAX, MEMMAP_BAD_CLAIM},
    };
    static uint64_t scratch[64], untouched[64];

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memmap_input input = {.claim_count = rows[i].claim_count,
                                     .physical_bits = rows[i].physical_bits};
        struct memmap_region region = REGION(1, 2, MEMMAP_BAD, 0, 0, 0);
        const struct memmap_region before = region;
        struct memmap map = {&region, 1, 1};
        struct memmap_report report;
        cr_assert_eq(memmap_source_e820(&input.source, NULL, 0, 20), MEMMAP_OK);
        cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report),
                     rows[i].status, "row %zu", i);
        expect_map(&map, &before, 1);
        cr_assert_eq(memcmp(scratch, untouched, sizeof scratch), 0);
    }
}

Test(memmap_report_balances, compares_pages_and_bytes)
{
    struct memmap_report report;

    memset(&report, 0, sizeof report);
    cr_assert(memmap_report_balances(&report));
    report.stated = report.output = (struct memmap_size){.pages = 3, .bytes = 5};
    cr_assert(memmap_report_balances(&report));
    report.output.bytes = 6;
    cr_assert_not(memmap_report_balances(&report));
    report.output = (struct memmap_size){.pages = 4, .bytes = 5};
    cr_assert_not(memmap_report_balances(&report));
}
