/* SPDX-License-Identifier: MIT */
/*
 * A complete boot info block for the tests of common/bootinfo: every array, every string,
 * every object in memory claimed for it. Written by hand; the engine has no part in it.
 *
 *   page  0 1    8 9     9f   100   106   108   10a   110  120  124     200  210
 *         |r|us. |t|us.  |    |kern |mod. |info |tabl.|stk.|hand|usable |acpi|   and higher up:
 *
 *   c0000 - c0100 framebuffer (a claim outside every entry)     fd000 - fe000 mmio
 */
#ifndef GROMA_TEST_BOOTINFO_H
#define GROMA_TEST_BOOTINFO_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "bootinfo/bootinfo.h"

#define BLOCK_CAPACITY 4096u
#define BLOCK_HEADER   560u /* bytes, by the ABI */
#define BLOCK_OLD      504u /* of version 1.0 */
#define BLOCK_1_1      520u
#define BLOCK_REGIONS  14u
#define BLOCK_CLAIMS   8u
#define BLOCK_VENDOR   "Hand-made firmware"

#define RIGHT_R  4u
#define RIGHT_RW 6u
#define RIGHT_RX 5u

static const struct memmap_region block_regions[BLOCK_REGIONS] = {
    {.first_pfn = 0, .end_pfn = 1, .attributes = 8, .kind = 19},
    {.first_pfn = 1, .end_pfn = 8, .attributes = 8, .kind = 0},
    {.first_pfn = 8, .end_pfn = 9, .attributes = 8, .kind = 13, .origin = 0x80000006, .flags = 1},
    {.first_pfn = 9, .end_pfn = 0x9f, .attributes = 8, .kind = 0},
    {.first_pfn = 0x100, .end_pfn = 0x106, .attributes = 8, .kind = 7, .origin = 0x80000000},
    {.first_pfn = 0x106, .end_pfn = 0x108, .attributes = 8, .kind = 8, .origin = 0x80000001},
    {.first_pfn = 0x108, .end_pfn = 0x10a, .attributes = 8, .kind = 9, .origin = 0x80000002},
    {.first_pfn = 0x10a, .end_pfn = 0x110, .attributes = 8, .kind = 10, .origin = 0x80000003},
    {.first_pfn = 0x110, .end_pfn = 0x120, .attributes = 8, .kind = 11, .origin = 0x80000004},
    {.first_pfn = 0x120, .end_pfn = 0x124, .attributes = 8, .kind = 12, .origin = 0x80000005},
    {.first_pfn = 0x124, .end_pfn = 0x200, .attributes = 8, .kind = 0, .origin = 1},
    {.first_pfn = 0x200, .end_pfn = 0x210, .attributes = 8, .kind = 3, .origin = 2},
    {.first_pfn = 0xc0000, .end_pfn = 0xc0100, .kind = 20, .origin = 0x80000007},
    {.first_pfn = 0xfd000, .end_pfn = 0xfe000, .attributes = 1, .kind = 18, .origin = 3},
};

/* Names are put in when the block is built. */
static const struct memmap_claim block_claims[BLOCK_CLAIMS] = {
    {.first_pfn = 0x100, .end_pfn = 0x106, .kind = 7, .flags = 1},
    {.first_pfn = 0x106, .end_pfn = 0x108, .kind = 8, .flags = 1},
    {.first_pfn = 0x108, .end_pfn = 0x10a, .kind = 9, .flags = 1},
    {.first_pfn = 0x10a, .end_pfn = 0x110, .kind = 10, .flags = 1},
    {.first_pfn = 0x110, .end_pfn = 0x120, .kind = 11, .flags = 1},
    {.first_pfn = 0x120, .end_pfn = 0x124, .kind = 12, .flags = 1},
    {.first_pfn = 8, .end_pfn = 9, .kind = 13, .flags = 1},
    {.first_pfn = 0xc0000, .end_pfn = 0xc0100, .kind = 20},
};

/* What the normalizer would have said of it: 4527 pages stated, 256 more claimed. */
static const struct memmap_report block_report = {
    .entry_count = 4,
    .claim_count = BLOCK_CLAIMS,
    .region_count = BLOCK_REGIONS,
    .stated = {.pages = 4527},
    .claimed = {.pages = 256},
    .output = {.pages = 4783},
    .region_pages = {[0] = 377, [3] = 16, [7] = 6, [8] = 2, [9] = 2, [10] = 6, [11] = 16,
                     [12] = 4, [13] = 1, [18] = 4096, [19] = 1, [20] = 256},
    .fault_claim = 0xffffffff,
    .fault_origin = 0xffffffff,
};

static const struct bootinfo_segment block_segments[3] = {
    {.vaddr = 0xffffffff80000000, .paddr = 0x100000, .page_count = 2, .rights = RIGHT_RX},
    {.vaddr = 0xffffffff80002000, .paddr = 0x102000, .page_count = 1, .rights = RIGHT_R},
    {.vaddr = 0xffffffff80004000, .paddr = 0x103000, .page_count = 3, .rights = RIGHT_RW},
};

static const struct bootinfo_extent block_extents[3] = {
    {.first_pfn = 1, .end_pfn = 0x9f, .rights = RIGHT_RW},
    {.first_pfn = 0x100, .end_pfn = 0x103, .rights = RIGHT_R},
    {.first_pfn = 0x103, .end_pfn = 0x210, .rights = RIGHT_RW},
};

static const struct bootinfo_stamp block_stamps[3] = {
    {.phase = BOOTINFO_PHASE_START, .tsc = 100},
    {.phase = BOOTINFO_PHASE_KERNEL, .tsc = 200},
    {.phase = BOOTINFO_PHASE_SEALED, .tsc = 300},
};

static const struct bootinfo_drift block_drift = {
    .state = 3, .stored = 1, .kinds = 1u << 17, .placement_count = 6, .placements_moved = 2};

/* 6 of the 16 watchable pages; the second and the last one changed. */
static const struct bootinfo_watch_range block_watch_ranges[2] = {{0x200, 0x204}, {0x208, 0x20a}};
static const struct bootinfo_watch_page block_watch_pages[6] = {{1, 1}, {2, 7}, {3, 3},
                                                                {4, 4}, {5, 5}, {6, 8}};

static inline void block_string(struct bootinfo_builder *builder, struct bootinfo_string *string,
                                const char *chars)
{
    bootinfo_add_string(builder, string, chars, (uint32_t)strlen(chars));
}

static inline void block_fill_scalars(struct bootinfo *info)
{
    info->raw_map_version = 1;
    info->physical_bits = 36;
    info->page_root_paddr = 0x10a000;
    info->page_pool_paddr = 0x10a000;
    info->page_pool_count = 6;
    info->page_pool_used = 4;
    info->page_levels = 4;
    info->direct_map_vaddr = 0xffff800000000000;
    info->block_paddr = 0x108000;
    info->block_vaddr = 0xffffff2000000000;
    info->stack = (struct bootinfo_stack){0xffffff1000001000, 0x110000, 0x10000};
    info->handoff_vaddr = 0xffffff0000000000;
    info->handoff_paddr = 0x120000;
    info->handoff_bytes = 0x4000;
    info->trampoline_paddr = 0x8000;
    info->framebuffer =
        (struct bootinfo_framebuffer){0xc0000000, 0xffffff4000000000, 0x100000, 512, 512, 512, 1};
    info->rsdp_paddr = 0x200000;
    info->tsc_hz = 3000000000;
    info->seed[31] = 0x5e;
}

static inline void block_add_modules(struct bootinfo_builder *builder)
{
    struct bootinfo *info = builder->info;
    struct bootinfo_module *modules = bootinfo_add_array(builder, &info->modules, NULL, 2, 32);

    if (modules == NULL)
        return;
    modules[0].paddr = 0x106000;
    modules[0].size_bytes = 0x1234;
    block_string(builder, &modules[0].path, "/boot/initrd.img");
    block_string(builder, &modules[0].cmdline, "one two");
    block_string(builder, &modules[1].path, "/boot/nothing"); /* an empty file has no pages */
}

static inline void block_add_claims(struct bootinfo_builder *builder, uint32_t stride_bytes)
{
    static const char names[BLOCK_CLAIMS][16] = {"kernel", "initrd", "boot info", "page tables",
                                                 "stack",  "handoff", "",         "framebuffer"};
    struct bootinfo *info = builder->info;
    uint8_t *at = bootinfo_add_array(builder, &info->claims, NULL, BLOCK_CLAIMS, stride_bytes);

    for (uint32_t i = 0; at != NULL && i < BLOCK_CLAIMS; i++) {
        struct bootinfo_string name;
        struct memmap_claim claim = block_claims[i];
        block_string(builder, &name, names[i]);
        claim.name = name.offset;
        memcpy(at + i * stride_bytes, &claim, sizeof claim);
    }
}

/*
 * Everything into a block that was begun; strides as this version has them, but for claims. Begun with
 * an older header, it has none of what came later.
 */
static inline void block_fill(struct bootinfo_builder *builder, uint32_t claim_stride_bytes)
{
    static const uint8_t raw_map[4 * 48] = {7, [48] = 7, [96] = 9, [144] = 11};
    struct bootinfo *info = builder->info;
    uint32_t header_bytes = builder->used_bytes;

    block_fill_scalars(info);
    bootinfo_add_array(builder, &info->regions, block_regions, BLOCK_REGIONS, 32);
    block_add_claims(builder, claim_stride_bytes);
    bootinfo_add_array(builder, &info->raw_map, raw_map, 4, 48);
    bootinfo_add_array(builder, &info->report, &block_report, 1, 560);
    bootinfo_add_array(builder, &info->segments, block_segments, 3, 32);
    block_add_modules(builder);
    bootinfo_add_array(builder, &info->extents, block_extents, 3, 24);
    bootinfo_add_array(builder, &info->stamps, block_stamps, 3, 16);
    if (header_bytes >= BLOCK_1_1)
        bootinfo_add_array(builder, &info->drift, &block_drift, 1, 24);
    if (header_bytes >= BLOCK_HEADER) {
        bootinfo_add_array(builder, &info->watch_ranges, block_watch_ranges, 2, 16);
        bootinfo_add_array(builder, &info->watch_pages, block_watch_pages, 6, 16);
        info->watch_left_pages = 10;
    }
    block_string(builder, &info->cmdline, "root=groma quiet");
    block_string(builder, &info->kernel_path, "/boot/kernel.elf");
    block_string(builder, &info->firmware_vendor, BLOCK_VENDOR);
    block_string(builder, &info->loader_name, "Groma");
    block_string(builder, &info->loader_version, "1.0"); /* ends four bytes before the block */
}

/* Seals again, after a change, without the code under test. */
static inline void block_reseal(struct bootinfo *info)
{
    info->crc32c = 0;
    info->crc32c = crc32c(0, info, info->size_bytes);
}

/* A copy of exactly `size_bytes`, so that ASan sees a read behind it. */
static inline struct bootinfo *block_copy(const void *bytes, size_t size_bytes)
{
    struct bootinfo *copy = malloc(size_bytes == 0 ? 1 : size_bytes);

    cr_assert_not_null(copy);
    memcpy(copy, bytes, size_bytes);
    return copy;
}

/* The whole block, sealed, in memory of its exact size; the caller frees it. */
static inline struct bootinfo *block_make(void)
{
    static uint64_t buffer[BLOCK_CAPACITY / 8];
    struct bootinfo_builder builder;

    cr_assert_eq(bootinfo_begin(&builder, buffer, sizeof buffer), BOOTINFO_OK);
    block_fill(&builder, sizeof(struct memmap_claim));
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    return block_copy(buffer, builder.used_bytes);
}

#endif
