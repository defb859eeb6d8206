/* SPDX-License-Identifier: MIT */
/*
 * elf_plan: where an image goes, what the plan says, and the entry point.
 * Each test spoils one thing of a valid file (drawn in elf_builder.h). Numbers in comments are
 * cases of the fault catalogue.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_plan plan;

Test(elf_plan, places_an_exec_where_it_says)
{
    build_exec(&file);
    expect_accepted(&file, &plan);
    cr_assert_not(plan.is_pie);
    cr_assert_eq(plan.load_bias, 0);
    cr_assert_eq(plan.entry, UINT64_C(0xffffffff80001010));
    cr_assert_eq(plan.dynamic_bytes, 0);
    cr_assert_eq(plan.dynamic_vaddr, 0);
    expect_valid_segments(&plan, UINT64_C(0xffffffff80000000));
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
    expect_valid_segments(&plan, UINT64_C(0xffffffff90000000));
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
        expect_valid_segments(&plan, UINT64_C(0xffffffff90000000));
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
