/* SPDX-License-Identifier: MIT */
/* Memory: how much the engine asks for, which of it it leaves alone, and the same in one buffer. */
#include <criterion/logging.h>
#include <inttypes.h>

#include "memmap/sweep.h"
#include "model/random.h"
#include "test_memmap_engine.h"

#define SEED UINT64_C(0x5c7a7c4)

static uint64_t dice;

Test(memmap_scratch_bytes, asks_for_128_bytes_an_entry_or_claim)
{
    cr_assert_eq(memmap_scratch_bytes(0, 0), 0);
    cr_assert_eq(memmap_scratch_bytes(3, 4), 7 * 128);
    cr_assert_eq(memmap_scratch_bytes(0x3fffffff, 0x3fffffff), UINT64_C(0x7ffffffe) * 128);
}

Test(memmap_in_place_bytes, asks_for_regions_working_memory_and_the_entries)
{
    cr_assert_eq(memmap_in_place_bytes(0, 0, 48), 32);
    cr_assert_eq(memmap_in_place_bytes(3, 4, 48), 15 * 32 + 7 * 128 + 3 * 48);
    cr_assert_eq(memmap_in_place_bytes(0x3fffffff, 0, 4096),
                 UINT64_C(0x7fffffff) * 32 + UINT64_C(0x3fffffff) * (128 + 4096));
}

/* ---- entries in order ------------------------------------------------------------------------ */

/* Does normalizing these leave the working memory alone? */
static bool goes_straight(const struct memmap_region *entries, size_t count, unsigned physical_bits)
{
    uint64_t scratch[128], junk[128];
    struct memmap_region regions[17];
    struct memmap map = {.regions = regions, .capacity = COUNT(regions)};
    struct memmap_input input = {.physical_bits = physical_bits};
    struct memmap_report report;

    memset(scratch, 0xa5, sizeof scratch);
    memset(junk, 0xa5, sizeof junk);
    cr_assert_eq(memmap_source_bootinfo(&input.source, entries, count * sizeof *entries,
                                        sizeof *entries),
                 MEMMAP_OK);
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report), MEMMAP_OK);
    return memcmp(scratch, junk, sizeof junk) == 0;
}

Test(memmap_normalize, touches_no_working_memory_where_entries_are_in_order)
{
    const uint64_t end = UINT64_C(1) << (36 - 12);
    const struct memmap_region touching[] = {PAGES(0, 2, U, WB), PAGES(2, 3, B, WB),
                                             PAGES(8, end, R, 0)};
    const struct memmap_region overlapping[] = {PAGES(0, 3, U, WB), PAGES(2, 4, B, WB)};
    const struct memmap_region empty[] = {PAGES(0, 3, U, WB), PAGES(4, 4, B, WB)};
    const struct memmap_region too_long[] = {PAGES(8, end + 1, R, 0)};
    const struct memmap_region whole[] = {PAGES(0, PFN_END, R, 0)};

    cr_assert(goes_straight(touching, 0, 36));
    cr_assert(goes_straight(touching, 1, 36));
    cr_assert(goes_straight(touching, 3, 36));
    cr_assert(goes_straight(whole, 1, 64));
    cr_assert_not(goes_straight(overlapping, 2, 36));
    cr_assert_not(goes_straight(empty, 2, 36));
    cr_assert_not(goes_straight(too_long, 1, 36));
}

/*   |--0--|-1-|   |--2--|   |-3-|       what it fills: the map, and pages by kind             */
Test(memmap_sweep_in_order, makes_regions_of_entries_as_it_reads_them)
{
    static const struct memmap_region entries[] = {PAGES(4, 6, B, WB), PAGES(6, 7, B, WB),
                                                   PAGES(9, 12, U, WB), PAGES(14, 15, B, UC)};
    static const struct memmap_region expected[] = {
        REGION(4, 7, B, WB, 0, SHARED), REGION(9, 12, U, WB, 2, 0), REGION(14, 15, B, UC, 3, 0)};
    struct memmap_region regions[9];
    struct made made = {.map = {.regions = regions, .capacity = COUNT(regions)},
                        .report = {.entry_count = 4}};
    struct memmap_input input = {.physical_bits = 36};

    cr_assert_eq(memmap_source_bootinfo(&input.source, entries, sizeof entries, sizeof *entries),
                 MEMMAP_OK);
    cr_assert(memmap_sweep_in_order(&input, &made.map, &made.report));
    expect_regions(&made, expected, COUNT(expected));
    cr_assert_eq(made.report.stated_pages[B], 4);
    cr_assert_eq(made.report.stated_pages[U], 3);
    cr_assert_eq(made.report.stated.pages, 7);
}

/* ---- entries in any order -------------------------------------------------------------------- */

enum { MOST = 70, HIGHEST = MEMMAP_KIND_COUNT - 1 };

/*   |-----------------------|     n entries, each inside the one before, of one kind and of kinds
 *     |-------------------|       in the order of ranks: the ends are in the reverse order
 *       |---------------|                                                                    */
static void sweep_nested(uint32_t count, bool inside_out)
{
    struct memmap_region entries[MOST];
    uint32_t kinds = count < MEMMAP_KIND_COUNT ? count : MEMMAP_KIND_COUNT;
    uint32_t flip = inside_out ? count - 1 : 0; /* the outermost entry */
    struct made made;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t inward = inside_out ? flip - i : i;
        entries[i] = (struct memmap_region)PAGES(0x100 + inward, 0x300 - inward, R, 0);
    }
    made = make_of_pages(entries, count, NULL, 0, 40);
    EXPECT_REGIONS(&made, REGION(0x100, 0x300, R, 0, flip, SHARED));
    release(&made);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t inward = inside_out ? flip - i : i;
        entries[i].kind = (uint8_t)(inward < HIGHEST ? inward : HIGHEST);
    }
    made = make_of_pages(entries, count, NULL, 0, 40);
    cr_assert_eq(made.map.count, 2 * kinds - 1, "%u", count);
    for (uint32_t i = 0; i < kinds; i++) {
        const struct memmap_region *left = &made.map.regions[i];
        const struct memmap_region *right = &made.map.regions[2 * kinds - 2 - i];
        uint32_t origin = inside_out ? flip - i : i;
        cr_assert(left->first_pfn == 0x100 + i && left->kind == i && left->origin == origin,
                  "%u: %u", count, i);
        cr_assert(right->end_pfn == 0x300 - i && right->kind == i && right->origin == origin,
                  "%u: %u", count, i);
    }
    release(&made);
}

Test(memmap_normalize, sweeps_entries_inside_each_other)
{
    for (uint32_t count = 2; count <= MOST; count++)
        sweep_nested(count, false);
}

/* These are put in order first, in a part of the working memory that the sort of the ends must not touch. */
Test(memmap_normalize, sweeps_entries_around_each_other)
{
    for (uint32_t count = 2; count <= MOST; count++)
        sweep_nested(count, true);
}

/* ---- one buffer ------------------------------------------------------------------------------ */

enum { MOST_ENTRIES = 40, STRIDE = 24, ROUNDS = 2000 };

static uint32_t random_table(uint8_t *table)
{
    uint32_t count = random_below(&dice, MOST_ENTRIES + 1);

    for (uint32_t i = 0; i < count; i++) {
        store_le64(table + STRIDE * i, 0x100 * (uint64_t)random_below(&dice, 4000));
        store_le64(table + STRIDE * i + 8,
                   random_below(&dice, 2) * 0x1000 + 0x100 * (uint64_t)random_below(&dice, 300));
        store_le64(table + STRIDE * i + 16, 1 + random_below(&dice, 5));
    }
    return count;
}

/* The same regions and the same report as in buffers apart; of the buffer, not a byte too many. */
Test(memmap_normalize_in_place, makes_what_buffers_apart_would_make)
{
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x10, .end_pfn = 0x18, .kind = MEMMAP_KERNEL},
        {.first_pfn = 0x40, .end_pfn = 0x41, .kind = MEMMAP_FRAMEBUFFER},
    };
    uint8_t table[MOST_ENTRIES * STRIDE];

    dice = SEED;
    cr_log_info("seed %#" PRIx64, dice);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t count = random_table(table), claim_count = round % 3;
        uint64_t bytes = memmap_in_place_bytes(count, claim_count, STRIDE);
        struct memmap_input input = {.claims = claims, .claim_count = claim_count, .physical_bits = 36};
        uint8_t *buffer = allocate(bytes, 0xcc);
        struct memmap_report report;
        struct memmap map;
        struct made apart;
        cr_assert_eq(memmap_source_e820(&input.source, table, count * STRIDE, STRIDE), MEMMAP_OK);
        apart = make(&input.source, claims, claim_count, 36);
        memcpy(buffer, table, count * STRIDE);
        input.source.bytes = buffer;
        cr_assert_eq(memmap_normalize_in_place(&input, buffer, bytes, &map, &report), apart.status);
        expect_regions(&apart, map.regions, map.count);
        cr_assert_eq(memcmp(&report, &apart.report, sizeof report), 0, "round %u", round);
        cr_assert_eq(memcmp(input.source.bytes, table, count * STRIDE), 0, "round %u", round);
        release(&apart);
        free(buffer);
    }
}
