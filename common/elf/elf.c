/* SPDX-License-Identifier: MIT */
/*
 * The ELF header: gABI 4.1 chapter 4 "ELF Header" and "ELF Identification", psABI 4.1.1.
 * A file that is no ELF file is named where people are likely to meet it.
 */
#include "elf/elf.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "elf/format.h"

#define MAGIC_BYTES 4u

static bool begins_with(const uint8_t *bytes, size_t count, const char *start, size_t start_count)
{
    return count >= start_count && memcmp(bytes, start, start_count) == 0;
}

/* Printable ASCII, white space and UTF-8; a NUL or another control character is no text. */
static bool is_plain_text(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_space = bytes[i] == '\t' || bytes[i] == '\n' || bytes[i] == '\r';

        if ((bytes[i] < ' ' && !is_space) || bytes[i] == 0x7f)
            return false;
    }
    return true;
}

static enum elf_status name_other_file(const uint8_t *bytes, size_t count)
{
    if (count == 0)
        return ELF_EMPTY_FILE;
    if (begins_with(bytes, count, "\x1f\x8b", 2))
        return ELF_GZIP;
    if (begins_with(bytes, count, "MZ", 2))
        return ELF_PE;
    if (begins_with(bytes, count, "#!", 2))
        return ELF_SCRIPT;
    return is_plain_text(bytes, count) ? ELF_PLAIN_TEXT : ELF_BAD_MAGIC;
}

static struct elf_fault check_magic(const uint8_t *bytes, uint64_t file_bytes)
{
    size_t count = file_bytes < ELF_HEADER_BYTES ? (size_t)file_bytes : ELF_HEADER_BYTES;
    size_t magic_count = count < MAGIC_BYTES ? count : MAGIC_BYTES;

    if (count == 0 || memcmp(bytes, "\x7f" "ELF", magic_count) != 0)
        return elf_fault_at(name_other_file(bytes, count), 0, 0);
    if (count < ELF_HEADER_BYTES)
        return elf_fault_at(ELF_HEADER_TRUNCATED, 0, file_bytes);
    return elf_no_fault();
}

/* A field that has one of two values (the same one twice where there is only one). */
struct fixed_field {
    uint8_t offset;
    uint8_t size_bytes; /* 1, 2 or 4 */
    uint8_t value;
    uint8_t other_value;
    enum elf_status status;
};

/* In the order in which their faults tell people most. */
static const struct fixed_field fixed_fields[] = {
    {4, 1, 2, 2, ELF_BAD_CLASS},               /* EI_CLASS: ELFCLASS64 */
    {5, 1, 1, 1, ELF_BAD_BYTE_ORDER},          /* EI_DATA: ELFDATA2LSB */
    {6, 1, 1, 1, ELF_BAD_IDENT_VERSION},       /* EI_VERSION: EV_CURRENT */
    {7, 1, 0, 3, ELF_BAD_OSABI},               /* EI_OSABI: none, GNU */
    {8, 1, 0, 0, ELF_BAD_ABI_VERSION},         /* EI_ABIVERSION */
    {18, 2, EM_X86_64, EM_X86_64, ELF_BAD_MACHINE},
    {16, 2, ET_EXEC, ET_DYN, ELF_BAD_TYPE},
    {20, 4, 1, 1, ELF_BAD_VERSION},
    {52, 2, ELF_HEADER_BYTES, ELF_HEADER_BYTES, ELF_BAD_HEADER_SIZE},
    {54, 2, ELF_PROGRAM_HEADER_BYTES, ELF_PROGRAM_HEADER_BYTES, ELF_BAD_PROGRAM_HEADER_SIZE},
};

static uint32_t load_field(const uint8_t *bytes, const struct fixed_field *field)
{
    if (field->size_bytes == 1)
        return bytes[field->offset];
    if (field->size_bytes == 2)
        return load_le16(bytes + field->offset);
    return load_le32(bytes + field->offset);
}

static struct elf_fault check_fixed_fields(const uint8_t *bytes)
{
    for (size_t i = 0; i < sizeof fixed_fields / sizeof fixed_fields[0]; i++) {
        uint32_t value = load_field(bytes, &fixed_fields[i]);

        if (value != fixed_fields[i].value && value != fixed_fields[i].other_value)
            return elf_fault_at(fixed_fields[i].status, 0, value);
    }
    return elf_no_fault();
}

static struct elf_fault check_table(uint64_t offset, uint64_t count, uint64_t file_bytes)
{
    uint64_t table_bytes;

    if (count == 0)
        return elf_fault_at(ELF_NO_PROGRAM_HEADERS, 0, 0);
    if (count > ELF_MAX_PROGRAM_HEADERS)
        return elf_fault_at(ELF_TOO_MANY_PROGRAM_HEADERS, 0, count);
    table_bytes = count * ELF_PROGRAM_HEADER_BYTES;
    if (offset < ELF_HEADER_BYTES)
        return elf_fault_at(ELF_TABLE_INSIDE_HEADER, 0, offset);
    if (offset % 8 != 0)
        return elf_fault_at(ELF_TABLE_MISALIGNED, 0, offset);
    if (!range_is_inside(offset, table_bytes, file_bytes))
        return elf_fault_at(ELF_TABLE_OUTSIDE_FILE, 0, offset);
    if (!range_is_inside(offset, table_bytes, ELF_MAX_HEADERS_END))
        return elf_fault_at(ELF_TABLE_TOO_FAR, 0, offset);
    return elf_no_fault();
}

struct elf_fault elf_check_header(const uint8_t bytes[ELF_HEADER_BYTES], uint64_t file_bytes,
                                  struct elf_header *ret_header)
{
    struct elf_fault fault = check_magic(bytes, file_bytes);

    if (fault.status == ELF_OK)
        fault = check_fixed_fields(bytes);
    if (fault.status == ELF_OK)
        fault = check_table(load_le64(bytes + 32), load_le16(bytes + 56), file_bytes);
    if (fault.status != ELF_OK)
        return fault;
    *ret_header = (struct elf_header){
        .is_pie = load_le16(bytes + 16) == ET_DYN,
        .entry = load_le64(bytes + 24),
        .program_headers_offset = load_le64(bytes + 32),
        .program_header_count = load_le16(bytes + 56),
    };
    return fault;
}
