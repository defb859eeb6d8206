/* SPDX-License-Identifier: MIT */
/*
 * elf_check_relocations and elf_relocate on the PIE of elf_builder.h, loaded at 0xffffffff90000000:
 * all of it is case 92 of the fault catalogue.
 *
 *   dynamic section at 0x3e80: [0] STRTAB [1] FLAGS_1 [2] RELA [3] RELASZ [4] RELAENT [5] FLAGS
 *                              [6] NULL [7] behind the end
 *   relocation table at 0x2000: [0] 0x3e00 [1] 0x3e0b [2] NONE [3] 0x51f8
 */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_plan plan;

enum { D_STRTAB, D_FLAGS_1, D_RELA, D_RELASZ, D_RELAENT, D_FLAGS, D_END };

/* One dynamic entry replaced. */
static void put_dynamic(unsigned index, uint64_t tag, uint64_t value)
{
    put(&file, DYNAMIC_OFFSET + index * 16, 8, tag);
    put(&file, DYNAMIC_OFFSET + index * 16 + 8, 8, value);
}

/* One relocation replaced. */
static void put_relocation(unsigned index, uint64_t offset, uint64_t info, uint64_t addend)
{
    put(&file, RELA_OFFSET + index * 24, 8, offset);
    put(&file, RELA_OFFSET + index * 24 + 8, 8, info);
    put(&file, RELA_OFFSET + index * 24 + 16, 8, addend);
}

/* Loads and checks; asserts that the check changes nothing, and the outcome. */
static void expect_check(enum elf_status status, uint64_t index)
{
    struct elf_image image, before;
    struct elf_relocations relocations = {file.bytes, 77};
    struct elf_fault fault;

    expect_accepted(&file, &plan);
    load_image(&file, &plan, &image);
    load_image(&file, &plan, &before);
    fault = elf_check_relocations(&plan, &image, &relocations);
    cr_assert_eq(fault.status, status, "E-ELF-%02u expected, E-ELF-%02u (%s, %zu) found",
                 (unsigned)status, (unsigned)fault.status, elf_status_text(fault.status),
                 (size_t)fault.index);
    cr_assert_eq(fault.index, index, "E-ELF-%02u: index %zu", (unsigned)status,
                 (size_t)fault.index);
    cr_assert(status == ELF_OK || (relocations.table == file.bytes && relocations.count == 77),
              "untouched on failure");
    for (uint32_t i = 0; i < plan.segment_count; i++)
        cr_assert_eq(memcmp(image.pages[i], before.pages[i], plan.segments[i].page_count * 4096),
                     0, "segment %u unchanged", i);
    free_image(&plan, &image);
    free_image(&plan, &before);
}

Test(elf_check_relocations, finds_the_table_of_a_pie)
{
    struct elf_image image;
    struct elf_relocations relocations;

    build_pie(&file);
    expect_accepted(&file, &plan);
    load_image(&file, &plan, &image);
    cr_assert_eq(elf_check_relocations(&plan, &image, &relocations).status, ELF_OK);
    cr_assert_eq(relocations.count, 4);
    cr_assert_eq(relocations.table, image.pages[RODATA]);
    free_image(&plan, &image);
}

Test(elf_check_relocations, finds_none_in_an_exec_and_without_dynamic_section)
{
    struct elf_image image;
    struct elf_relocations relocations;

    for (unsigned is_pie = 0; is_pie < 2; is_pie++) {
        build_exec(&file);
        if (is_pie) {
            build_pie(&file);
            put_part(&file, DYNAMIC, P_TYPE, T_NULL);
        }
        expect_accepted(&file, &plan);
        load_image(&file, &plan, &image);
        cr_assert_eq(elf_check_relocations(&plan, &image, &relocations).status, ELF_OK);
        cr_assert_eq(relocations.count, 0);
        cr_assert_null(relocations.table);
        elf_relocate(&plan, &image, &relocations);
        free_image(&plan, &image);
    }
}

Test(elf_check_relocations, wants_an_end_of_the_dynamic_section)
{
    build_pie(&file);
    put_dynamic(D_END, 0x1234, 0);
    expect_check(ELF_DYNAMIC_WITHOUT_END, 0);
    put_part(&file, DYNAMIC, P_FILESZ, 16); /* nothing but DT_STRTAB */
    put_part(&file, DYNAMIC, P_MEMSZ, 16);
    expect_check(ELF_DYNAMIC_WITHOUT_END, 0);
    put_dynamic(0, 0, 0);
    expect_check(ELF_OK, 0);
}

Test(elf_check_relocations, refuses_entries_that_a_kernel_cannot_have)
{
    static const struct {
        uint64_t tag;
        uint64_t value;
        enum elf_status status;
    } rows[] = {
        {1, 1, ELF_NEEDS_LIBRARY},
        {22, 0, ELF_TEXT_RELOCATIONS},
        {17, 0, ELF_REL_RELOCATIONS},
        {36, 0x2000, ELF_RELR_RELOCATIONS},
        {35, 8, ELF_RELR_RELOCATIONS},
        {37, 8, ELF_RELR_RELOCATIONS},
        {23, 0x2000, ELF_PLT_RELOCATIONS}, /* of unknown size */
        {2, 24, ELF_PLT_RELOCATIONS},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_pie(&file);
        put_dynamic(D_FLAGS_1, rows[i].tag, rows[i].value);
        expect_check(rows[i].status, D_FLAGS_1);
    }
    build_pie(&file);
    put_dynamic(0, 1, 1); /* where linkers put DT_NEEDED */
    expect_check(ELF_NEEDS_LIBRARY, 0);
    build_pie(&file);
    put_dynamic(D_FLAGS, 30, 4); /* DF_TEXTREL */
    expect_check(ELF_TEXT_RELOCATIONS, D_FLAGS);
}

Test(elf_check_relocations, looks_at_nothing_behind_the_end)
{
    build_pie(&file);
    put_dynamic(D_END + 1, 1, 1);
    expect_check(ELF_OK, 0);
}

Test(elf_check_relocations, ignores_unknown_entries)
{
    static const uint64_t tags[] = {UINT64_C(1) << 32 | 1, UINT64_MAX, 0x6fffffff, 25, 24, 16};

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        build_pie(&file);
        put_dynamic(D_FLAGS_1, tags[i], UINT64_MAX);
        expect_check(ELF_OK, 0);
    }
}

Test(elf_check_relocations, accepts_an_empty_procedure_linkage_table)
{
    build_pie(&file);
    put_dynamic(D_STRTAB, 23, 0x2000);
    put_dynamic(D_FLAGS_1, 2, 0);
    expect_check(ELF_OK, 0);
    put_dynamic(D_FLAGS_1, 2, 24);
    expect_check(ELF_PLT_RELOCATIONS, D_FLAGS_1);
}

Test(elf_check_relocations, refuses_entries_that_come_twice)
{
    static const uint64_t tags[] = {7, 8, 9, 23, 2};

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        build_pie(&file);
        put_dynamic(D_STRTAB, tags[i], 0);
        put_dynamic(D_FLAGS, tags[i], 0);
        expect_check(ELF_DYNAMIC_REPEATED, tags[i] >= 7 && tags[i] <= 9 ? tags[i] - 5 : D_FLAGS);
    }
}

Test(elf_check_relocations, refuses_the_same_entry_one_behind_the_other)
{
    build_pie(&file);
    put_dynamic(D_FLAGS_1, 7, 0);
    expect_check(ELF_DYNAMIC_REPEATED, D_RELA);
}

Test(elf_check_relocations, wants_all_three_entries_of_the_table)
{
    for (unsigned index = D_RELA; index <= D_RELAENT; index++) {
        build_pie(&file);
        put_dynamic(index, 0x1234, 0);
        expect_check(ELF_RELA_INCOMPLETE, 0);
    }
    build_pie(&file);
    for (unsigned index = D_RELA; index <= D_RELAENT; index++)
        put_dynamic(index, 0x1234, 0);
    expect_check(ELF_OK, 0);
}

Test(elf_check_relocations, accepts_an_empty_table_anywhere) /* ld -z pack-relative-relocs */
{
    build_pie(&file);
    put_dynamic(D_RELASZ, 8, 0);
    expect_check(ELF_OK, 0);
    put_dynamic(D_RELA, 7, UINT64_MAX);
    expect_check(ELF_OK, 0);
}

Test(elf_check_relocations, refuses_sizes_that_are_odd)
{
    static const uint64_t entry_sizes[] = {0, 23, 25, 48, UINT64_MAX};
    static const uint64_t sizes[] = {1, 23, 25, 95, UINT64_MAX};

    for (size_t i = 0; i < 5; i++) {
        build_pie(&file);
        put_dynamic(D_RELAENT, 9, entry_sizes[i]);
        expect_check(ELF_RELA_BAD_SIZE, D_RELAENT);
        build_pie(&file);
        put_dynamic(D_RELASZ, 8, sizes[i]);
        expect_check(ELF_RELA_BAD_SIZE, D_RELASZ);
    }
}

/* Rodata's file bytes are [0x2000, 0x2100), the data's [0x3e00, 0x4100) of [0x3e00, 0x5200). */
Test(elf_check_relocations, refuses_a_table_outside_the_file_bytes)
{
    static const struct {
        uint64_t vaddr;
        uint64_t size_bytes;
    } rows[] = {
        {0x2000, 264},    {0x20b0, 96},
        {0x1fff, 96},     {0x1400, 96},
        {0x40b0, 96},     {0x4200, 96}, /* in the zeroed part */
        {0x10000, 96},    {UINT64_C(0xffffffff90002000), 96}, /* biased already */
        {UINT64_MAX, 96}, {0x2000, UINT64_MAX - 15}, /* huge, a multiple of 24 */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_pie(&file);
        put_dynamic(D_RELA, 7, rows[i].vaddr);
        put_dynamic(D_RELASZ, 8, rows[i].size_bytes);
        expect_check(ELF_RELA_OUTSIDE, D_RELA);
    }
}

Test(elf_check_relocations, accepts_a_table_that_fills_a_segment)
{
    build_pie(&file);
    put_part(&file, RODATA, P_FILESZ, 96);
    expect_check(ELF_OK, 0);
    put_part(&file, RODATA, P_FILESZ, 95);
    expect_check(ELF_RELA_OUTSIDE, D_RELA);
}

Test(elf_check_relocations, refuses_other_types_and_symbols)
{
    static const uint32_t types[] = {1, 2, 6, 7, 9, 37, 38, 0xffffffff};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        build_pie(&file);
        put_relocation(3, 0x51f8, types[i], 0x6000);
        expect_check(ELF_RELOCATION_TYPE, 3);
    }
    build_pie(&file);
    put_relocation(1, 0x3e0b, UINT64_C(1) << 32 | 8, 0);
    expect_check(ELF_RELOCATION_SYMBOL, 1);
    put_relocation(1, 0x3e0b, 8, 0);
    put_relocation(2, 0, UINT64_C(1) << 63, 0);
    expect_check(ELF_RELOCATION_SYMBOL, 2);
}

/* The data is [0x3e00, 0x5200). */
Test(elf_check_relocations, refuses_targets_outside_writable_memory)
{
    static const uint64_t offsets[] = {
        0,      0x1000, 0x2080, 0x3000, 0x3df9, 0x3dff, 0x51f9, 0x51ff, 0x5200, 0x6000, UINT64_MAX,
        UINT64_MAX - 7, UINT64_C(0xffffffff90003e00),
    };

    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        build_pie(&file);
        put_relocation(0, offsets[i], 8, 0x1000);
        expect_check(ELF_RELOCATION_TARGET, 0);
    }
}

/* The dynamic section is [0x3e80, 0x3f00). */
Test(elf_check_relocations, refuses_targets_in_the_dynamic_section)
{
    static const uint64_t offsets[] = {0x3e79, 0x3e80, 0x3ec0, 0x3eff};
    static const uint64_t fine[] = {0x3e78, 0x3f00, 0x3e00, 0x51f8, 0x4ff9};

    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        build_pie(&file);
        put_relocation(0, offsets[i], 8, 0x1000);
        expect_check(ELF_RELOCATION_OVERWRITES, 0);
    }
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        build_pie(&file);
        put_relocation(0, fine[i], 8, 0x1000);
        expect_check(ELF_OK, 0);
    }
}

/* The table moved to [0x4000, 0x4060), into the data. */
Test(elf_check_relocations, refuses_targets_in_the_table)
{
    static const struct {
        uint64_t offset;
        enum elf_status status;
    } rows[] = {
        {0x3ff8, ELF_OK},
        {0x3ff9, ELF_RELOCATION_OVERWRITES},
        {0x4000, ELF_RELOCATION_OVERWRITES},
        {0x405f, ELF_RELOCATION_OVERWRITES},
        {0x4060, ELF_OK},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_pie(&file);
        memcpy(file.bytes + 0x3000, file.bytes + RELA_OFFSET, 96);
        put_dynamic(D_RELA, 7, 0x4000);
        put(&file, 0x3000, 8, rows[i].offset);
        expect_check(rows[i].status, 0);
    }
}

/* The image is [0, 0x6000); its end may be named. */
Test(elf_check_relocations, refuses_results_outside_the_image)
{
    static const uint64_t addends[] = {0x6001, UINT64_MAX, UINT64_C(0x8000000000000000),
                                       0x70000000, UINT64_C(0xffffffff90001000)};

    for (size_t i = 0; i < sizeof addends / sizeof addends[0]; i++) {
        build_pie(&file);
        put_relocation(0, 0x3e00, 8, addends[i]);
        expect_check(ELF_RELOCATION_ADDEND, 0);
    }
}

/* The first fault is named, however late it comes. */
Test(elf_check_relocations, checks_all_before_one_is_applied)
{
    build_pie(&file);
    put_relocation(3, 0x51f9, 8, 0);
    expect_check(ELF_RELOCATION_TARGET, 3);
}

/* What the words become:  0x3e00 ◀ base + 0x1000,  0x3e0b ◀ base,  0x51f8 ◀ base + 0x6000. */
Test(elf_relocate, writes_base_plus_addend_and_nothing_else)
{
    struct elf_image image;
    struct elf_relocations relocations;
    uint8_t expected[0x3000] = {0};

    build_pie(&file);
    expect_accepted(&file, &plan);
    load_image(&file, &plan, &image);
    cr_assert_eq(elf_check_relocations(&plan, &image, &relocations).status, ELF_OK);
    memcpy(expected + 0xe00, file.bytes + 0x2e00, 0x300);
    memcpy(expected + 0xe00, "\x00\x10\x00\x90\xff\xff\xff\xff", 8);
    memcpy(expected + 0xe0b, "\x00\x00\x00\x90\xff\xff\xff\xff", 8);
    memcpy(expected + 0x21f8, "\x00\x60\x00\x90\xff\xff\xff\xff", 8);
    for (unsigned round = 0; round < 2; round++) {
        elf_relocate(&plan, &image, &relocations);
        cr_assert_eq(memcmp(image.pages[DATA], expected, sizeof expected), 0, "round %u", round);
        cr_assert_eq(memcmp(image.pages[RODATA], file.bytes + 0x2000, 0x100), 0);
        cr_assert_eq(memcmp(image.pages[TEXT], file.bytes + 0x1000, 0x300), 0);
        cr_assert_eq(memcmp(image.pages[HEADERS], file.bytes, 0x600), 0);
    }
    free_image(&plan, &image);
}

/* Linked at 0xffffffffb0000000, loaded 512 MiB lower: the bias is negative, sums wrap. */
Test(elf_relocate, moves_an_image_down)
{
    const uint64_t linked_at = UINT64_C(0xffffffffb0000000);
    const uint64_t outside[] = {0x1000, linked_at + 0x6001, linked_at - 1};
    struct elf_image image;
    struct elf_relocations relocations;

    build_pie(&file);
    put(&file, E_ENTRY, 8, linked_at + 0x1010);
    for (unsigned part = HEADERS; part <= DYNAMIC; part++) {
        if (part != STACK)
            put_part(&file, part, P_VADDR, get_part(&file, part, P_VADDR) + linked_at);
    }
    put_dynamic(D_RELA, 7, linked_at + RELA_OFFSET);
    put_relocation(0, linked_at + 0x3e00, 8, linked_at + 0x1000);
    put_relocation(1, linked_at + 0x3e0b, 8, linked_at);
    put_relocation(3, linked_at + 0x51f8, 8, linked_at + 0x6000);
    expect_check(ELF_OK, 0);
    load_image(&file, &plan, &image);
    cr_assert_eq(elf_check_relocations(&plan, &image, &relocations).status, ELF_OK);
    elf_relocate(&plan, &image, &relocations);
    cr_assert_eq(memcmp(image.pages[DATA] + 0xe00, "\x00\x10\x00\x90\xff\xff\xff\xff", 8), 0);
    free_image(&plan, &image);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        put_relocation(0, linked_at + 0x3e00, 8, outside[i]);
        expect_check(ELF_RELOCATION_ADDEND, 0);
    }
}
