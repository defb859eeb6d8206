/* SPDX-License-Identifier: MIT */
/* A direct map, built and read back with common/paging's walker, which has tests of its own. */
#ifndef GROMA_TEST_DIRECT_MAP_H
#define GROMA_TEST_DIRECT_MAP_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/direct_map.h"
#include "handoff/layout.h"

#define WB       MEMMAP_WB
#define BASE     UINT64_C(0xffff800000000000)
#define TOP_PFN  (UINT64_C(127) << 28) /* 127 TiB in pages */
#define POOL_AT  UINT64_C(0x7654321000)
#define EXTENTS  256
#define RIGHT_R  4u
#define RIGHT_RW 6u
#define RIGHT_RX 5u

/* Tables, the extents, and the pool they came from. */
struct space {
    struct paging paging;
    uint64_t *memory;
    struct bootinfo_extent extents[EXTENTS];
    struct direct_map_result result;
};

/* What the CPU has. */
struct shape {
    unsigned levels;
    bool has_giant_pages;
};

static inline void space_make(struct space *space, struct shape shape, uint64_t pool_pages,
                       size_t extent_capacity)
{
    memset(space, 0xcc, sizeof *space);
    space->memory = aligned_alloc(4096, pool_pages * 4096);
    cr_assert_not_null(space->memory);
    memset(space->memory, 0xa5, pool_pages * 4096);
    space->result.extents = space->extents;
    space->result.capacity = extent_capacity;
    cr_assert_eq(paging_init(&space->paging, shape.levels, shape.has_giant_pages, 52,
                             (uint64_t)(uintptr_t)space->memory - POOL_AT, paddr(POOL_AT),
                             pool_pages),
                 PAGING_OK);
}

/* Sizes everything by the bounds, builds, and holds the bounds against what was used. */
static inline void build_shape(struct space *space, struct shape shape,
                        const struct direct_map_input *input)
{
    struct paging sizing = {.levels = shape.levels,
                            .has_giant_pages = shape.has_giant_pages,
                            .physical_bits = 52};
    uint64_t tables = direct_map_tables_bound(&sizing, input->map, input->segment_count,
                                              input->table_count);
    uint64_t extents =
        direct_map_max_extents(input->map->count, input->segment_count, input->table_count);

    cr_assert_leq(extents, EXTENTS);
    space_make(space, shape, tables + 1, (size_t)extents);
    cr_assert_eq(direct_map_build(&space->paging, input, &space->result), PAGING_OK,
                 "%lu tables of %lu, %zu extents of %lu", space->paging.pool_used_count, tables + 1,
                 space->result.count, extents);
    cr_assert_leq(space->paging.pool_used_count, tables + 1);
}

static const struct shape usual = {.levels = 4, .has_giant_pages = true};

static inline void build(struct space *space, const struct direct_map_input *input)
{
    build_shape(space, usual, input);
}

/* The rights of the page in the tables; 0 where it is not mapped. */
static inline uint32_t rights_of(const struct space *space, uint64_t pfn)
{
    struct paging_leaf leaf;
    enum paging_status status = paging_find(&space->paging, vaddr(BASE + pfn * 4096), &leaf);

    if (status == PAGING_UNMAPPED)
        return 0;
    cr_assert_eq(status, PAGING_OK);
    cr_assert_eq(leaf.to.value - leaf.from.value, BASE, "page %lx leads elsewhere", pfn);
    cr_assert_eq(leaf.pat_index, 0, "write-back");
    cr_assert_eq(leaf.rights & ~PAGING_RIGHT_WRITE, 0, "never executable, never a user's");
    return leaf.rights != 0 ? RIGHT_RW : RIGHT_R;
}

static inline void extents_are(const struct space *space, const struct bootinfo_extent *expected,
                        size_t count)
{
    cr_assert_eq(space->result.count, count, "extents: %zu", space->result.count);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(space->extents[i].first_pfn, expected[i].first_pfn, "extent %zu first %lx", i,
                     space->extents[i].first_pfn);
        cr_assert_eq(space->extents[i].end_pfn, expected[i].end_pfn, "extent %zu end %lx", i,
                     space->extents[i].end_pfn);
        cr_assert_eq(space->extents[i].rights, expected[i].rights, "extent %zu rights %u", i,
                     space->extents[i].rights);
        cr_assert_eq(space->extents[i].reserved, 0);
    }
}
#define EXTENTS_ARE(space, ...)                                                        \
    extents_are(space, (const struct bootinfo_extent[]){__VA_ARGS__},                  \
                sizeof((const struct bootinfo_extent[]){__VA_ARGS__}) /                \
                    sizeof(struct bootinfo_extent))

static inline struct memmap map_of(struct memmap_region *regions, size_t count)
{
    return (struct memmap){.regions = regions, .count = count, .capacity = count};
}

#define R(first, end, what)                                                            \
    {                                                                                  \
        .first_pfn = (first), .end_pfn = (end), .attributes = WB, .kind = (what)       \
    }

/* Rights by kind: 0 hidden; the kernel's pages without a segment are read-only. */
static const uint32_t kind_rights[MEMMAP_KIND_COUNT] = {
    [MEMMAP_USABLE] = RIGHT_RW,           [MEMMAP_LOADER_RECLAIMABLE] = RIGHT_RW,
    [MEMMAP_BOOT_RECLAIMABLE] = RIGHT_RW, [MEMMAP_ACPI_RECLAIMABLE] = RIGHT_RW,
    [MEMMAP_UNACCEPTED] = 0,              [MEMMAP_SOFT_RESERVED] = 0,
    [MEMMAP_PERSISTENT] = 0,              [MEMMAP_KERNEL] = RIGHT_R,
    [MEMMAP_MODULE] = RIGHT_RW,           [MEMMAP_BOOT_INFO] = RIGHT_RW,
    [MEMMAP_PAGE_TABLES] = RIGHT_RW,      [MEMMAP_STACK] = RIGHT_RW,
    [MEMMAP_HANDOFF] = RIGHT_R,           [MEMMAP_AP_TRAMPOLINE] = RIGHT_RW,
    [MEMMAP_FIRMWARE_TABLE] = RIGHT_R,    [MEMMAP_ACPI_NVS] = RIGHT_RW,
    [MEMMAP_RUNTIME_CODE] = RIGHT_R,      [MEMMAP_RUNTIME_DATA] = RIGHT_RW,
    [MEMMAP_MMIO] = 0,                    [MEMMAP_RESERVED] = 0,
    [MEMMAP_FRAMEBUFFER] = 0,             [MEMMAP_BAD] = 0,
};

#endif
