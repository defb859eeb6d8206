/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the engine's inside share: inputs from literals in memory of exactly the size
 * that the engine asks for, so that the sanitizer sees every byte too many, and a comparison of
 * the whole map, origins and flags included.
 */
#ifndef GROMA_TEST_MEMMAP_ENGINE_H
#define GROMA_TEST_MEMMAP_ENGINE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/normalize.h"

#define WB           MEMMAP_WB
#define UC           MEMMAP_UC
#define SHARED       MEMMAP_SHARED
#define CONFLICT     MEMMAP_CONFLICT
#define CLAIM(index) (MEMMAP_ORIGIN_CLAIM | (index))
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* An entry of whole pages, with any kind and attributes: a region of boot info. */
#define PAGES(first, end, kind_, attributes_) \
    {.first_pfn = first, .end_pfn = end, .attributes = attributes_, .kind = kind_}

#define REGION(first, end, kind_, attributes_, origin_, flags_)                        \
    {                                                                                  \
        .first_pfn = first, .end_pfn = end, .attributes = attributes_, .kind = kind_,  \
        .origin = origin_, .flags = flags_                                             \
    }

/* An entry of any bytes: E820. */
struct bytes_entry {
    uint64_t base, length;
    uint32_t type;
};
enum { E820_USABLE = 1, E820_RESERVED = 2, E820_ACPI = 3 };

/* Kinds and attributes, short enough for a drawing of a map. */
enum {
    U = MEMMAP_USABLE,
    L = MEMMAP_LOADER_RECLAIMABLE,
    B = MEMMAP_BOOT_RECLAIMABLE,
    R = MEMMAP_RESERVED,
    BAD = MEMMAP_BAD,
    KERNEL = MEMMAP_KERNEL,
    MODULE = MEMMAP_MODULE,
    FRAMEBUFFER = MEMMAP_FRAMEBUFFER,
};
#define XP MEMMAP_XP
#define RO MEMMAP_RO

/* What came out; release it. */
struct made {
    struct memmap map;
    struct memmap_report report;
    enum memmap_status status;
};

static inline void *allocate(size_t bytes, int junk)
{
    void *memory = malloc(bytes == 0 ? 1 : bytes);

    memset(memory, junk, bytes);
    return memory;
}

static inline struct made make(const struct memmap_source *source,
                               const struct memmap_claim *claims, size_t claim_count,
                               unsigned physical_bits)
{
    struct memmap_input input = {.source = *source,
                                 .claims = claims,
                                 .claim_count = (uint32_t)claim_count,
                                 .physical_bits = physical_bits};
    uint64_t scratch_bytes = memmap_scratch_bytes(source->count, input.claim_count);
    void *scratch = allocate(scratch_bytes, 0xcc);
    struct made made = {.map.capacity = memmap_max_regions(source->count, input.claim_count)};

    made.map.regions = allocate(made.map.capacity * sizeof(struct memmap_region), 0xcc);
    memset(&made.report, 0xcc, sizeof made.report);
    made.status = memmap_normalize(&input, scratch, scratch_bytes, &made.map, &made.report);
    free(scratch);
    cr_assert(memmap_report_balances(&made.report));
    cr_assert_eq(memmap_check(&made.map, physical_bits, NULL), MEMMAP_OK);
    cr_assert_eq(made.report.region_count, made.map.count);
    cr_assert_eq(made.report.entry_count, source->count);
    cr_assert_eq(made.report.claim_count, claim_count);
    return made;
}

static inline void release(struct made *made)
{
    free(made->map.regions);
}

static inline struct made make_of_pages(const struct memmap_region *entries, size_t count,
                                        const struct memmap_claim *claims, size_t claim_count,
                                        unsigned physical_bits)
{
    struct memmap_source source;

    cr_assert_eq(memmap_source_bootinfo(&source, entries, count * sizeof *entries, sizeof *entries),
                 MEMMAP_OK);
    return make(&source, claims, claim_count, physical_bits);
}

/* Entries of whole pages, without claims, at 40 bits. */
#define MAKE(...)                                              \
    make_of_pages((const struct memmap_region[]){__VA_ARGS__}, \
                  COUNT(((const struct memmap_region[]){__VA_ARGS__})), NULL, 0, 40)

static inline struct made make_of_bytes(const struct bytes_entry *entries, size_t count,
                                        const struct memmap_claim *claims, size_t claim_count,
                                        unsigned physical_bits)
{
    struct memmap_source source;
    uint8_t *table = allocate(count * 20, 0xcc);
    struct made made;

    for (size_t i = 0; i < count; i++) {
        store_le64(table + 20 * i, entries[i].base);
        store_le64(table + 20 * i + 8, entries[i].length);
        store_le32(table + 20 * i + 16, entries[i].type);
    }
    cr_assert_eq(memmap_source_e820(&source, table, count * 20, 20), MEMMAP_OK);
    made = make(&source, claims, claim_count, physical_bits);
    free(table);
    return made;
}

static inline void expect_regions(const struct made *made, const struct memmap_region *expected,
                                  size_t count)
{
    cr_assert_eq(made->map.count, count, "%zu regions", made->map.count);
    for (size_t i = 0; i < count; i++) {
        const struct memmap_region *region = &made->map.regions[i];
        cr_assert_eq(memcmp(region, &expected[i], sizeof *region), 0,
                     "region %zu is %#lx-%#lx %s, attributes %#lx, origin %#x, flags %u", i,
                     region->first_pfn, region->end_pfn, memmap_kind_name(region->kind),
                     region->attributes, region->origin, region->flags);
    }
}
#define EXPECT_REGIONS(made, ...)                                   \
    expect_regions(made, (const struct memmap_region[]){__VA_ARGS__}, \
                   COUNT(((const struct memmap_region[]){__VA_ARGS__})))

/* Of `finding`: how many, and the first; none where `count` is 0. */
static inline void expect_finding(const struct made *made, enum memmap_finding finding,
                                  uint32_t count, uint32_t first)
{
    cr_assert_eq(made->report.counts[finding], count, "%s: %u", memmap_finding_name(finding),
                 made->report.counts[finding]);
    cr_assert_eq(made->report.firsts[finding], count == 0 ? MEMMAP_NO_ORIGIN : first,
                 "%s: first %u", memmap_finding_name(finding), made->report.firsts[finding]);
}

static inline void expect_fault(const struct made *made, enum memmap_status status, uint32_t claim,
                                uint32_t origin, uint64_t pfn)
{
    cr_assert_eq(made->status, status, "%s", memmap_status_name(made->status));
    cr_assert_eq(made->report.fault_claim, claim, "claim %u", made->report.fault_claim);
    cr_assert_eq(made->report.fault_origin, origin, "origin %#x", made->report.fault_origin);
    cr_assert_eq(made->report.fault_pfn, pfn, "page %#lx", made->report.fault_pfn);
}

#endif
