/* SPDX-License-Identifier: MIT */
/* What a boot remembers for the next one, what moved, and what a variable of noise does. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "bootinfo/drift.h"

#define EMPTY_BYTES     280u /* header 16, 22 kinds of 12 bytes */
#define PLACEMENT_BYTES 16u

/*   0   1     80    9f   100      200   210   220
 *   |res|usable|boot|    |usable--|rt-d.|acpi-|      boot-services memory adjoins usable    */
static const struct memmap_region map_regions[6] = {
    {.first_pfn = 0, .end_pfn = 1, .kind = MEMMAP_RESERVED},
    {.first_pfn = 1, .end_pfn = 0x80, .kind = MEMMAP_USABLE, .attributes = 8},
    {.first_pfn = 0x80, .end_pfn = 0x9f, .kind = MEMMAP_BOOT_RECLAIMABLE, .attributes = 15},
    {.first_pfn = 0x100, .end_pfn = 0x200, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x200, .end_pfn = 0x210, .kind = MEMMAP_RUNTIME_DATA},
    {.first_pfn = 0x210, .end_pfn = 0x220, .kind = MEMMAP_ACPI_RECLAIMABLE},
};

static const struct memmap_claim map_claims[3] = {
    {.first_pfn = 0x100, .end_pfn = 0x104, .kind = MEMMAP_KERNEL, .flags = MEMMAP_CLAIM_LOADED},
    {.first_pfn = 0x210, .end_pfn = 0x211, .kind = MEMMAP_FIRMWARE_TABLE},
    {.first_pfn = 0x110, .end_pfn = 0x120, .kind = MEMMAP_STACK, .flags = MEMMAP_CLAIM_LOADED},
};

static struct memmap_region regions[6];
static struct memmap_claim claims[3];
static struct drift_record before, now;
static struct bootinfo_drift drift;

static void take(struct drift_record *record)
{
    struct memmap map = {.regions = regions, .count = 6, .capacity = 6};

    drift_take(&map, claims, 3, record);
}

static void reset(void)
{
    memcpy(regions, map_regions, sizeof regions);
    memcpy(claims, map_claims, sizeof claims);
    take(&before);
}

static void expect(enum bootinfo_drift_state state, uint32_t kinds, uint32_t moved)
{
    take(&now);
    drift_compare(&before, &now, &drift);
    cr_assert_eq(drift.state, state, "state %u", drift.state);
    cr_assert_eq(drift.kinds, kinds, "kinds 0x%x", drift.kinds);
    cr_assert_eq(drift.placements_moved, moved, "%u moved", drift.placements_moved);
    cr_assert_eq(drift.placement_count, 2);
    cr_assert_eq(drift.stored, 0);
}

static void reseal(struct drift_record *record)
{
    uint32_t crc = crc32c(0, record->bytes + 8, record->size_bytes - 8);

    memcpy(record->bytes + 4, &crc, 4);
}

Test(drift_take, lays_out_what_the_readme_says)
{
    static const uint8_t head[16] = {'G', 'D', 'R', 'F', [8] = 1, [10] = 22, [12] = 2};
    static const uint8_t placements[32] = {0, 1, [7] = 7, [8] = 4, [16] = 0x10, [17] = 1, [23] = 11, [24] = 16};
    static const uint64_t bounds[2] = {0x200, 0x210};
    uint32_t crc, runtime = crc32c(0, bounds, 16);

    reset();
    crc = crc32c(0, before.bytes + 8, before.size_bytes - 8);
    cr_assert_eq(before.size_bytes, EMPTY_BYTES + 2 * PLACEMENT_BYTES);
    cr_assert_eq(memcmp(before.bytes, head, 4), 0);
    cr_assert_eq(memcmp(before.bytes + 4, &crc, 4), 0);
    cr_assert_eq(memcmp(before.bytes + 8, head + 8, 8), 0);
    cr_assert_eq(before.bytes[16 + 17 * 12], 0x10, "pages of runtime-data");
    cr_assert_eq(memcmp(before.bytes + 16 + 17 * 12 + 8, &runtime, 4), 0);
    cr_assert_eq(memcmp(before.bytes + EMPTY_BYTES, placements, sizeof placements), 0);
    cr_assert(drift_is_record(&before));
}

Test(drift_take, folds_what_a_kernel_gets_back_into_usable)
{
    reset();
    cr_assert_eq(drift_kind(&before, MEMMAP_USABLE).page_count, 0x9e + 0x100);
    cr_assert_eq(drift_kind(&before, MEMMAP_BOOT_RECLAIMABLE).page_count, 0);
    regions[2].kind = MEMMAP_LOADER_RECLAIMABLE;
    regions[1].end_pfn = regions[2].first_pfn = 0x42;
    regions[4].attributes = MEMMAP_RUNTIME;
    expect(BOOTINFO_DRIFT_SAME, 0, 0);
}

Test(drift_compare, tells_the_firmware_s_moves_from_the_loader_s)
{
    reset();
    expect(BOOTINFO_DRIFT_SAME, 0, 0);
    regions[4].first_pfn = 0x1ff;
    regions[3].end_pfn = 0x1ff;
    expect(BOOTINFO_DRIFT_MOVED, 1u << MEMMAP_USABLE | 1u << MEMMAP_RUNTIME_DATA, 0);
    reset();
    claims[2].first_pfn = 0x111;
    claims[2].end_pfn = 0x121;
    expect(BOOTINFO_DRIFT_MOVED, 0, 1);
    claims[0].kind = MEMMAP_MODULE;
    expect(BOOTINFO_DRIFT_MOVED, 0, 2);
    regions[0].kind = MEMMAP_ACPI_NVS;
    expect(BOOTINFO_DRIFT_MOVED, 1u << MEMMAP_RESERVED | 1u << MEMMAP_ACPI_NVS, 2);
    reset();
    claims[1].end_pfn++; /* no placement of the loader's */
    expect(BOOTINFO_DRIFT_SAME, 0, 0);
}

Test(drift_compare, sees_a_move_that_keeps_every_page_count)
{
    reset();
    regions[4] = (struct memmap_region){.first_pfn = 0x200, .end_pfn = 0x210, .kind = MEMMAP_ACPI_RECLAIMABLE};
    regions[5] = (struct memmap_region){.first_pfn = 0x210, .end_pfn = 0x220, .kind = MEMMAP_RUNTIME_DATA};
    expect(BOOTINFO_DRIFT_MOVED, 1u << MEMMAP_ACPI_RECLAIMABLE | 1u << MEMMAP_RUNTIME_DATA, 0);
}

Test(drift_compare, counts_placements_that_came_or_went)
{
    struct memmap map = {.regions = regions, .count = 6, .capacity = 6};

    reset();
    drift_take(&map, claims, 1, &now);
    drift_compare(&before, &now, &drift);
    cr_assert_eq(drift.placements_moved, 1);
    cr_assert_eq(drift.placement_count, 1);
    drift_compare(&now, &before, &drift);
    cr_assert_eq(drift.placements_moved, 1);
    cr_assert_eq(drift.placement_count, 2);
}

Test(drift_take, remembers_46_placements_and_counts_the_rest)
{
    static struct memmap_claim many[60];
    struct memmap map = {.regions = regions, .count = 6, .capacity = 6};

    reset();
    for (uint32_t i = 0; i < 60; i++)
        many[i] = (struct memmap_claim){.first_pfn = 0x100 + i, .end_pfn = 0x101 + i,
                                        .kind = MEMMAP_MODULE, .flags = MEMMAP_CLAIM_LOADED};
    drift_take(&map, many, 59, &before);
    cr_assert_eq(before.size_bytes, EMPTY_BYTES + 46 * PLACEMENT_BYTES);
    cr_assert_leq(before.size_bytes, 1024);
    cr_assert(drift_is_record(&before));
    cr_assert_eq(drift_placement_count(&before), 46);
    cr_assert_eq(drift_placement(&before, 45).first_pfn, 0x100 + 45);
    drift_take(&map, many, 60, &now);
    drift_compare(&before, &now, &drift);
    cr_assert_eq(drift.state, BOOTINFO_DRIFT_MOVED, "one more, though beyond what is remembered");
    cr_assert_eq(drift.placement_count, 60);
}

Test(drift_compare, calls_nothing_the_first_boot_and_anything_else_unreadable)
{
    reset();
    before.size_bytes = 0;
    expect(BOOTINFO_DRIFT_FIRST, 0, 0);
    for (uint32_t size = 1; size < EMPTY_BYTES + 2 * PLACEMENT_BYTES; size++) {
        take(&before);
        before.size_bytes = size;
        if (size > 8)
            reseal(&before);
        expect(BOOTINFO_DRIFT_UNREADABLE, 0, 0);
    }
    before.size_bytes = UINT32_MAX;
    expect(BOOTINFO_DRIFT_UNREADABLE, 0, 0);
}

Test(drift_is_record, finds_every_flipped_bit_and_other_versions)
{
    static const uint32_t fields[] = {0, 8, 10, 13};

    reset();
    for (uint32_t at = 0; at < before.size_bytes; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            before.bytes[at] ^= (uint8_t)(1u << bit);
            cr_assert_not(drift_is_record(&before), "byte %u bit %u", at, bit);
            before.bytes[at] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t i = 0; i < 4; i++) { /* sealed again: what the CRC does not tell */
        reset();
        before.bytes[fields[i]]++;
        reseal(&before);
        cr_assert_not(drift_is_record(&before), "field at %u", fields[i]);
    }
}

Test(drift_take, takes_an_empty_map_without_claims)
{
    struct memmap map = {0};

    drift_take(&map, NULL, 0, &now);
    cr_assert_eq(now.size_bytes, EMPTY_BYTES);
    cr_assert(drift_is_record(&now));
}
