/* SPDX-License-Identifier: MIT */
/* elf_check_header and elf_status_text. Numbers in comments are cases of the fault catalogue. */
#include <criterion/criterion.h>
#include <string.h>

#include "unit/elf_builder.h"

static struct elf_file file;

/* One field set to one wrong value. */
struct spoiled_field {
    uint64_t offset;
    unsigned size_bytes;
    uint64_t value;
    enum elf_status status;
};

static void expect_each_refused(const struct spoiled_field *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        build_exec(&file);
        put(&file, rows[i].offset, rows[i].size_bytes, rows[i].value);
        expect_refused(&file, rows[i].status, 0);
    }
}

#define EXPECT_EACH_REFUSED(rows) expect_each_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static struct elf_fault check_start(const char *start, size_t size_bytes)
{
    uint8_t bytes[64] = {0};
    struct elf_header header;

    memcpy(bytes, start, size_bytes);
    return elf_check_header(bytes, size_bytes, &header);
}

Test(elf_check_header, returns_what_the_header_says)
{
    struct elf_header header;

    build_exec(&file);
    cr_assert_eq(elf_check_header(file.bytes, file.size, &header).status, ELF_OK);
    cr_assert_not(header.is_pie);
    cr_assert_eq(header.entry, UINT64_C(0xffffffff80001010));
    cr_assert_eq(header.program_headers_offset, 64);
    cr_assert_eq(header.program_header_count, 7);
    build_pie(&file);
    cr_assert_eq(elf_check_header(file.bytes, file.size, &header).status, ELF_OK);
    cr_assert(header.is_pie);
    cr_assert_eq(header.entry, 0x1010);
    cr_assert_eq(header.program_header_count, 8);
}

/* Case 76: each byte of e_ident, with every value that is not the right one. */
Test(elf_check_header, refuses_each_wrong_byte_of_the_identification)
{
    static const enum elf_status statuses[9] = {
        ELF_BAD_MAGIC, ELF_BAD_MAGIC,      ELF_BAD_MAGIC,
        ELF_BAD_MAGIC, ELF_BAD_CLASS,      ELF_BAD_BYTE_ORDER,
        ELF_BAD_IDENT_VERSION, ELF_BAD_OSABI, ELF_BAD_ABI_VERSION,
    };

    for (unsigned at = 0; at < 9; at++) {
        for (unsigned value = 0; value < 256; value++) {
            build_exec(&file);
            if (value == file.bytes[at] || (at == 7 && value == 3))
                continue;
            put(&file, at, 1, value);
            expect_refused(&file, statuses[at], 0);
        }
    }
}

/* Case 76. gABI: "Programs that read object files should ignore" EI_PAD. */
Test(elf_check_header, ignores_the_padding_of_the_identification)
{
    struct elf_plan plan;

    for (unsigned at = 9; at < 16; at++) {
        build_exec(&file);
        put(&file, at, 1, 0xff);
        expect_accepted(&file, &plan);
    }
}

Test(elf_check_header, accepts_the_gnu_osabi)
{
    struct elf_plan plan;

    build_exec(&file);
    put(&file, 7, 1, 3);
    expect_accepted(&file, &plan);
}

/* Case 77; the rest of e_ident is under case 76. */
Test(elf_check_header, refuses_other_machines_types_and_versions)
{
    static const struct spoiled_field rows[] = {
        {E_MACHINE, 2, 3, ELF_BAD_MACHINE},       {E_MACHINE, 2, 183, ELF_BAD_MACHINE},
        {E_MACHINE, 2, 62 + 256, ELF_BAD_MACHINE}, {E_TYPE, 2, 0, ELF_BAD_TYPE},
        {E_TYPE, 2, 1, ELF_BAD_TYPE},             {E_TYPE, 2, 4, ELF_BAD_TYPE},
        {E_TYPE, 2, 0xffff, ELF_BAD_TYPE},        {E_VERSION, 4, 0, ELF_BAD_VERSION},
        {E_VERSION, 4, 2, ELF_BAD_VERSION},       {E_VERSION, 4, 0x10001, ELF_BAD_VERSION},
    };

    EXPECT_EACH_REFUSED(rows);
}

/* Case 78. */
Test(elf_check_header, refuses_other_header_sizes)
{
    static const struct spoiled_field rows[] = {
        {E_EHSIZE, 2, 0, ELF_BAD_HEADER_SIZE},
        {E_EHSIZE, 2, 63, ELF_BAD_HEADER_SIZE},
        {E_EHSIZE, 2, 65, ELF_BAD_HEADER_SIZE},
        {E_EHSIZE, 2, 65535, ELF_BAD_HEADER_SIZE},
        {E_PHENTSIZE, 2, 0, ELF_BAD_PROGRAM_HEADER_SIZE},
        {E_PHENTSIZE, 2, 55, ELF_BAD_PROGRAM_HEADER_SIZE},
        {E_PHENTSIZE, 2, 57, ELF_BAD_PROGRAM_HEADER_SIZE},
        {E_PHENTSIZE, 2, 65535, ELF_BAD_PROGRAM_HEADER_SIZE},
    };

    EXPECT_EACH_REFUSED(rows);
}

/* Case 79. */
Test(elf_check_header, refuses_no_and_too_many_program_headers)
{
    static const struct spoiled_field rows[] = {
        {E_PHNUM, 2, 0, ELF_NO_PROGRAM_HEADERS},
        {E_PHNUM, 2, 129, ELF_TOO_MANY_PROGRAM_HEADERS},
        {E_PHNUM, 2, 65534, ELF_TOO_MANY_PROGRAM_HEADERS},
        {E_PHNUM, 2, 65535, ELF_TOO_MANY_PROGRAM_HEADERS}, /* PN_XNUM */
    };

    EXPECT_EACH_REFUSED(rows);
}

/* Case 79: the cap itself is fine. */
Test(elf_check_header, accepts_128_program_headers)
{
    struct elf_header header;

    build_exec(&file);
    put(&file, E_PHNUM, 2, 128);
    cr_assert_eq(elf_check_header(file.bytes, file.size, &header).status, ELF_OK);
    cr_assert_eq(header.program_header_count, 128);
}

/* Case 80. The file has 0x3140 bytes and 7 program headers, 0x188 bytes. */
Test(elf_check_header, refuses_a_table_that_lies_wrong)
{
    static const struct spoiled_field rows[] = {
        {E_PHOFF, 8, 0, ELF_TABLE_INSIDE_HEADER},
        {E_PHOFF, 8, 56, ELF_TABLE_INSIDE_HEADER},
        {E_PHOFF, 8, 63, ELF_TABLE_INSIDE_HEADER},
        {E_PHOFF, 8, 65, ELF_TABLE_MISALIGNED},
        {E_PHOFF, 8, 68, ELF_TABLE_MISALIGNED},
        {E_PHOFF, 8, 0x2fc0, ELF_TABLE_OUTSIDE_FILE},
        {E_PHOFF, 8, 0x3140, ELF_TABLE_OUTSIDE_FILE},
        {E_PHOFF, 8, UINT64_C(0xfffffffffffffff8), ELF_TABLE_OUTSIDE_FILE},
        {E_PHOFF, 8, UINT64_C(0xfffffffffffffe78), ELF_TABLE_OUTSIDE_FILE}, /* ends at 2^64 */
        {E_PHOFF, 8, UINT64_C(0x8000000000000000), ELF_TABLE_OUTSIDE_FILE},
    };

    EXPECT_EACH_REFUSED(rows);
}

/* Case 80: the last place that is inside, and the first that is too far. */
Test(elf_check_header, wants_the_table_in_the_first_16_kib)
{
    struct elf_header header;

    build_exec(&file);
    put(&file, E_PHOFF, 8, 0x4000 - 0x188);
    cr_assert_eq(elf_check_header(file.bytes, 0x4000, &header).status, ELF_OK);
    cr_assert_eq(elf_check_header(file.bytes, 0x3fff, &header).status, ELF_TABLE_OUTSIDE_FILE);
    put(&file, E_PHOFF, 8, 0x4000 - 0x180);
    cr_assert_eq(elf_check_header(file.bytes, 0x8000, &header).status, ELF_TABLE_TOO_FAR);
}

/* Case 96: no section table is needed, and none is believed. */
Test(elf_check_header, ignores_the_section_table)
{
    struct elf_plan plan;

    for (unsigned byte = 0; byte < 256; byte += 0x55) {
        build_exec(&file);
        memset(file.bytes + E_SHOFF, (int)byte, 12); /* e_shoff, e_flags */
        memset(file.bytes + E_SHENTSIZE, (int)byte, 6);
        memset(file.bytes + FILE_SEGMENTS_END, (int)byte, 0x40);
        expect_accepted(&file, &plan);
    }
}

/* Case 98. */
Test(elf_check_header, names_files_that_are_something_else)
{
    static const struct {
        const char *start;
        size_t size_bytes;
        enum elf_status status;
    } rows[] = {
        {"", 0, ELF_EMPTY_FILE},
        {"\x1f\x8b\x08\0\0\0\0\0\0\3", 10, ELF_GZIP},
        {"MZ\x90\0\3\0\0\0", 8, ELF_PE},
        {"MZ", 2, ELF_PE},
        {"#!/bin/sh\necho hello\n", 21, ELF_SCRIPT},
        {"kernel = /kernel.elf\r\n\tand more", 31, ELF_PLAIN_TEXT},
        {"M", 1, ELF_PLAIN_TEXT},
        {"\xef\xbb\xbf" "caf\xc3\xa9", 8, ELF_PLAIN_TEXT},
        {"ELF\x7f", 4, ELF_BAD_MAGIC},
        {"text with a \0", 13, ELF_BAD_MAGIC},
        {"\0\0\0\0", 4, ELF_BAD_MAGIC},
        {"\x1f", 1, ELF_BAD_MAGIC},
        {"\x7f" "ELG", 4, ELF_BAD_MAGIC},
        {"\x7f", 1, ELF_HEADER_TRUNCATED},
        {"\x7f" "EL", 3, ELF_HEADER_TRUNCATED},
        {"\x7f" "ELF\2\1\1", 7, ELF_HEADER_TRUNCATED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(check_start(rows[i].start, rows[i].size_bytes).status, rows[i].status,
                     "row %zu: E-ELF-%02u", i,
                     (unsigned)check_start(rows[i].start, rows[i].size_bytes).status);
}

/* Case 98: only the first 64 bytes tell. */
Test(elf_check_header, calls_64_bytes_of_text_plain_text)
{
    uint8_t bytes[64];
    struct elf_header header;

    memset(bytes, 'x', sizeof bytes);
    cr_assert_eq(elf_check_header(bytes, 1000, &header).status, ELF_PLAIN_TEXT);
    bytes[63] = 1;
    cr_assert_eq(elf_check_header(bytes, 1000, &header).status, ELF_BAD_MAGIC);
    cr_assert_eq(elf_check_header(bytes, 63, &header).status, ELF_PLAIN_TEXT);
}

/* Programs print the numbers: they never change. */
Test(elf_status_text, belongs_to_numbers_that_stay)
{
    static const struct {
        enum elf_status status;
        unsigned number;
    } rows[] = {
        {ELF_OK, 0},
        {ELF_EMPTY_FILE, 1},
        {ELF_BAD_MAGIC, 6},
        {ELF_HEADER_TRUNCATED, 10},
        {ELF_TABLE_TOO_FAR, 26},
        {ELF_INTERPRETER, 30},
        {ELF_BAD_RELRO, 39},
        {ELF_FILE_EXCEEDS_MEMORY, 40},
        {ELF_OUTSIDE_WINDOW, 54},
        {ELF_NO_SEGMENT, 60},
        {ELF_ENTRY_NOT_IN_FILE, 64},
        {ELF_DYNAMIC_WITHOUT_END, 70},
        {ELF_RELA_OUTSIDE, 79},
        {ELF_RELOCATION_TYPE, 80},
        {ELF_RELOCATION_ADDEND, 84},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq((unsigned)rows[i].status, rows[i].number, "row %zu", i);
}

Test(elf_status_text, is_one_sentence_for_each_status)
{
    static const unsigned spans[][2] = {{0, 6},   {10, 26}, {30, 54},
                                        {60, 64}, {70, 84}};

    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        for (unsigned number = spans[i][0]; number <= spans[i][1]; number++) {
            const char *text = elf_status_text((enum elf_status)number);

            cr_assert_str_neq(text, "unknown fault", "%u", number);
            cr_assert_neq(text[strlen(text) - 1], '.', "%u", number);
            cr_assert_lt(strlen(text), 121, "%u fits a screen's line and a half", number);
        }
    }
    cr_assert_str_eq(elf_status_text(ELF_TABLE_TOO_FAR),
                     "the program headers lie beyond the first 16 KiB");
}

Test(elf_status_text, knows_numbers_without_a_status)
{
    cr_assert_str_eq(elf_status_text((enum elf_status)7), "unknown fault");
    cr_assert_str_eq(elf_status_text((enum elf_status)85), "unknown fault");
    cr_assert_str_eq(elf_status_text((enum elf_status)-1), "unknown fault");
}

Test(elf_status_index_name, says_what_the_index_counts)
{
    cr_assert_null(elf_status_index_name(ELF_OK));
    cr_assert_null(elf_status_index_name(ELF_BAD_CLASS));
    cr_assert_str_eq(elf_status_index_name(ELF_INTERPRETER), "program header");
    cr_assert_str_eq(elf_status_index_name(ELF_OUTSIDE_WINDOW), "program header");
    cr_assert_null(elf_status_index_name(ELF_NO_SEGMENT));
    cr_assert_null(elf_status_index_name(ELF_ENTRY_OUTSIDE));
    cr_assert_str_eq(elf_status_index_name(ELF_ENTRY_NOT_IN_FILE), "program header");
    cr_assert_null(elf_status_index_name(ELF_DYNAMIC_WITHOUT_END));
    cr_assert_str_eq(elf_status_index_name(ELF_NEEDS_LIBRARY), "dynamic entry");
    cr_assert_str_eq(elf_status_index_name(ELF_RELOCATION_ADDEND), "relocation");
}
