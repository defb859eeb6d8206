/* SPDX-License-Identifier: MIT */
/* One buffer: entries in, regions out, entries at the end. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/explain.h"
#include "memmap/normalize.h"

enum { STRIDE = 24, COUNT = 3 };

static uint64_t buffer[512];

/*   usable   |--------------|
 *   reserved      |---|
 *   usable   page 0                                                                     */
static struct memmap_input make_input(void)
{
    static const uint64_t entries[COUNT][3] = {
        {0x100000, 0x10000, 1}, {0x104000, 0x4000, 2}, {0, 0x1000, 1}};
    struct memmap_input input = {.physical_bits = 40};

    memset(buffer, 0xcc, sizeof buffer);
    memcpy(buffer, entries, sizeof entries);
    cr_assert_eq(memmap_source_e820(&input.source, buffer, sizeof entries, STRIDE), MEMMAP_OK);
    return input;
}

Test(memmap_normalize_in_place, leaves_regions_in_front_and_the_entries_behind)
{
    uint64_t bytes = memmap_in_place_bytes(COUNT, 0, STRIDE);
    struct memmap_input input = make_input();
    struct memmap_explanation why;
    struct memmap_report report;
    struct memmap map;

    cr_assert_leq(bytes, sizeof buffer);
    cr_assert_eq(memmap_normalize_in_place(&input, buffer, bytes, &map, &report), MEMMAP_OK);
    cr_assert_eq((void *)map.regions, (void *)buffer);
    cr_assert_eq(map.count, 4);
    cr_assert(map.regions[0].kind == MEMMAP_RESERVED && map.regions[0].end_pfn == 1);
    cr_assert(map.regions[1].kind == MEMMAP_USABLE && map.regions[1].end_pfn == 0x104);
    cr_assert(map.regions[2].kind == MEMMAP_RESERVED && map.regions[2].end_pfn == 0x108);
    cr_assert(map.regions[3].kind == MEMMAP_USABLE && map.regions[3].end_pfn == 0x110);
    cr_assert_eq((const void *)input.source.bytes,
                 (const void *)((uint8_t *)buffer + bytes - COUNT * STRIDE));
    cr_assert_eq(memmap_explain_begin(&why, &input, 0x105), MEMMAP_OK);
    cr_assert_eq(why.verdict.origin, 1, "the entries are still there");
}

Test(memmap_normalize_in_place, refuses_before_any_change)
{
    uint64_t bytes = memmap_in_place_bytes(COUNT, 0, STRIDE);
    struct memmap_input input = make_input();
    struct memmap_claim claim = {.first_pfn = 2, .end_pfn = 2};
    struct memmap map = {.count = 77};
    struct memmap_report report;
    uint64_t copy[512];

    memcpy(copy, buffer, sizeof copy);
    cr_assert_eq(memmap_normalize_in_place(&input, buffer, bytes - 1, &map, &report),
                 MEMMAP_NO_ROOM);
    input.physical_bits = 31;
    cr_assert_eq(memmap_normalize_in_place(&input, buffer, bytes, &map, &report),
                 MEMMAP_BAD_WIDTH);
    input.physical_bits = 40;
    input.claims = &claim;
    input.claim_count = 1;
    cr_assert_eq(memmap_normalize_in_place(&input, buffer, sizeof buffer, &map, &report),
                 MEMMAP_BAD_CLAIM);
    cr_assert_eq(map.count, 77);
    cr_assert_arr_eq(copy, buffer, sizeof copy);
    cr_assert_eq((const void *)input.source.bytes, (const void *)buffer);
}
