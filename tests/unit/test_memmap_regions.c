/* SPDX-License-Identifier: MIT */
/* Our own formats: regions (boot info) and ranges. */
#include "test_memmap_readers.h"

#define REGION(first, end, attributes, kind) \
    L8(first), L8(end), L8(attributes), L4(0x80000007), kind, 3, 0xee, 0xee

Test(memmap_source_bootinfo, takes_kinds_and_attributes_as_they_are)
{
    uint8_t table[256 * 40];
    struct memmap_source source;

    for (unsigned kind = 0; kind < 256; kind++) {
        const uint8_t region[] = {REGION(0x100 + kind, 0x103 + kind,
                                         kind * UINT64_C(0x8000000100000001), (uint8_t)kind)};
        memcpy(table + 40 * kind, region, 32);
    }
    cr_assert_eq(memmap_source_bootinfo(&source, table, sizeof table, 40), MEMMAP_OK);
    for (unsigned kind = 0; kind < 256; kind++) {
        struct decoded expected = {(0x100 + kind) * UINT64_C(4096), 3, 0, kind,
                                   kind * UINT64_C(0x8000000100000001),
                                   kind < 22 ? (enum memmap_kind)kind : MEMMAP_RESERVED};
        struct memmap_source one = source;
        one.bytes += 40 * kind;
        one.count = 1;
        expect_entries(&one, MEMMAP_FORMAT_BOOTINFO, &expected, 1);
    }
}

Test(memmap_source_bootinfo, reads_regions_up_to_the_end_of_the_address_space)
{
    static const uint8_t table[] = {REGION(0, UINT64_C(1) << 52, WB, 0),
                                    REGION((UINT64_C(1) << 52) - 1, UINT64_C(1) << 52, 0, 19),
                                    REGION(7, 7, 0, 4)};
    static const struct decoded expected[] = {
        {0, UINT64_C(1) << 52, 0, 0, WB, MEMMAP_USABLE},
        {0xfffffffffffff000, 1, 0, 19, 0, MEMMAP_RESERVED},
        {0x7000, 0, 0, 4, 0, MEMMAP_UNACCEPTED},
    };
    uint8_t *bytes = exact_copy(table, sizeof table);
    struct memmap_source source;

    cr_assert_eq(memmap_source_bootinfo(&source, bytes, sizeof table, 32), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_BOOTINFO, expected, 3);
    free(bytes);
}

Test(memmap_source_bootinfo, refuses_what_is_no_range_and_leaves_the_source_alone)
{
    static const uint64_t ranges[][2] = {{2, 1},
                                         {UINT64_MAX, 0},
                                         {0, (UINT64_C(1) << 52) + 1},
                                         {(UINT64_C(1) << 52) + 1, (UINT64_C(1) << 52) + 1},
                                         {0, UINT64_MAX}};
    struct memmap_source source;
    uint8_t table[64] = {REGION(1, 2, 0, 0)};

    fill_junk(&source);
    for (size_t i = 0; i < COUNT(ranges); i++) {
        store_le64(table + 32, ranges[i][0]);
        store_le64(table + 40, ranges[i][1]);
        cr_assert_eq(memmap_source_bootinfo(&source, table, 64, 32), MEMMAP_BAD_RANGE, "%zu", i);
    }
    cr_assert_eq(memmap_source_bootinfo(&source, table, 64, 0), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_bootinfo(&source, table, 62, 31), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_bootinfo(&source, table, 63, 32), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
}

/* ---- ranges ---------------------------------------------------------------------------- */

Test(memmap_source_ranges, decodes_every_type)
{
    static const struct memmap_fdt_range ranges[] = {
        {0x80000123, 0x2045, MEMMAP_FDT_MEMORY, 0}, {0x1000, 0x1000, MEMMAP_FDT_RESERVATION, 0},
        {0x2000, 0x1000, MEMMAP_FDT_RESERVED, 0},   {0x3000, 0x1000, MEMMAP_FDT_NO_MAP, 0},
        {0x4000, 0, 0, 7},                          {0x5000, UINT64_MAX, 5, 7},
        {UINT64_MAX, 1, UINT32_MAX, 0},
    };
    static const struct decoded expected[] = {
        {0x80000123, 2, 0x45, 1, WB, MEMMAP_USABLE},
        {0x1000, 1, 0, 2, 0, MEMMAP_RESERVED},
        {0x2000, 1, 0, 3, 0, MEMMAP_RESERVED},
        {0x3000, 1, 0, 4, 0, MEMMAP_RESERVED},
        {0x4000, 0, 0, 0, 0, MEMMAP_RESERVED},
        {0x5000, 0xfffffffffffff, 0xfff, 5, 0, MEMMAP_RESERVED},
        {UINT64_MAX, 0, 1, UINT32_MAX, 0, MEMMAP_RESERVED},
    };
    struct memmap_source source;

    fill_junk(&source);
    cr_assert_eq(memmap_source_ranges(&source, ranges, (size_t)0x40000000), MEMMAP_BAD_SIZE);
    cr_assert_eq(memmap_source_ranges(&source, ranges, SIZE_MAX), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
    cr_assert_eq(memmap_source_ranges(&source, ranges, COUNT(ranges)), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_RANGES, expected, COUNT(expected));
}
