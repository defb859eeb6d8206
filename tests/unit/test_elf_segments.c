/* SPDX-License-Identifier: MIT */
/*
 * elf_plan: the segments, by themselves and among each other.
 * Each test spoils one thing of a valid file (drawn in elf_builder.h). Numbers in comments are
 * cases of the fault catalogue.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_plan plan;

/* Case 81. */
Test(elf_plan, refuses_file_bytes_outside_the_file)
{
    static const struct spoiled_part rows[] = {
        {DATA, P_OFFSET, 0x3e00, ELF_SEGMENT_OUTSIDE_FILE},
        {DATA, P_FILESZ, 0x341, ELF_SEGMENT_OUTSIDE_FILE},
        {TEXT, P_OFFSET, UINT64_C(0xfffffffffffff000), ELF_SEGMENT_OUTSIDE_FILE},
        {TEXT, P_OFFSET, UINT64_C(0xfffffffffffffd00), ELF_SEGMENT_OUTSIDE_FILE}, /* ends at 2^64 */
        {TEXT, P_OFFSET, UINT64_C(0x7ffffffffffff000), ELF_SEGMENT_OUTSIDE_FILE},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, DATA, P_FILESZ, 0x340);
    expect_accepted(&file, &plan);
}

/* Case 82. */
Test(elf_plan, refuses_more_bytes_in_the_file_than_in_memory)
{
    static const struct spoiled_part rows[] = {
        {TEXT, P_FILESZ, 0x301, ELF_FILE_EXCEEDS_MEMORY},
        {TEXT, P_MEMSZ, 0x2ff, ELF_FILE_EXCEEDS_MEMORY},
        {TEXT, P_MEMSZ, 0, ELF_FILE_EXCEEDS_MEMORY},
        {TEXT, P_FILESZ, UINT64_MAX, ELF_FILE_EXCEEDS_MEMORY},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
}

/* Cases 83, 84: the last segment of memory only, so that its offset needs no match. */
Test(elf_plan, refuses_addresses_that_a_kernel_may_not_use)
{
    static const struct {
        uint64_t vaddr;
        uint64_t memory_bytes;
        enum elf_status status;
    } rows[] = {
        {UINT64_C(0xfffffffffffff000), 0x1001, ELF_SEGMENT_WRAPS},
        {UINT64_C(0xffffffffffffffff), 2, ELF_SEGMENT_WRAPS},
        {UINT64_C(0xfffffffffffff000), 0x1000, ELF_OUTSIDE_WINDOW}, /* ends at exactly 2^64 */
        {UINT64_C(0xfffffffffffff000), 1, ELF_OUTSIDE_WINDOW},
        {UINT64_C(0xffffffffbffff000), 0x1001, ELF_OUTSIDE_WINDOW},
        {UINT64_C(0xffffffffc0000000), 1, ELF_OUTSIDE_WINDOW},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_exec(&file);
        add_part(&file, (struct part){T_LOAD, F_R | F_W, 0, rows[i].vaddr, 0,
                                      rows[i].memory_bytes, 0x1000});
        expect_refused(&file, rows[i].status, 7);
    }
    build_exec(&file);
    add_part(&file, (struct part){T_LOAD, F_R | F_W, 0, UINT64_C(0xffffffffbffff000), 0, 0x1000,
                                  0x1000});
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.image_end, UINT64_C(0xffffffffc0000000));
}

/* Case 84: the first segment, as the others lie higher. */
Test(elf_plan, refuses_addresses_below_the_window)
{
    static const struct spoiled_part rows[] = {
        {HEADERS, P_VADDR, 0, ELF_OUTSIDE_WINDOW},
        {HEADERS, P_VADDR, 0x100000, ELF_OUTSIDE_WINDOW},
        {HEADERS, P_VADDR, UINT64_C(0x00007ffffffff000), ELF_OUTSIDE_WINDOW},
        {HEADERS, P_VADDR, UINT64_C(0x0000800000000000), ELF_NOT_CANONICAL},
        {HEADERS, P_VADDR, UINT64_C(0xffff7ffffffff000), ELF_NOT_CANONICAL},
        {HEADERS, P_VADDR, UINT64_C(0xffff800000000000), ELF_OUTSIDE_WINDOW}, /* direct map */
        {HEADERS, P_VADDR, UINT64_C(0xffffff0000000000), ELF_OUTSIDE_WINDOW}, /* stacks */
        {HEADERS, P_VADDR, UINT64_C(0xffffffff7ffff000), ELF_OUTSIDE_WINDOW},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
}

/* Case 84: a window that holds everything still holds no hole of the address space. */
Test(elf_plan, refuses_a_segment_across_the_canonical_hole)
{
    const struct part part = {T_LOAD, F_R | F_X,          0, 0x1000, 0x1000,
                              UINT64_C(0xffffffff80000000), 0};

    build_parts(&file, false, 0x1000, &part, 1, 0x1000);
    file.limits = (struct elf_limits){0, UINT64_MAX, UINT64_MAX, 0};
    expect_refused(&file, ELF_NOT_CANONICAL, 0);
}

/* Case 84: the lower half's last page, and the byte behind it. */
Test(elf_plan, takes_a_segment_that_ends_at_the_canonical_hole)
{
    const struct part part = {T_LOAD, F_R | F_X, 0,      UINT64_C(0x00007ffffffff000),
                              0x1000, 0x1000,    0x1000};

    build_parts(&file, false, part.vaddr, &part, 1, 0x1000);
    file.limits = (struct elf_limits){0, UINT64_MAX, UINT64_MAX, 0};
    cr_assert_eq(plan_file(&file, &plan).status, ELF_OK);
    cr_assert_eq(plan.image_end, UINT64_C(0x0000800000000000));
    put_part(&file, 0, P_MEMSZ, 0x1001);
    expect_refused(&file, ELF_NOT_CANONICAL, 0);
}

/* Case 85. */
Test(elf_plan, ignores_segments_without_memory)
{
    build_exec(&file);
    add_part(&file, (struct part){T_LOAD, F_W | F_X, 0x123, 0x77, 0, 0, 3});
    expect_accepted(&file, &plan);
    expect_valid_segments(&plan, EXEC_BASE);
}

/* Case 85: refused before anyone allocates. 16 MiB are allowed, 0x900 bytes are taken. */
Test(elf_plan, refuses_more_memory_than_is_allowed)
{
    static const struct spoiled_part rows[] = {
        {DATA, P_MEMSZ, UINT64_C(1) << 40, ELF_IMAGE_TOO_LARGE},
        {DATA, P_MEMSZ, UINT64_MAX, ELF_IMAGE_TOO_LARGE},
        {DATA, P_MEMSZ, UINT64_MAX - 0x8ff, ELF_IMAGE_TOO_LARGE},
        {DATA, P_MEMSZ, 16 * MIB, ELF_IMAGE_TOO_LARGE},
        {DATA, P_MEMSZ, 16 * MIB - 0x9ff, ELF_IMAGE_TOO_LARGE},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, DATA, P_MEMSZ, 16 * MIB - 0xa00);
    expect_accepted(&file, &plan);
}

/* Case 86. */
Test(elf_plan, takes_a_segment_of_memory_alone)
{
    unsigned index;

    build_exec(&file);
    index = add_part(&file, (struct part){T_LOAD, F_R | F_W, UINT64_C(0x123456789),
                                          EXEC_BASE + 0x10010, 0, 0x2000, 0x1000});
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segment_count, 5);
    expect_segment(&plan, 4,
                   (struct elf_segment){EXEC_BASE + 0x10010, 0x2000, 0, 0, EXEC_BASE + 0x10000, 3,
                                        0, ELF_RIGHT_WRITE, index});
    cr_assert_eq(plan.by_offset_count, 4, "nothing to read");
    cr_assert_eq(plan.file_end, 0x3100);
    cr_assert_eq(plan.image_end, EXEC_BASE + 0x13000);
    cr_assert_eq(plan.total_page_count, 9);
}

/* Case 87. Text is [0x1000, 0x1300), rodata [0x2000, 0x2100). */
Test(elf_plan, refuses_segments_that_overlap_or_are_unsorted)
{
    static const struct spoiled_part rows[] = {
        {RODATA, P_VADDR, EXEC_BASE + 0x1000, ELF_OVERLAP}, /* equal addresses */
        {TEXT, P_VADDR, EXEC_BASE, ELF_OVERLAP},
        {RODATA, P_VADDR, EXEC_BASE, ELF_UNSORTED},
        {DATA, P_VADDR, EXEC_BASE + 0x1e00, ELF_UNSORTED},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, TEXT, P_MEMSZ, 0x1001);
    expect_refused(&file, ELF_OVERLAP, RODATA);
}

/* Case 87: rights are for pages. The text's memory ends in the page of rodata, or just before. */
Test(elf_plan, refuses_two_segments_in_one_page)
{
    build_exec(&file);
    put_part(&file, TEXT, P_MEMSZ, 0x1000);
    expect_accepted(&file, &plan);
    put_part(&file, RODATA, P_VADDR, EXEC_BASE + 0x2080);
    put_part(&file, RODATA, P_OFFSET, 0x2080);
    put_part(&file, RODATA, P_FILESZ, 0x80);
    expect_accepted(&file, &plan);
    put_part(&file, TEXT, P_MEMSZ, 0x1001);
    expect_refused(&file, ELF_SHARED_PAGE, RODATA);
    put_part(&file, TEXT, P_MEMSZ, 0x1080);
    expect_refused(&file, ELF_SHARED_PAGE, RODATA);
}

/* Each byte of the file is read once: rodata at 0x2000 and data at 0x2e00 .. 0x3100. */
Test(elf_plan, refuses_two_segments_of_the_same_file_bytes)
{
    build_exec(&file);
    put_part(&file, RODATA, P_FILESZ, 0xe01);
    put_part(&file, RODATA, P_MEMSZ, 0xe01);
    expect_refused(&file, ELF_FILE_OVERLAP, DATA);
    put_part(&file, RODATA, P_FILESZ, 0xe00);
    expect_accepted(&file, &plan);
    put_part(&file, TEXT, P_OFFSET, 0x2000);
    expect_refused(&file, ELF_FILE_OVERLAP, RODATA);
}

/* Neighbours in the file, the higher addresses first: [0x1800, 0x2000) and [0x1000, 0x1800). */
Test(elf_plan, takes_two_segments_side_by_side_in_the_file)
{
    const struct part parts[] = {
        {T_LOAD, F_R | F_X, 0x1800, EXEC_BASE + 0x800, 0x800, 0x800, 0},
        {T_LOAD, F_R, 0x1000, EXEC_BASE + 0x1000, 0x800, 0x800, 0},
    };

    build_parts(&file, false, EXEC_BASE + 0x800, parts, 2, 0x2000);
    expect_accepted(&file, &plan);
    put_part(&file, 1, P_FILESZ, 0x801);
    put_part(&file, 1, P_MEMSZ, 0x801);
    expect_refused(&file, ELF_FILE_OVERLAP, 1);
}

/* Case 88. */
Test(elf_plan, refuses_alignments_that_are_none)
{
    static const struct spoiled_part rows[] = {
        {TEXT, P_ALIGN, 3, ELF_BAD_ALIGNMENT},
        {TEXT, P_ALIGN, 0x1800, ELF_BAD_ALIGNMENT},
        {TEXT, P_ALIGN, 0x400000, ELF_BAD_ALIGNMENT},
        {TEXT, P_ALIGN, UINT64_C(1) << 63, ELF_BAD_ALIGNMENT},
        {TEXT, P_ALIGN, UINT64_MAX, ELF_BAD_ALIGNMENT},
    };
    static const uint64_t fine[] = {0, 1, 2, 16, 0x1000};

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        build_exec(&file);
        put_part(&file, TEXT, P_ALIGN, fine[i]);
        expect_accepted(&file, &plan);
    }
}

/* Case 88. */
Test(elf_plan, refuses_offsets_that_do_not_match_the_address)
{
    static const struct spoiled_part rows[] = {
        {TEXT, P_OFFSET, 0x1001, ELF_OFFSET_MISMATCH},
        {TEXT, P_OFFSET, 0x1800, ELF_OFFSET_MISMATCH},
        {TEXT, P_VADDR, EXEC_BASE + 0x1010, ELF_OFFSET_MISMATCH},
        {DATA, P_ALIGN, 0x2000, ELF_OFFSET_MISMATCH}, /* 0x2e00, 0x3e00 */
        {DATA, P_ALIGN, 0x200000, ELF_OFFSET_MISMATCH},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, TEXT, P_ALIGN, 0);
    put_part(&file, TEXT, P_OFFSET, 0x1008);
    expect_refused(&file, ELF_OFFSET_MISMATCH, TEXT);
    build_exec(&file);
    put_part(&file, TEXT, P_ALIGN, 0x200000);
    expect_accepted(&file, &plan);
}

/* Case 89. */
Test(elf_plan, refuses_rights_that_are_wrong)
{
    static const struct spoiled_part rows[] = {
        {TEXT, P_FLAGS, F_R | F_W | F_X, ELF_WRITABLE_AND_EXECUTABLE},
        {DATA, P_FLAGS, F_R | F_W | F_X, ELF_WRITABLE_AND_EXECUTABLE},
        {TEXT, P_FLAGS, F_X, ELF_NOT_READABLE},
        {DATA, P_FLAGS, F_W, ELF_NOT_READABLE},
        {RODATA, P_FLAGS, 0, ELF_NOT_READABLE},
    };

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, TEXT, P_FLAGS, F_R);
    expect_refused(&file, ELF_NOTHING_EXECUTABLE, 0);
    put_part(&file, TEXT, P_FLAGS, F_R | F_W); /* writable text */
    expect_refused(&file, ELF_NOTHING_EXECUTABLE, 0);
}

/* gABI: PF_MASKOS and PF_MASKPROC are for others; so are the bits that have no name yet. */
Test(elf_plan, ignores_unknown_rights)
{
    build_exec(&file);
    put_part(&file, TEXT, P_FLAGS, 0xfffffff8u | F_R | F_X);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segments[TEXT].rights, ELF_RIGHT_EXECUTE);
}

Test(elf_plan, wants_a_segment)
{
    const struct part part = {T_NOTE, F_R, 0, 0, 0x10, 0x10, 4};

    build_parts(&file, false, 0, &part, 1, 0x1000);
    expect_refused(&file, ELF_NO_SEGMENT, 0);
}

/* 64 one-byte segments from BASE on, the last one 1 GiB behind the first. */
static void build_many(uint32_t count)
{
    struct part parts[ELF_MAX_SEGMENTS + 1];

    for (uint32_t i = 0; i < count; i++)
        parts[i] = (struct part){T_LOAD, F_R | F_X, i, EXEC_BASE + i * UINT64_C(4097), 1, 1, 0};
    parts[count - 1].vaddr = WINDOW_END - 4096 + count - 1;
    build_parts(&file, false, EXEC_BASE, parts, count, 0x8000);
}

/* Case 97: 64 segments of one byte, and nearly 1 GiB of nothing in between. */
Test(elf_plan, takes_64_segments_of_one_byte_and_a_wide_gap)
{
    build_many(64);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segment_count, 64);
    cr_assert_eq(plan.total_page_count, 64, "the gap costs nothing");
    cr_assert_eq(plan.image_end, WINDOW_END);
    cr_assert_eq(plan.file_end, 64);
    cr_assert_eq(plan.segments[63].page_vaddr, UINT64_C(0xffffffffbffff000));
    cr_assert_eq(plan.segments[63].vaddr, UINT64_C(0xffffffffbffff03f));
}

/* Case 97: one more. */
Test(elf_plan, refuses_65_segments)
{
    build_many(65);
    expect_refused(&file, ELF_TOO_MANY_SEGMENTS, 64);
}
