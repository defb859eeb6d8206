/* SPDX-License-Identifier: MIT */
/*
 * The engine against hand-drawn maps, and against a painter: one cell per KiB, painted by
 * rank, that knows nothing of events, sorting or sweeping.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/normalize.h"
#include "model/random.h"

#define MAX_ENTRIES 64
#define MAX_CLAIMS  8
#define WB          MEMMAP_WB

/* A firmware map under construction, 48-byte stride like EDK2's. */
struct table {
    uint8_t bytes[MAX_ENTRIES * 48];
    uint32_t count;
};

static void add(struct table *table, uint32_t type, uint64_t base, uint64_t pages,
                uint64_t attributes)
{
    uint8_t *at = table->bytes + table->count++ * 48;

    memset(at, 0xee, 48);
    store_le32(at, type);
    store_le64(at + 8, base);
    store_le64(at + 24, pages);
    store_le64(at + 32, attributes);
}

/* A normalized map and what was needed to make it. */
struct result {
    struct memmap_region regions[2 * (MAX_ENTRIES + MAX_CLAIMS) + 2];
    struct memmap map;
    struct memmap_report report;
    enum memmap_status status;
};

static uint64_t scratch[8192];

static void run(struct result *result, const struct memmap_source *source,
                const struct memmap_claim *claims, uint32_t claim_count, unsigned bits)
{
    struct memmap_input input = {
        .source = *source, .claims = claims, .claim_count = claim_count, .physical_bits = bits};

    memset(result, 0xcc, sizeof *result);
    result->map.regions = result->regions;
    result->map.capacity = memmap_max_regions(source->count, claim_count);
    cr_assert_leq(memmap_scratch_bytes(source->count, claim_count), sizeof scratch);
    result->status = memmap_normalize(&input, scratch,
                                      memmap_scratch_bytes(source->count, claim_count),
                                      &result->map, &result->report);
}

static void run_uefi(struct result *result, const struct table *table,
                     const struct memmap_claim *claims, uint32_t claim_count, unsigned bits)
{
    struct memmap_source source;

    cr_assert_eq(memmap_source_uefi(&source, table->bytes, table->count * 48, 48), MEMMAP_OK);
    run(result, &source, claims, claim_count, bits);
}

/* Compares the whole map with a literal: first, end, kind, attributes. */
struct expected {
    uint64_t first_pfn, end_pfn;
    enum memmap_kind kind;
    uint64_t attributes;
};

static void map_is(const struct result *result, const struct expected *expected, size_t count)
{
    cr_assert_eq(result->map.count, count, "regions: %zu", result->map.count);
    for (size_t i = 0; i < count; i++) {
        const struct memmap_region *region = &result->regions[i];
        cr_assert_eq(region->first_pfn, expected[i].first_pfn, "region %zu first %lx", i,
                     region->first_pfn);
        cr_assert_eq(region->end_pfn, expected[i].end_pfn, "region %zu end %lx", i,
                     region->end_pfn);
        cr_assert_eq(region->kind, expected[i].kind, "region %zu is %s", i,
                     memmap_kind_name(region->kind));
        cr_assert_eq(region->attributes, expected[i].attributes, "region %zu attributes %lx", i,
                     region->attributes);
    }
}
#define MAP_IS(result, ...)                                                            \
    map_is(result, (const struct expected[]){__VA_ARGS__},                             \
           sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

/*   usable   |--------------|
 *   reserved      |---|            case 43: split in three                              */
Test(memmap_normalize, keeps_reserved_when_it_lies_inside_usable)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 16, WB);
    add(&table, 0, 0x104000, 4, 0);
    run_uefi(&result, &table, NULL, 0, 48);
    cr_assert_eq(result.status, MEMMAP_OK);
    MAP_IS(&result, {0x100, 0x104, MEMMAP_USABLE, WB}, {0x104, 0x108, MEMMAP_RESERVED, 0},
           {0x108, 0x110, MEMMAP_USABLE, WB});
    cr_assert_eq(result.regions[1].origin, 1);
    cr_assert_eq(result.regions[1].flags, MEMMAP_SHARED | MEMMAP_CONFLICT);
    cr_assert_eq(result.report.counts[MEMMAP_CONTRADICTION], 1);
    cr_assert_eq(result.report.firsts[MEMMAP_CONTRADICTION], 1);
}

Test(memmap_normalize, joins_neighbours_of_one_kind_and_keeps_attributes_apart)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x200000, 1, WB);
    add(&table, 7, 0x201000, 1, WB);
    add(&table, 7, 0x202000, 1, WB | MEMMAP_MORE_RELIABLE);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0x200, 0x202, MEMMAP_USABLE, WB},
           {0x202, 0x203, MEMMAP_USABLE, WB | MEMMAP_MORE_RELIABLE});
    cr_assert_eq(result.regions[0].flags, MEMMAP_SHARED);
}

/*   WB UC XP   |-------|
 *   WB RO          |-------|     capabilities intersect, restrictions unite            */
Test(memmap_normalize, joins_attributes_where_entries_overlap)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x10000, 4, WB | MEMMAP_UC | MEMMAP_XP);
    add(&table, 7, 0x12000, 4, WB | MEMMAP_RO);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0x10, 0x12, MEMMAP_USABLE, WB | MEMMAP_UC | MEMMAP_XP},
           {0x12, 0x14, MEMMAP_USABLE, WB | MEMMAP_XP | MEMMAP_RO},
           {0x14, 0x16, MEMMAP_USABLE, WB | MEMMAP_RO});
    cr_assert_eq(result.report.counts[MEMMAP_OVERLAP], 1);
}

Test(memmap_normalize, makes_page_0_reserved_where_it_would_be_usable)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0, 0xa0, WB);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0, 1, MEMMAP_RESERVED, WB}, {1, 0xa0, MEMMAP_USABLE, WB});
}

Test(memmap_normalize, decides_kinds_by_type_then_runtime_then_attributes)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 1, WB | MEMMAP_SP);
    add(&table, 7, 0x102000, 1, WB | MEMMAP_NV);
    add(&table, 4, 0x104000, 1, MEMMAP_UC);
    add(&table, 7, 0x106000, 1, WB | MEMMAP_RUNTIME);
    add(&table, 11, 0x108000, 1, MEMMAP_UC | MEMMAP_RUNTIME);
    add(&table, 15, 0x10a000, 1, WB);
    add(&table, 16, 0x10c000, 1, WB);
    add(&table, 0x80000000, 0x10e000, 1, WB);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0x100, 0x101, MEMMAP_SOFT_RESERVED, WB | MEMMAP_SP},
           {0x102, 0x103, MEMMAP_PERSISTENT, WB | MEMMAP_NV},
           {0x104, 0x105, MEMMAP_RESERVED, MEMMAP_UC},
           {0x106, 0x107, MEMMAP_RUNTIME_DATA, WB | MEMMAP_RUNTIME},
           {0x108, 0x109, MEMMAP_MMIO, MEMMAP_UC | MEMMAP_RUNTIME},
           {0x10a, 0x10b, MEMMAP_UNACCEPTED, WB}, {0x10c, 0x10d, MEMMAP_RESERVED, WB},
           {0x10e, 0x10f, MEMMAP_RESERVED, WB});
}

Test(memmap_normalize, takes_write_back_as_given_where_no_entry_says_anything)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 1, 0);
    add(&table, 4, 0x102000, 1, 0);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0x100, 0x101, MEMMAP_USABLE, WB}, {0x102, 0x103, MEMMAP_BOOT_RECLAIMABLE, WB});
}

/* Cases 39, 44, 46 and the top of the address space. */
Test(memmap_normalize, drops_clips_and_counts_impossible_entries)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 0, WB);
    add(&table, 7, UINT64_C(0xfffffffffffff000), 2, WB);
    add(&table, 7, 0x200000, UINT64_C(1) << 52, WB);
    add(&table, 7, UINT64_C(0xfffffff000), 4, WB);
    add(&table, 0, UINT64_C(0xfffffffff0000000), 0x10000, 0);
    run_uefi(&result, &table, NULL, 0, 40);
    MAP_IS(&result, {0xfffffff, 0x10000000, MEMMAP_USABLE, WB});
    cr_assert_eq(result.report.counts[MEMMAP_EMPTY], 1);
    cr_assert_eq(result.report.counts[MEMMAP_WRAPPING], 2);
    cr_assert_eq(result.report.firsts[MEMMAP_WRAPPING], 1);
    cr_assert_eq(result.report.counts[MEMMAP_BEYOND_WIDTH], 2);
    cr_assert(memmap_report_balances(&result.report));
}

Test(memmap_normalize, treats_an_entry_that_ends_at_2_to_64_like_any_other)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, UINT64_C(0xffffffffffffe000), 2, WB);
    add(&table, 0, UINT64_C(0xfffffffffffff000), 1, 0);
    run_uefi(&result, &table, NULL, 0, 64);
    MAP_IS(&result, {PFN_END - 2, PFN_END - 1, MEMMAP_USABLE, WB},
           {PFN_END - 1, PFN_END, MEMMAP_RESERVED, 0});
}

Test(memmap_normalize, rounds_usable_inwards_and_everything_else_outwards)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100800, 2, WB);
    add(&table, 0, 0x200800, 2, 0);
    run_uefi(&result, &table, NULL, 0, 48);
    MAP_IS(&result, {0x101, 0x102, MEMMAP_USABLE, WB}, {0x200, 0x203, MEMMAP_RESERVED, 0});
    cr_assert_eq(result.report.counts[MEMMAP_MISALIGNED], 2);
    cr_assert_eq(result.report.lost.pages, 1);
    cr_assert_eq(result.report.grown.pages, 1);
}

static const struct memmap_claim two_claims[] = {
    {.first_pfn = 0x104, .end_pfn = 0x106, .kind = MEMMAP_KERNEL, .flags = MEMMAP_CLAIM_LOADED},
    {.first_pfn = 0x300, .end_pfn = 0x301, .kind = MEMMAP_FRAMEBUFFER},
};

/*   loader data |--------|
 *   claims         |kk|          |fb|                                                  */
Test(memmap_normalize, lays_claims_over_the_loaders_memory)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 2, 0x100000, 16, WB);
    run_uefi(&result, &table, two_claims, 2, 48);
    cr_assert_eq(result.status, MEMMAP_OK);
    MAP_IS(&result, {0x100, 0x104, MEMMAP_LOADER_RECLAIMABLE, WB}, {0x104, 0x106, MEMMAP_KERNEL, WB},
           {0x106, 0x110, MEMMAP_LOADER_RECLAIMABLE, WB}, {0x300, 0x301, MEMMAP_FRAMEBUFFER, 0});
    cr_assert_eq(result.regions[1].origin, MEMMAP_ORIGIN_CLAIM | 0);
    cr_assert_eq(result.report.claimed.pages, 1);
    cr_assert_eq(result.report.counts[MEMMAP_CONTRADICTION], 0, "a claim is no contradiction");
}

Test(memmap_normalize, names_a_loaded_claim_outside_the_loaders_memory)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 16, WB);
    run_uefi(&result, &table, two_claims, 2, 48);
    cr_assert_eq(result.status, MEMMAP_CLAIM_MISSES);
    cr_assert_eq(result.report.fault_claim, 0);
    cr_assert_eq(result.report.fault_origin, 0);
    cr_assert_eq(result.report.fault_pfn, 0x104);
}

Test(memmap_normalize, names_a_loaded_claim_that_lost_a_page)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 2, 0x100000, 16, WB);
    add(&table, 0, 0x105000, 1, 0);
    run_uefi(&result, &table, two_claims, 2, 48);
    cr_assert_eq(result.status, MEMMAP_CLAIM_LOST);
    cr_assert_eq(result.report.fault_claim, 0);
    cr_assert_eq(result.report.fault_origin, 1);
    cr_assert_eq(result.report.fault_pfn, 0x105);
}

Test(memmap_normalize, refuses_bad_claims_widths_and_small_buffers_without_change)
{
    struct table table = {.count = 0};
    struct memmap_source source;
    struct memmap_region regions[100];
    struct memmap_report report;
    struct memmap map = {.regions = regions, .count = 77, .capacity = 2};
    struct memmap_claim claim = {.first_pfn = 2, .end_pfn = 2, .kind = MEMMAP_KERNEL};

    add(&table, 7, 0x100000, 16, WB);
    cr_assert_eq(memmap_source_uefi(&source, table.bytes, 48, 48), MEMMAP_OK);
    struct memmap_input input = {.source = source, .physical_bits = 48};
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report), MEMMAP_NO_ROOM);
    map.capacity = sizeof regions / sizeof regions[0];
    cr_assert_eq(memmap_normalize(&input, scratch, memmap_scratch_bytes(1, 0) - 1, &map, &report),
                 MEMMAP_NO_ROOM);
    input.physical_bits = 65;
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report),
                 MEMMAP_BAD_WIDTH);
    input.physical_bits = 48;
    input.claims = &claim;
    input.claim_count = 1;
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report),
                 MEMMAP_BAD_CLAIM);
    claim = (struct memmap_claim){.first_pfn = 2, .end_pfn = (UINT64_C(1) << 36) + 1};
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report),
                 MEMMAP_BAD_CLAIM);
    claim = (struct memmap_claim){.first_pfn = 2, .end_pfn = 3, .kind = MEMMAP_KIND_COUNT};
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report),
                 MEMMAP_BAD_CLAIM);
    cr_assert_eq(map.count, 77, "unchanged");
}

Test(memmap_source_uefi, refuses_impossible_strides_and_sizes)
{
    struct memmap_source source;
    uint8_t bytes[96] = {0};

    cr_assert_eq(memmap_source_uefi(&source, bytes, 96, 0), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_uefi(&source, bytes, 96, 32), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_uefi(&source, bytes, 92, 46), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_uefi(&source, bytes, 95, 48), MEMMAP_BAD_SIZE);
    cr_assert_eq(memmap_source_uefi(&source, bytes, 96, 48), MEMMAP_OK);
    cr_assert_eq(source.count, 2);
}

Test(memmap_normalize, accepts_an_empty_map)
{
    struct table table = {.count = 0};
    struct result result;

    run_uefi(&result, &table, NULL, 0, 48);
    cr_assert_eq(result.status, MEMMAP_OK);
    cr_assert_eq(result.map.count, 0);
}

Test(memmap_normalize, counts_exact_duplicates_wherever_they_stand)
{
    struct table table = {.count = 0};
    struct result result;

    add(&table, 7, 0x100000, 16, WB);
    add(&table, 0, 0x100000, 16, 0);
    add(&table, 7, 0x100000, 8, WB);
    add(&table, 7, 0x100000, 16, WB);
    run_uefi(&result, &table, NULL, 0, 48);
    cr_assert_eq(result.report.counts[MEMMAP_DUPLICATE], 1);
    cr_assert_eq(result.report.firsts[MEMMAP_DUPLICATE], 3);
    MAP_IS(&result, {0x100, 0x110, MEMMAP_RESERVED, 0});
}

/* ---- the painter ------------------------------------------------------------------- */

#define CELLS 96 /* of 1 KiB: 24 pages */

struct painting {
    bool stated[CELLS], dropped[CELLS], entry[CELLS], claim[CELLS];
    int kind[CELLS / 4]; /* per page; -1 hole */
    uint64_t attributes[CELLS / 4];
};

static uint64_t dice;

struct cell_entry {
    uint32_t first, cells; /* KiB */
    uint32_t type;         /* E820 */
};

static enum memmap_kind kind_of(uint32_t type)
{
    return type == 1 ? MEMMAP_USABLE : type == 3 ? MEMMAP_ACPI_RECLAIMABLE : MEMMAP_RESERVED;
}

static void paint_page(struct painting *painting, uint32_t page, enum memmap_kind kind)
{
    if ((int)kind > painting->kind[page])
        painting->kind[page] = (int)kind;
}

static void paint_entry(struct painting *painting, const struct cell_entry *entry,
                        uint32_t width_pages)
{
    uint32_t end = entry->first + entry->cells;
    uint32_t first_page = entry->first / 4, end_page = (end + 3) / 4;

    for (uint32_t i = entry->first; i < end; i++)
        painting->stated[i] = true;
    if (entry->cells == 0)
        return;
    if (entry->type == 1) {
        first_page = (entry->first + 3) / 4;
        end_page = end / 4;
    }
    for (uint32_t page = first_page; page < end_page && page < width_pages; page++) {
        paint_page(painting, page, kind_of(entry->type));
        for (unsigned i = 0; i < 4; i++)
            painting->entry[page * 4 + i] = true;
    }
}

static uint64_t cells_of(struct memmap_size size)
{
    cr_assert_eq(size.bytes % 1024, 0);
    return size.pages * 4 + size.bytes / 1024;
}

static void compare(const struct painting *painting, const struct result *result,
                    uint32_t width_pages, unsigned long round)
{
    uint64_t stated = 0, claimed = 0, grown = 0, lost = 0, clipped = 0;
    size_t at = 0;

    for (uint32_t page = 0; page < CELLS / 4; page++) {
        int kind = -1;
        while (at < result->map.count && result->regions[at].end_pfn <= page)
            at++;
        if (at < result->map.count && result->regions[at].first_pfn <= page)
            kind = result->regions[at].kind;
        int painted = painting->kind[page];
        cr_assert_eq(kind, painted, "round %lu page %u: %d, painted %d", round, page, kind, painted);
    }
    for (uint32_t i = 0; i < CELLS; i++) {
        bool out = painting->entry[i] || painting->claim[i];
        stated += painting->stated[i];
        grown += !painting->stated[i] && painting->entry[i];
        claimed += !painting->stated[i] && !painting->entry[i] && painting->claim[i];
        clipped += painting->stated[i] && !out && i / 4 >= width_pages;
        lost += painting->stated[i] && !out && i / 4 < width_pages;
    }
    cr_assert_eq(cells_of(result->report.stated), stated, "round %lu stated", round);
    cr_assert_eq(cells_of(result->report.grown), grown, "round %lu grown", round);
    cr_assert_eq(cells_of(result->report.lost), lost, "round %lu lost", round);
    cr_assert_eq(cells_of(result->report.clipped), clipped, "round %lu clipped", round);
    cr_assert_eq(cells_of(result->report.claimed), claimed, "round %lu claimed", round);
}

/* The map lies at the top of the address width, so that clipping happens too. */
static void paint_round(unsigned long round)
{
    static const uint32_t types[3] = {1, 2, 3};
    struct painting painting;
    struct cell_entry entries[6];
    struct memmap_claim claims[2];
    uint8_t bytes[6 * 20];
    struct memmap_source source;
    struct result result;
    uint32_t count = random_below(&dice, 7), claim_count = random_below(&dice, 3);
    uint32_t width_pages = random_below(&dice, 2) == 0 ? CELLS / 4 : CELLS / 4 - 6;
    /* 32 address bits: page `width_pages` of the painting is pfn 2^20. */
    uint64_t base_pfn = random_below(&dice, 2) == 0 ? 0 : (UINT64_C(1) << 20) - width_pages;

    if (base_pfn == 0)
        width_pages = CELLS / 4;
    memset(&painting, 0, sizeof painting);
    memset(painting.kind, 0xff, sizeof painting.kind);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].first = random_below(&dice, CELLS);
        entries[i].cells = random_below(&dice, CELLS - entries[i].first + 1);
        if (random_below(&dice, 3) == 0)
            entries[i].first &= ~3u, entries[i].cells &= ~3u;
        entries[i].type = types[random_below(&dice, 3)];
        store_le64(bytes + i * 20, base_pfn * 4096 + entries[i].first * 1024);
        store_le64(bytes + i * 20 + 8, entries[i].cells * 1024);
        store_le32(bytes + i * 20 + 16, entries[i].type);
        paint_entry(&painting, &entries[i], width_pages);
    }
    for (uint32_t i = 0; i < claim_count; i++) {
        uint32_t first = random_below(&dice, width_pages), pages = 1 + random_below(&dice, width_pages - first);
        enum memmap_kind kind = random_below(&dice, 2) == 0 ? MEMMAP_KERNEL : MEMMAP_BAD;
        claims[i] = (struct memmap_claim){.first_pfn = base_pfn + first,
                                          .end_pfn = base_pfn + first + pages,
                                          .kind = (uint8_t)kind};
        for (uint32_t page = first; page < first + pages; page++) {
            paint_page(&painting, page, kind);
            for (unsigned cell = 0; cell < 4; cell++)
                painting.claim[page * 4 + cell] = true;
        }
    }
    cr_assert_eq(memmap_source_e820(&source, bytes, count * 20, 20), MEMMAP_OK);
    run(&result, &source, claims, claim_count, 32);
    cr_assert_eq(result.status, MEMMAP_OK, "round %lu: %s", round,
                 memmap_status_name(result.status));
    cr_assert_eq(memmap_check(&result.map, 32, NULL), MEMMAP_OK, "round %lu not normal", round);
    for (size_t i = 0; i < result.map.count; i++) {
        result.regions[i].first_pfn -= base_pfn;
        result.regions[i].end_pfn -= base_pfn;
    }
    if (base_pfn == 0 && painting.kind[0] == MEMMAP_USABLE)
        painting.kind[0] = MEMMAP_RESERVED;
    compare(&painting, &result, width_pages, round);
}

Test(memmap_normalize, equals_the_painter_on_random_maps)
{
    for (unsigned long round = 0; round < 200000; round++) {
        dice = round * 7919 + 1;
        paint_round(round);
    }
}
