/* SPDX-License-Identifier: MIT */
/*
 * elf_plan: each test spoils one thing of a valid file (drawn in elf_builder.h). Numbers in
 * comments are cases of the fault catalogue.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_plan plan;

/* One field of one program header set to one value in the valid EXEC. */
struct spoiled_part {
    unsigned index;
    unsigned field;
    uint64_t value;
    enum elf_status status;
};

static void expect_each_refused(const struct spoiled_part *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        build_exec(&file);
        put_part(&file, rows[i].index, rows[i].field, rows[i].value);
        expect_refused(&file, rows[i].status, rows[i].index);
    }
}

#define EXPECT_EACH_REFUSED(rows) expect_each_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static void expect_segment(unsigned index, struct elf_segment expected)
{
    const struct elf_segment *found = &plan.segments[index];

    cr_assert_eq(found->vaddr, expected.vaddr, "segment %u", index);
    cr_assert_eq(found->memory_bytes, expected.memory_bytes, "segment %u", index);
    cr_assert_eq(found->file_offset, expected.file_offset, "segment %u", index);
    cr_assert_eq(found->file_bytes, expected.file_bytes, "segment %u", index);
    cr_assert_eq(found->page_vaddr, expected.page_vaddr, "segment %u", index);
    cr_assert_eq(found->page_count, expected.page_count, "segment %u", index);
    cr_assert_eq(found->relro_page_count, expected.relro_page_count, "segment %u", index);
    cr_assert_eq(found->rights, expected.rights, "segment %u", index);
    cr_assert_eq(found->program_header_index, expected.program_header_index, "segment %u", index);
}

static void expect_valid_segments(uint64_t base)
{
    cr_assert_eq(plan.segment_count, 4);
    expect_segment(0, (struct elf_segment){base, 0x600, 0, 0x600, base, 1, 0, 0, 0});
    expect_segment(1, (struct elf_segment){base + 0x1000, 0x300, 0x1000, 0x300, base + 0x1000, 1,
                                           0, ELF_RIGHT_EXECUTE, 1});
    expect_segment(2, (struct elf_segment){base + 0x2000, 0x100, 0x2000, 0x100, base + 0x2000, 1,
                                           0, 0, 2});
    expect_segment(3, (struct elf_segment){base + 0x3e00, 0x1400, 0x2e00, 0x300, base + 0x3000, 3,
                                           1, ELF_RIGHT_WRITE, 3});
    cr_assert_eq(plan.image_first, base);
    cr_assert_eq(plan.image_end, base + 0x6000);
    cr_assert_eq(plan.total_page_count, 6);
    cr_assert_eq(plan.file_end, 0x3100);
    cr_assert_eq(plan.by_offset_count, 4);
    for (uint8_t i = 0; i < 4; i++)
        cr_assert_eq(plan.by_offset[i], i);
}

Test(elf_plan, places_an_exec_where_it_says)
{
    build_exec(&file);
    expect_accepted(&file, &plan);
    cr_assert_not(plan.is_pie);
    cr_assert_eq(plan.load_bias, 0);
    cr_assert_eq(plan.entry, UINT64_C(0xffffffff80001010));
    cr_assert_eq(plan.dynamic_bytes, 0);
    cr_assert_eq(plan.dynamic_vaddr, 0);
    expect_valid_segments(UINT64_C(0xffffffff80000000));
}

Test(elf_plan, places_a_pie_at_its_base)
{
    build_pie(&file);
    expect_accepted(&file, &plan);
    cr_assert(plan.is_pie);
    cr_assert_eq(plan.load_bias, UINT64_C(0xffffffff90000000));
    cr_assert_eq(plan.entry, UINT64_C(0xffffffff90001010));
    cr_assert_eq(plan.dynamic_vaddr, UINT64_C(0xffffffff90003e80));
    cr_assert_eq(plan.dynamic_bytes, 0x80);
    expect_valid_segments(UINT64_C(0xffffffff90000000));
}

Test(elf_plan, moves_a_pie_linked_high_up_or_down_to_its_base)
{
    static const uint64_t linked_at[] = {UINT64_C(0xffffffff80000000),
                                         UINT64_C(0xffffffffb0001000), 0x400000};

    for (size_t i = 0; i < sizeof linked_at / sizeof linked_at[0]; i++) {
        build_pie(&file);
        put(&file, E_ENTRY, 8, linked_at[i] + 0x1010);
        for (unsigned part = HEADERS; part <= DYNAMIC; part++) {
            if (part != STACK)
                put_part(&file, part, P_VADDR, get_part(&file, part, P_VADDR) + linked_at[i]);
        }
        expect_accepted(&file, &plan);
        cr_assert_eq(plan.load_bias, UINT64_C(0xffffffff90000000) - linked_at[i]);
        cr_assert_eq(plan.entry, UINT64_C(0xffffffff90001010));
        expect_valid_segments(UINT64_C(0xffffffff90000000));
    }
}

/*
 * p_align 2 MiB, lowest address 0x201000:   link  0x200000 ├─ 0x201000 ▓▓
 *                                           load  base     ├─ base + 0x1000 ▓▓
 */
Test(elf_plan, keeps_the_largest_alignment_of_a_pie)
{
    const struct part part = {T_LOAD, F_R | F_X, 0x1000, 0x201000, 0x100, 0x100, 0x200000};

    build_parts(&file, true, 0x201000, &part, 1, 0x1100);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segments[0].vaddr, UINT64_C(0xffffffff90001000));
    file.limits.pie_base = UINT64_C(0xffffffff90003000);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segments[0].vaddr, UINT64_C(0xffffffff90201000));
    file.limits.pie_base = UINT64_C(0xfffffffffffff000);
    expect_refused(&file, ELF_OUTSIDE_WINDOW, 0);
}

/* Case 75: the file ends too early, at each byte from nothing to the last segment's last. */
Test(elf_plan, refuses_a_file_cut_anywhere)
{
    for (unsigned is_pie = 0; is_pie < 2; is_pie++) {
        if (is_pie)
            build_pie(&file);
        else
            build_exec(&file);
        for (file.size = 0; file.size < FILE_SEGMENTS_END; file.size++)
            cr_assert_neq(plan_file(&file, &plan).status, ELF_OK, "%zu bytes", (size_t)file.size);
        for (; file.size <= 0x3140; file.size++)
            expect_accepted(&file, &plan);
    }
}

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

    EXPECT_EACH_REFUSED(rows);
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

    EXPECT_EACH_REFUSED(rows);
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

    EXPECT_EACH_REFUSED(rows);
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

/* Case 84: a PIE is judged where it will run. */
Test(elf_plan, refuses_a_pie_that_leaves_the_window)
{
    build_pie(&file);
    file.limits.pie_base = WINDOW_END - 0x6000;
    expect_accepted(&file, &plan);
    file.limits.pie_base = WINDOW_END - 0x5000;
    expect_refused(&file, ELF_OUTSIDE_WINDOW, DATA);
    file.limits.pie_base = WINDOW_FIRST - 0x1000;
    expect_refused(&file, ELF_OUTSIDE_WINDOW, HEADERS);
    file.limits.pie_base = UINT64_C(0xffffffffffffe000);
    expect_refused(&file, ELF_OUTSIDE_WINDOW, HEADERS);
    file.limits.pie_base = UINT64_C(0x0000800000000000);
    expect_refused(&file, ELF_NOT_CANONICAL, HEADERS);
}

/* Case 83: also where biasing would bring it back. */
Test(elf_plan, refuses_a_pie_linked_at_the_very_end)
{
    const struct part part = {T_LOAD, F_R | F_X, 0, UINT64_C(0xfffffffffffff000), 0x800, 0x800, 0};

    build_parts(&file, true, UINT64_C(0xfffffffffffff000), &part, 1, 0x1000);
    expect_refused(&file, ELF_OUTSIDE_WINDOW, 0);
    put_part(&file, 0, P_VADDR, UINT64_C(0xffffffffffffe000));
    put(&file, E_ENTRY, 8, UINT64_C(0xffffffffffffe000));
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.entry, UINT64_C(0xffffffff90000000));
}

/* Case 85. */
Test(elf_plan, ignores_segments_without_memory)
{
    build_exec(&file);
    add_part(&file, (struct part){T_LOAD, F_W | F_X, 0x123, 0x77, 0, 0, 3});
    expect_accepted(&file, &plan);
    expect_valid_segments(EXEC_BASE);
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

    EXPECT_EACH_REFUSED(rows);
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
    expect_segment(4, (struct elf_segment){EXEC_BASE + 0x10010, 0x2000, 0, 0, EXEC_BASE + 0x10000,
                                           3, 0, ELF_RIGHT_WRITE, index});
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

    EXPECT_EACH_REFUSED(rows);
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

Test(elf_plan, lists_segments_by_file_offset_for_reading_in_order)
{
    const struct part parts[] = {
        {T_LOAD, F_R | F_X, 0x3000, EXEC_BASE, 0x10, 0x10, 0},
        {T_LOAD, F_R, 0x1000, EXEC_BASE + 0x1000, 0x10, 0x10, 0},
        {T_LOAD, F_R | F_W, 0, EXEC_BASE + 0x2000, 0, 0x10, 0},
        {T_LOAD, F_R, 0x4000, EXEC_BASE + 0x3000, 0x10, 0x10, 0},
        {T_LOAD, F_R, 0x2000, EXEC_BASE + 0x4000, 0x10, 0x10, 0},
    };

    build_parts(&file, false, EXEC_BASE, parts, 5, 0x4010);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.by_offset_count, 4);
    cr_assert_eq(plan.by_offset[0], 1);
    cr_assert_eq(plan.by_offset[1], 4);
    cr_assert_eq(plan.by_offset[2], 0);
    cr_assert_eq(plan.by_offset[3], 3);
    cr_assert_eq(plan.file_end, 0x4010);
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

    EXPECT_EACH_REFUSED(rows);
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

    EXPECT_EACH_REFUSED(rows);
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

    EXPECT_EACH_REFUSED(rows);
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

/* Case 90. Text: file bytes and memory [0x1000, 0x1300). */
Test(elf_plan, refuses_an_entry_that_is_no_code)
{
    static const struct {
        uint64_t entry;
        enum elf_status status;
        uint64_t index;
    } rows[] = {
        {0, ELF_ENTRY_OUTSIDE, 0},
        {0x1010, ELF_ENTRY_OUTSIDE, 0},
        {EXEC_BASE - 1, ELF_ENTRY_OUTSIDE, 0},
        {EXEC_BASE + 0xfff, ELF_ENTRY_OUTSIDE, 0},
        {EXEC_BASE + 0x1300, ELF_ENTRY_OUTSIDE, 0},
        {EXEC_BASE + 0x6000, ELF_ENTRY_OUTSIDE, 0},
        {UINT64_MAX, ELF_ENTRY_OUTSIDE, 0},
        {EXEC_BASE, ELF_ENTRY_NOT_EXECUTABLE, HEADERS},
        {EXEC_BASE + 0x2000, ELF_ENTRY_NOT_EXECUTABLE, RODATA},
        {EXEC_BASE + 0x51ff, ELF_ENTRY_NOT_EXECUTABLE, DATA},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_exec(&file);
        put(&file, E_ENTRY, 8, rows[i].entry);
        expect_refused(&file, rows[i].status, rows[i].index);
    }
}

/* Case 90: in the zeroed part of an executable segment. */
Test(elf_plan, refuses_an_entry_that_is_not_in_the_file)
{
    build_exec(&file);
    put_part(&file, TEXT, P_MEMSZ, 0x400);
    put(&file, E_ENTRY, 8, EXEC_BASE + 0x1300);
    expect_refused(&file, ELF_ENTRY_NOT_IN_FILE, TEXT);
    put(&file, E_ENTRY, 8, EXEC_BASE + 0x13ff);
    expect_refused(&file, ELF_ENTRY_NOT_IN_FILE, TEXT);
}

/* Case 90: code needs no alignment. */
Test(elf_plan, accepts_an_entry_at_any_byte_of_the_code)
{
    for (uint64_t offset = 0x1000; offset < 0x1300; offset++) {
        build_exec(&file);
        put(&file, E_ENTRY, 8, EXEC_BASE + offset);
        expect_accepted(&file, &plan);
        cr_assert_eq(plan.entry, EXEC_BASE + offset);
    }
}

/* Case 91. */
Test(elf_plan, refuses_what_needs_an_operating_system)
{
    build_exec(&file);
    put_part(&file, NOTE, P_TYPE, T_INTERP);
    expect_refused(&file, ELF_INTERPRETER, NOTE);
    put_part(&file, NOTE, P_TYPE, T_TLS);
    expect_refused(&file, ELF_THREAD_LOCAL, NOTE);
    put_part(&file, NOTE, P_TYPE, T_DYNAMIC);
    expect_refused(&file, ELF_DYNAMIC_IN_EXEC, NOTE);
}

/* A file for an operating system lies anywhere: say so before the addresses are judged. */
Test(elf_plan, names_an_interpreter_before_addresses)
{
    build_exec(&file);
    put_part(&file, HEADERS, P_VADDR, 0x400000);
    add_part(&file, (struct part){T_INTERP, F_R, 0x2000, 0, 0x10, 0x10, 1});
    expect_refused(&file, ELF_INTERPRETER, 7);
}

/* Case 91. */
Test(elf_plan, refuses_two_dynamic_sections)
{
    build_pie(&file);
    add_part(&file, (struct part){T_DYNAMIC, F_R | F_W, DYNAMIC_OFFSET, DYNAMIC_VADDR, 0x80, 0x80,
                                  8});
    expect_refused(&file, ELF_SECOND_DYNAMIC, 8);
}

/* Cases 91, 92. The data's file bytes are [0x3e00, 0x4100). */
Test(elf_plan, refuses_a_dynamic_section_outside_the_file_bytes)
{
    static const struct {
        unsigned field;
        uint64_t value;
    } rows[] = {
        {P_VADDR, 0x3e84},         {P_VADDR, 0x3e88}, /* address and offset disagree */
        {P_VADDR, 0x13e80},        {P_VADDR, UINT64_C(0xffffffffffffff80)},
        {P_OFFSET, 0x2e90},        {P_OFFSET, UINT64_MAX},
        {P_FILESZ, 0},             {P_FILESZ, 0x78},
        {P_FILESZ, 0x70}, /* and p_memsz 0x80 */
        {P_FILESZ, UINT64_MAX - 15},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_pie(&file);
        put_part(&file, DYNAMIC, rows[i].field, rows[i].value);
        expect_refused(&file, ELF_BAD_DYNAMIC, DYNAMIC);
    }
}

/* Case 92: sizes that agree with each other, but are none of a dynamic section. */
Test(elf_plan, refuses_a_dynamic_section_of_odd_size)
{
    static const uint64_t sizes[] = {0, 1, 8, 0x78, 0x81};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        build_pie(&file);
        put_part(&file, DYNAMIC, P_FILESZ, sizes[i]);
        put_part(&file, DYNAMIC, P_MEMSZ, sizes[i]);
        expect_refused(&file, ELF_BAD_DYNAMIC, DYNAMIC);
    }
}

/* Case 92: the same with a size that is consistent in itself. */
Test(elf_plan, wants_the_whole_dynamic_section_in_the_file_bytes)
{
    build_pie(&file);
    put_part(&file, DYNAMIC, P_FILESZ, 0x280);
    put_part(&file, DYNAMIC, P_MEMSZ, 0x280);
    expect_accepted(&file, &plan);
    put_part(&file, DYNAMIC, P_FILESZ, 0x290);
    put_part(&file, DYNAMIC, P_MEMSZ, 0x290);
    expect_refused(&file, ELF_BAD_DYNAMIC, DYNAMIC);
}

Test(elf_plan, accepts_a_pie_without_dynamic_section)
{
    build_pie(&file);
    put_part(&file, DYNAMIC, P_TYPE, T_NULL);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.dynamic_bytes, 0);
}

/* Case 91. 8 program headers: 0x1c0 bytes at 0x40. */
Test(elf_plan, refuses_a_phdr_that_lies)
{
    static const struct part right = {T_PHDR, F_R, 0x40, EXEC_BASE + 0x40, 0x1c0, 0x1c0, 8};
    static const struct {
        unsigned field;
        uint64_t value;
    } rows[] = {
        {P_OFFSET, 0x48}, {P_OFFSET, 0},         {P_FILESZ, 0x188},
        {P_MEMSZ, 0x188}, {P_VADDR, EXEC_BASE},  {P_VADDR, EXEC_BASE + 0x1040},
        {P_VADDR, 0x40},
    };

    build_exec(&file);
    add_part(&file, right);
    expect_accepted(&file, &plan);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_exec(&file);
        add_part(&file, right);
        put_part(&file, 7, rows[i].field, rows[i].value);
        expect_refused(&file, ELF_BAD_PHDR, 7);
    }
    build_exec(&file);
    add_part(&file, (struct part){T_PHDR, F_R, 0x40, EXEC_BASE + 0x40, 0x1f8, 0x1f8, 8});
    add_part(&file, (struct part){T_PHDR, F_R, 0x40, EXEC_BASE + 0x40, 0x1f8, 0x1f8, 8});
    expect_refused(&file, ELF_BAD_PHDR, 8);
}

/* Case 93. */
Test(elf_plan, refuses_an_executable_stack)
{
    build_exec(&file);
    put_part(&file, STACK, P_FLAGS, F_R | F_W | F_X);
    expect_refused(&file, ELF_EXECUTABLE_STACK, STACK);
}

/* Case 94. Data: [0x3e00, 0x5200), its pages [0x3000, 0x6000). */
Test(elf_plan, refuses_relro_outside_its_segment)
{
    static const struct spoiled_part rows[] = {
        {RELRO, P_VADDR, EXEC_BASE + 0x3e01, ELF_BAD_RELRO}, /* not its beginning */
        {RELRO, P_VADDR, EXEC_BASE + 0x4000, ELF_BAD_RELRO},
        {RELRO, P_VADDR, EXEC_BASE + 0x2fff, ELF_BAD_RELRO},
        {RELRO, P_VADDR, EXEC_BASE + 0x2000, ELF_BAD_RELRO}, /* rodata, not writable */
        {RELRO, P_VADDR, EXEC_BASE + 0x6000, ELF_BAD_RELRO},
        {RELRO, P_VADDR, 0, ELF_BAD_RELRO},
        {RELRO, P_MEMSZ, 0x2201, ELF_BAD_RELRO}, /* one byte beyond the last page */
        {RELRO, P_MEMSZ, UINT64_MAX, ELF_BAD_RELRO},
    };

    EXPECT_EACH_REFUSED(rows);
    build_exec(&file);
    add_part(&file, (struct part){T_GNU_RELRO, F_R, 0x2e00, EXEC_BASE + 0x3e00, 0x200, 0x200, 1});
    expect_refused(&file, ELF_SECOND_RELRO, 7);
}

/*
 * Case 94. Only pages that are covered to their end:  │ 3e00 ▓▓▓│▓▓▓▓▓▓▓│▓▓▓ 5200 │
 */
Test(elf_plan, counts_whole_relro_pages)
{
    static const struct {
        uint64_t first;
        uint64_t memory_bytes;
        uint64_t page_count;
    } rows[] = {
        {0x3e00, 0, 0},      {0x3e00, 1, 0},      {0x3e00, 0x1ff, 0},  {0x3e00, 0x200, 1},
        {0x3e00, 0x11ff, 1}, {0x3e00, 0x1200, 2}, {0x3e00, 0x1400, 2}, {0x3e00, 0x2200, 3},
        {0x3000, 0x1000, 1}, {0x3010, 0xff0, 1},  {0x3000, 0x3000, 3},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_exec(&file);
        put_part(&file, RELRO, P_VADDR, EXEC_BASE + rows[i].first);
        put_part(&file, RELRO, P_MEMSZ, rows[i].memory_bytes);
        expect_accepted(&file, &plan);
        cr_assert_eq(plan.segments[DATA].relro_page_count, rows[i].page_count, "row %zu", i);
    }
}

Test(elf_plan, protects_nothing_without_relro)
{
    const struct part parts[] = {
        {T_LOAD, F_R | F_X, 0, EXEC_BASE, 0x1000, 0x1000, 0x1000},
        {T_LOAD, F_R | F_W, 0x1000, EXEC_BASE + 0x1000, 0x1000, 0x3000, 0x1000},
    };

    build_parts(&file, false, EXEC_BASE, parts, 2, 0x2000);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segments[0].relro_page_count, 0);
    cr_assert_eq(plan.segments[1].relro_page_count, 0);
}

/* Case 95. */
Test(elf_plan, refuses_notes_outside_the_file)
{
    static const struct spoiled_part rows[] = {
        {NOTE, P_FILESZ, 0x10c1, ELF_NOTE_OUTSIDE_FILE},
        {NOTE, P_FILESZ, UINT64_MAX, ELF_NOTE_OUTSIDE_FILE},
        {NOTE, P_FILESZ, UINT64_MAX - 0x207f, ELF_NOTE_OUTSIDE_FILE}, /* wraps to 0 */
        {NOTE, P_OFFSET, 0x3121, ELF_NOTE_OUTSIDE_FILE},
        {NOTE, P_OFFSET, UINT64_MAX, ELF_NOTE_OUTSIDE_FILE},
    };

    EXPECT_EACH_REFUSED(rows);
    build_exec(&file);
    put_part(&file, NOTE, P_OFFSET, 0x3120);
    expect_accepted(&file, &plan);
}

Test(elf_plan, ignores_unknown_types)
{
    static const uint32_t types[] = {T_NULL, T_SHLIB, 8, 0x60000000, 0x6474e550, 0x6474e553,
                                     0x70000001, 0xffffffff};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        build_exec(&file);
        add_part(&file, (struct part){types[i], 7, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                      UINT64_MAX});
        expect_accepted(&file, &plan);
        expect_valid_segments(EXEC_BASE);
    }
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
