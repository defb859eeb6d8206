/* SPDX-License-Identifier: MIT */
/* The first and the last of a list are looked at, and nothing that stands behind it in memory. */
#include "memmap/explain.h"
#include "test_memmap_engine.h"

/* How many reasons the first `entry_count` entries and `claim_count` claims give for page 101. */
static unsigned count_reasons(size_t entry_count, uint32_t claim_count)
{
    static const struct memmap_region entries[] = {
        PAGES(0x100, 0x104, B, WB), PAGES(0x101, 0x102, B, WB), PAGES(0x100, 0x102, R, 0)};
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x100, .end_pfn = 0x102, .kind = KERNEL},
        {.first_pfn = 0x101, .end_pfn = 0x103, .kind = KERNEL},
        {.first_pfn = 0x101, .end_pfn = 0x102, .kind = FRAMEBUFFER},
    };
    struct memmap_input input = {.claims = claims, .claim_count = claim_count, .physical_bits = 40};
    struct memmap_explanation walk;
    struct memmap_reason reason;
    unsigned count = 0;

    cr_assert_eq(memmap_source_bootinfo(&input.source, entries, entry_count * sizeof *entries,
                                        sizeof *entries), MEMMAP_OK);
    cr_assert_eq(memmap_explain_begin(&walk, &input, 0x101), MEMMAP_OK);
    while (memmap_explain_next(&walk, &reason))
        count++;
    cr_assert_not(memmap_explain_next(&walk, &reason), "an end is an end");
    return count;
}

Test(memmap_explain_next, ends_behind_the_last_entry_and_the_last_claim)
{
    for (uint32_t entries = 0; entries <= 3; entries++)
        for (uint32_t claims = 0; claims < 3; claims++)
            cr_assert_eq(count_reasons(entries, claims), entries + claims, "%u entries, %u claims",
                         entries, claims);
}

/*   |-0-|-1-|-2-|-3-|   all apart in kind; the pair in question alike, or overlapping       */
Test(memmap_check, looks_at_every_pair_of_neighbours)
{
    for (size_t right = 1; right < 4; right++) {
        struct memmap_region regions[] = {PAGES(1, 3, U, WB), PAGES(3, 5, B, WB), PAGES(5, 7, U, WB),
                                          PAGES(7, 9, B, WB)};
        struct memmap map = {.regions = regions, .count = 4};
        struct memmap_fault fault = {.index = 99};
        cr_assert_eq(memmap_check(&map, 40, &fault), MEMMAP_OK);
        regions[right - 1].end_pfn++;
        cr_assert_eq(memmap_check(&map, 40, &fault), MEMMAP_NOT_NORMAL, "overlap at %zu", right);
        cr_assert_eq(fault.index, right);
        regions[right - 1].end_pfn--;
        regions[right - 1].kind = R;
        regions[right].kind = R;
        fault.index = 99;
        cr_assert_eq(memmap_check(&map, 40, &fault), MEMMAP_NOT_NORMAL, "alike at %zu", right);
        cr_assert_eq(fault.index, right);
        map.count = right;
        cr_assert_eq(memmap_check(&map, 40, &fault), MEMMAP_OK, "what is behind the map is no region");
    }
}

Test(memmap_source_bootinfo, looks_at_every_region)
{
    for (size_t bad = 0; bad < 4; bad++) {
        struct memmap_region regions[] = {PAGES(1, 3, U, WB), PAGES(3, 5, B, WB), PAGES(5, 7, U, WB),
                                          PAGES(7, 9, B, WB)};
        struct memmap_source source;
        regions[bad].first_pfn = 10;
        cr_assert_eq(memmap_source_bootinfo(&source, regions, sizeof regions, sizeof *regions),
                     MEMMAP_BAD_RANGE, "region %zu", bad);
        cr_assert_eq(memmap_source_bootinfo(&source, regions, bad * sizeof *regions, sizeof *regions),
                     MEMMAP_OK, "region %zu", bad);
    }
}

/* The ties are enough, and far enough from their order, that their sort ends in the spare array. */
Test(memmap_normalize, keeps_what_stands_around_spans_that_begin_together)
{
    enum { AHEAD = 20, TIES = 32, BEHIND = 40, ALL = AHEAD + TIES + BEHIND };
    struct memmap_region entries[ALL];
    struct made made;

    for (size_t i = 0; i < ALL; i++) {
        size_t tie = i - AHEAD;
        uint64_t first_pfn = 0x100 + 4 * i + (i >= AHEAD + TIES ? 0x1000 : 0);
        entries[i] = (struct memmap_region)PAGES(first_pfn, first_pfn + 1, U, WB);
        if (tie < TIES)
            entries[i] = (struct memmap_region)PAGES(0x800, 0x801 + (tie * 13 + 5) % TIES, U, WB);
    }
    made = make_of_pages(entries, ALL, NULL, 0, 40);
    cr_assert_eq(made.status, MEMMAP_OK);
    cr_assert_eq(made.map.count, AHEAD + 1 + BEHIND, "%zu regions", made.map.count);
    for (size_t i = 0; i < made.map.count; i++) {
        const struct memmap_region *region = &made.map.regions[i];
        const struct memmap_region *entry = &entries[i < AHEAD ? i : i + TIES - 1];
        cr_assert_eq(region->first_pfn, i == AHEAD ? 0x800 : entry->first_pfn, "region %zu", i);
        cr_assert_eq(region->end_pfn, i == AHEAD ? 0x800 + TIES : entry->end_pfn, "region %zu", i);
    }
    cr_assert_eq(made.report.counts[MEMMAP_DUPLICATE], 0);
    release(&made);
}
