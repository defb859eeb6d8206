/* SPDX-License-Identifier: MIT */
/*
 * elf_plan: program headers that are no segments.
 * Each test spoils one thing of a valid file (drawn in elf_builder.h). Numbers in comments are
 * cases of the fault catalogue.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;
static struct elf_plan plan;

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
    build_exec(&file); /* eight bytes further on, in offset and address alike */
    add_part(&file, right);
    put_part(&file, 7, P_OFFSET, 0x48);
    put_part(&file, 7, P_VADDR, EXEC_BASE + 0x48);
    expect_refused(&file, ELF_BAD_PHDR, 7);
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

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
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

    expect_parts_refused(rows, sizeof rows / sizeof rows[0]);
    build_exec(&file);
    put_part(&file, NOTE, P_OFFSET, 0x3120);
    expect_accepted(&file, &plan);
}

/* The valid PIE with one header moved to the front of the table, in front of the segments. */
static void build_pie_with_first(unsigned index)
{
    uint8_t moved[56];

    build_pie(&file);
    memcpy(moved, file.bytes + 64 + index * 56, 56);
    memmove(file.bytes + 64 + 56, file.bytes + 64, index * 56);
    memcpy(file.bytes + 64, moved, 56);
}

Test(elf_plan, is_the_same_whatever_stands_first)
{
    for (unsigned index = NOTE; index <= DYNAMIC; index++) {
        build_pie_with_first(index);
        expect_accepted(&file, &plan);
        cr_assert_eq(plan.segments[3].relro_page_count, 1, "header %u first", index);
        cr_assert_eq(plan.dynamic_vaddr, UINT64_C(0xffffffff90003e80), "header %u first", index);
        cr_assert_eq(plan.dynamic_bytes, 0x80, "header %u first", index);
    }
}

Test(elf_plan, checks_the_header_that_stands_first)
{
    static const struct spoiled_part rows[] = {
        {NOTE, P_TYPE, T_INTERP, ELF_INTERPRETER},
        {NOTE, P_OFFSET, UINT64_MAX, ELF_NOTE_OUTSIDE_FILE},
        {STACK, P_FLAGS, F_X, ELF_EXECUTABLE_STACK},
        {RELRO, P_VADDR, 0x2000, ELF_BAD_RELRO},
        {DYNAMIC, P_VADDR, 0x3e84, ELF_BAD_DYNAMIC},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_pie_with_first(rows[i].index);
        put_part(&file, 0, rows[i].field, rows[i].value);
        expect_refused(&file, rows[i].status, 0);
    }
}

/* One behind the other, the first of them at index 0. */
Test(elf_plan, sees_a_second_one_behind_the_header_that_stands_first)
{
    build_pie_with_first(RELRO);
    add_part(&file, (struct part){T_GNU_RELRO, F_R, 0x2e00, 0x3e00, 0x200, 0x200, 1});
    expect_refused(&file, ELF_SECOND_RELRO, 8);
    build_pie_with_first(DYNAMIC);
    add_part(&file, (struct part){T_DYNAMIC, F_R | F_W, DYNAMIC_OFFSET, DYNAMIC_VADDR, 0x80, 0x80,
                                  8});
    expect_refused(&file, ELF_SECOND_DYNAMIC, 8);
}

/* The segment in question stands at index 0: code, and the only segment. */
Test(elf_plan, sees_the_segment_that_stands_first)
{
    const struct part parts[] = {
        {T_LOAD, F_R | F_W, 0, EXEC_BASE, 0x1000, 0x1000, 0x1000},
        {T_LOAD, F_R | F_X, 0x1000, EXEC_BASE + 0x1000, 0x1000, 0x1000, 0x1000},
        {T_GNU_RELRO, F_R, 0, EXEC_BASE, 0x1000, 0x1000, 1},
    };

    build_parts(&file, false, EXEC_BASE + 0x1000, parts, 3, 0x2000);
    expect_accepted(&file, &plan);
    cr_assert_eq(plan.segments[0].relro_page_count, 1);
    cr_assert_eq(plan.segments[1].relro_page_count, 0);
    put(&file, E_ENTRY, 8, EXEC_BASE);
    expect_refused(&file, ELF_ENTRY_NOT_EXECUTABLE, 0);
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
        expect_valid_segments(&plan, EXEC_BASE);
    }
}
