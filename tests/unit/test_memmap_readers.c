/* SPDX-License-Identifier: MIT */
/*
 * All readers: one layout through each of them, and cut, spoiled and random input in buffers of
 * the exact size, so that the sanitizer sees every byte read too many.
 */
#include <criterion/logging.h>
#include <inttypes.h>

#include "memmap/normalize.h"
#include "model/random.h"
#include "test_memmap_fdt.h"

#define SEED   UINT64_C(0x4ead345)
#define ROUNDS 20000

static uint64_t dice;

/* ---- one layout, every reader ---------------------------------------------------------- */

#define MOST 40

static uint64_t scratch[8192];
static struct memmap_region regions[2 * MOST + 1];

static struct memmap normalize(const struct memmap_source *source)
{
    struct memmap_input input = {.source = *source, .physical_bits = 48};
    struct memmap map = {.regions = regions, .capacity = COUNT(regions)};
    struct memmap_report report;

    cr_assert_leq(source->count, MOST);
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report), MEMMAP_OK);
    cr_assert_eq(memmap_check(&map, 48, NULL), MEMMAP_OK);
    cr_assert(memmap_report_balances(&report));
    return map;
}

struct stated {
    uint64_t base, length;
    uint32_t e820, uefi; /* type 0: E820 cannot say it */
    uint8_t limine, kind;
};

/*   |u usable|reserved|  usable  |acpi|nvs|bad|     |reserved|   |usable|   out of order */
static const struct stated full[] = {
    {0x100000000, 0x180000000, 1, 7, 0, MEMMAP_USABLE},
    {0, 0x9f000, 1, 7, 0, MEMMAP_USABLE},
    {0x9f000, 0x61000, 2, 0, 1, MEMMAP_RESERVED},
    {0x100000, 0x7ef00000, 1, 7, 0, MEMMAP_USABLE},
    {0x7f000000, 0x100000, 3, 9, 2, MEMMAP_ACPI_RECLAIMABLE},
    {0x7f100000, 0x100000, 4, 10, 3, MEMMAP_ACPI_NVS},
    {0x7f200000, 0x100000, 5, 8, 4, MEMMAP_BAD},
    {0xfee00000, 0x1000, 2, 0, 1, MEMMAP_RESERVED},
    {0x200000, 0x5000, 2, 0, 1, MEMMAP_RESERVED}, /* inside usable memory */
};
static const struct memmap_region full_expected[] = {
    {.first_pfn = 0, .end_pfn = 1, .attributes = WB, .kind = MEMMAP_RESERVED},
    {.first_pfn = 1, .end_pfn = 0x9f, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x9f, .end_pfn = 0x100, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x100, .end_pfn = 0x200, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x200, .end_pfn = 0x205, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x205, .end_pfn = 0x7f000, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x7f000, .end_pfn = 0x7f100, .attributes = WB, .kind = MEMMAP_ACPI_RECLAIMABLE},
    {.first_pfn = 0x7f100, .end_pfn = 0x7f200, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
    {.first_pfn = 0x7f200, .end_pfn = 0x7f300, .kind = MEMMAP_BAD},
    {.first_pfn = 0xfee00, .end_pfn = 0xfee01, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x100000, .end_pfn = 0x280000, .attributes = WB, .kind = MEMMAP_USABLE},
};

static void expect_full(const struct memmap_source *source, const char *reader)
{
    struct memmap map = normalize(source);

    cr_assert_eq(map.count, COUNT(full_expected), "%s: %zu regions", reader, map.count);
    for (size_t i = 0; i < map.count; i++) {
        const struct memmap_region *left = &map.regions[i], *right = &full_expected[i];
        cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                      left->kind == right->kind && left->attributes == right->attributes,
                  "%s, region %zu", reader, i);
    }
}

static uint8_t table[4096];

/* base, length, type at this stride, from `at` on; 0xee where the format leaves it open. */
static void put_typed(uint8_t *at, size_t stride, bool limine)
{
    for (size_t i = 0; i < COUNT(full); i++, at += stride) {
        memset(at, 0xee, stride);
        store_le64(at, full[i].base);
        store_le64(at + 8, full[i].length);
        if (limine)
            store_le64(at + 16, full[i].limine);
        else
            store_le32(at + 16, full[i].e820);
    }
}

Test(memmap_readers, agree_on_one_layout)
{
    struct memmap_source source;

    put_typed(table, 20, false);
    cr_assert_eq(memmap_source_e820(&source, table, COUNT(full) * 20, 20), MEMMAP_OK);
    expect_full(&source, "E820");
    put_typed(table + 0x2d0, 20, false);
    table[0x1e8] = COUNT(full);
    cr_assert_eq(memmap_source_boot_params(&source, table, sizeof table), MEMMAP_OK);
    expect_full(&source, "boot_params");
    put_typed(table + 16, 24, false);
    store_le32(table, 6);
    store_le32(table + 4, 16 + COUNT(full) * 24);
    store_le32(table + 8, 24);
    cr_assert_eq(memmap_source_multiboot2(&source, table, sizeof table), MEMMAP_OK);
    expect_full(&source, "Multiboot2");
    put_typed(table, 24, true);
    cr_assert_eq(memmap_source_limine(&source, table, COUNT(full) * 24, 24), MEMMAP_OK);
    expect_full(&source, "Limine");
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < COUNT(full); i++) {
        store_le32(table + 48 * i, full[i].uefi);
        store_le64(table + 48 * i + 8, full[i].base);
        store_le64(table + 48 * i + 24, full[i].length / 4096);
    }
    cr_assert_eq(memmap_source_uefi(&source, table, COUNT(full) * 48, 48), MEMMAP_OK);
    expect_full(&source, "UEFI");
    struct memmap_region own[COUNT(full)] = {0};
    for (size_t i = 0; i < COUNT(full); i++) {
        own[i].first_pfn = full[i].base / 4096;
        own[i].end_pfn = (full[i].base + full[i].length) / 4096;
        own[i].kind = full[i].kind;
        own[i].attributes = full[i].kind <= MEMMAP_ACPI_NVS ? WB : 0;
    }
    cr_assert_eq(memmap_source_bootinfo(&source, own, sizeof own, sizeof own[0]), MEMMAP_OK);
    expect_full(&source, "boot info");
    cr_assert_eq(memmap_source_bootinfo(&source, full_expected, sizeof full_expected, 32), MEMMAP_OK);
    expect_full(&source, "boot info, normal form");
}

/* What a devicetree can say: memory and reserved. The same through E820. */
Test(memmap_readers, agree_with_a_devicetree_on_what_it_can_say)
{
    static const uint8_t e820[] = {L8(0x80000000), L8(0x10000000), L4(1), L8(0x100000000),
                                   L8(0x7fffffff), L4(1), L8(0x81000000), L8(0x2000), L4(2),
                                   L8(0x82000000), L8(0x3000), L4(2), L8(0x88000000), L8(0x4000),
                                   L4(2), L8(0), L8(0x1000), L4(2)};
    static const struct memmap_region expected[] = {
        {.first_pfn = 0, .end_pfn = 1, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x80000, .end_pfn = 0x81000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x81000, .end_pfn = 0x81002, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x81002, .end_pfn = 0x82000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x82000, .end_pfn = 0x82003, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x82003, .end_pfn = 0x88000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x88000, .end_pfn = 0x88004, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x88004, .end_pfn = 0x90000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x100000, .end_pfn = 0x17ffff, .attributes = WB, .kind = MEMMAP_USABLE},
    };
    struct memmap_source sources[2];
    struct memmap_fdt_range ranges[16];
    size_t count;

    cr_assert_eq(memmap_source_e820(&sources[0], e820, sizeof e820, 20), MEMMAP_OK);
    cr_assert_eq(memmap_fdt_collect(fdt_blob, sizeof fdt_blob, ranges, 16, &count), MEMMAP_OK);
    cr_assert_eq(memmap_source_ranges(&sources[1], ranges, count), MEMMAP_OK);
    for (size_t s = 0; s < 2; s++) {
        struct memmap map = normalize(&sources[s]);
        cr_assert_eq(map.count, COUNT(expected), "source %zu: %zu regions", s, map.count);
        for (size_t i = 0; i < map.count; i++) {
            const struct memmap_region *left = &map.regions[i], *right = &expected[i];
            cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                          left->kind == right->kind && left->attributes == right->attributes,
                      "source %zu region %zu", s, i);
        }
    }
}

/* ---- noise ----------------------------------------------------------------------------- */

/* Whatever was opened decodes and normalizes. */
static void use(const struct memmap_source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        struct memmap_entry entry;
        memmap_source_entry(source, i, &entry);
        cr_assert_lt((unsigned)entry.kind, MEMMAP_KIND_COUNT);
        cr_assert_lt(entry.tail_bytes, 4096);
    }
    if (source->count <= MOST)
        normalize(source);
}

/* All random, or a good table with up to eight bytes or small words spoiled; maybe cut. */
static uint8_t *random_bytes(const uint8_t *good, size_t good_size, size_t *ret_size)
{
    size_t size = random_below(&dice, 4) == 0 ? random_below(&dice, (uint32_t)good_size + 1) : good_size;
    uint8_t *bytes = exact_copy(good, size);

    *ret_size = size;
    if (random_below(&dice, 8) == 0) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)random_below(&dice, 256);
        return bytes;
    }
    for (uint32_t n = random_below(&dice, 9); n > 0 && size > 0; n--)
        bytes[random_below(&dice, (uint32_t)size)] =
            (uint8_t)(random_below(&dice, 2) == 0 ? random_below(&dice, 256) : random_below(&dice, 20));
    return bytes;
}

enum reader { MB2_TAG, MB2_INFO, LIMINE_TABLE, BOOT_PARAMS, BOOTINFO, READERS };

static enum memmap_status open_random(enum reader reader, struct memmap_source *source,
                                      const uint8_t *bytes, size_t size)
{
    switch (reader) {
    case MB2_TAG:
        return memmap_source_multiboot2(source, bytes, size);
    case MB2_INFO:
        return memmap_source_multiboot2_info(source, bytes, size, random_below(&dice, 2));
    case LIMINE_TABLE:
        return memmap_source_limine(source, bytes, size, random_below(&dice, 8) == 0 ? random_below(&dice, 64) : 24);
    case BOOT_PARAMS:
        return memmap_source_boot_params(source, bytes, size);
    default:
        return memmap_source_bootinfo(source, bytes, size, random_below(&dice, 8) == 0 ? random_below(&dice, 64) : 32);
    }
}

static void try_noise(enum reader reader, const uint8_t *good, size_t good_size)
{
    uint32_t opened = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    dice = SEED + reader;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct memmap_source source;
        size_t size;
        uint8_t *bytes = random_bytes(good, good_size, &size);
        fill_junk(&source);
        if (open_random(reader, &source, bytes, size) == MEMMAP_OK) {
            opened++;
            use(&source);
        } else {
            expect_untouched(&source);
        }
        free(bytes);
    }
    cr_assert_gt(opened, ROUNDS / 50, "only %u opened: this tries nothing", opened);
    cr_assert_lt(opened, ROUNDS, "nothing was ever refused");
}

Test(memmap_readers, survive_noise_in_a_multiboot2_tag)
{
    static const uint8_t tag[] = {MB2_MAP};

    try_noise(MB2_TAG, tag, sizeof tag);
}

Test(memmap_readers, survive_noise_in_a_multiboot2_structure)
{
    try_noise(MB2_INFO, mb2_info, sizeof mb2_info);
}

Test(memmap_readers, survive_noise_in_limine_entries)
{
    static const uint8_t entries[] = {LIMINE(0), LIMINE(1), LIMINE(5), LIMINE(6), LIMINE(7), LIMINE(8)};

    try_noise(LIMINE_TABLE, entries, sizeof entries);
}

Test(memmap_readers, survive_noise_in_boot_params)
{
    static uint8_t page[0x2d0 + 9 * 20];

    put_typed(page + 0x2d0, 20, false);
    page[0x1e8] = 9;
    try_noise(BOOT_PARAMS, page, sizeof page);
}

Test(memmap_readers, survive_noise_in_our_own_regions)
{
    try_noise(BOOTINFO, (const uint8_t *)full_expected, 5 * 32);
}

Test(memmap_readers, survive_noise_in_a_devicetree)
{
    uint32_t opened = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    dice = SEED;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t size, count = 99, again = 99;
        uint8_t *bytes = random_bytes(fdt_blob, sizeof fdt_blob, &size);
        struct memmap_fdt_range *ranges = malloc(MOST * sizeof *ranges);
        enum memmap_status status = memmap_fdt_collect(bytes, size, ranges, MOST, &count);
        enum memmap_status counted = memmap_fdt_collect(bytes, size, NULL, 0, &again);
        cr_assert_eq(count, again, "round %u", round);
        if (status == MEMMAP_OK) {
            struct memmap_source source;
            opened++;
            cr_assert_eq(counted, count == 0 ? MEMMAP_OK : MEMMAP_NO_ROOM, "round %u", round);
            cr_assert_eq(memmap_source_ranges(&source, ranges, count), MEMMAP_OK);
            use(&source);
        } else {
            cr_assert_eq(counted, status, "round %u", round);
        }
        free(ranges);
        free(bytes);
    }
    cr_assert_gt(opened, ROUNDS / 50, "only %u opened: this tries nothing", opened);
    cr_assert_lt(opened, ROUNDS, "nothing was ever refused");
}
