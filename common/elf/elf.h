/* SPDX-License-Identifier: MIT */
/*
 * ELF64 kernels: is this file one that may be loaded, what goes where, and the relocation of
 * static PIE images. Every check comes before the first byte of memory is asked for or changed.
 * Reading, allocating and mapping are the caller's; the section table is not looked at.
 *
 * Specs: System V gABI 4.1 chapters 4 and 5, AMD64 psABI 1.0 chapters 4 and 5, and for
 * PT_GNU_* the Linux Standard Base Core 5.0, 11.2 "Program Header".
 *
 *   64 bytes ──▶ elf_check_header ──▶ program header table ──▶ elf_plan ──▶ memory for each
 *   segment, filled and zeroed by the caller ──▶ elf_check_relocations ──▶ elf_relocate
 *
 * Outputs are untouched on failure. Nothing is allocated, nothing is global, all arithmetic
 * on values of the file is tested before it is done.
 */
#ifndef GROMA_ELF_ELF_H
#define GROMA_ELF_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

#define ELF_HEADER_BYTES         64u
#define ELF_PROGRAM_HEADER_BYTES 56u
#define ELF_MAX_PROGRAM_HEADERS  128u
#define ELF_MAX_SEGMENTS         64u
#define ELF_MAX_HEADERS_END      16384u /* the program header table ends here at the latest */
#define ELF_MAX_ALIGNMENT        LARGE_PAGE_BYTES
#define ELF_VIRTUAL_BITS         48u /* canonical addresses: 4-level paging */

/*
 * Why a file is refused. The numbers are stable: programs print them as E-ELF-%02u. They are
 * grouped by what elf_fault.index counts; value is the refused value as it stands in the file.
 */
enum elf_status {
    ELF_OK = 0,

    /* The file is something else. */
    ELF_EMPTY_FILE = 1,
    ELF_GZIP = 2,
    ELF_PE = 3,         /* starts with MZ */
    ELF_SCRIPT = 4,     /* starts with #! */
    ELF_PLAIN_TEXT = 5, /* nothing but text in the first 64 bytes */
    ELF_BAD_MAGIC = 6,

    /* The ELF header; index is 0. */
    ELF_HEADER_TRUNCATED = 10, /* value: file size */
    ELF_BAD_CLASS = 11,
    ELF_BAD_BYTE_ORDER = 12,
    ELF_BAD_IDENT_VERSION = 13,
    ELF_BAD_OSABI = 14,
    ELF_BAD_ABI_VERSION = 15,
    ELF_BAD_TYPE = 16,
    ELF_BAD_MACHINE = 17,
    ELF_BAD_VERSION = 18,
    ELF_BAD_HEADER_SIZE = 19,
    ELF_BAD_PROGRAM_HEADER_SIZE = 20,
    ELF_NO_PROGRAM_HEADERS = 21,
    ELF_TOO_MANY_PROGRAM_HEADERS = 22, /* PN_XNUM too */
    ELF_TABLE_INSIDE_HEADER = 23,
    ELF_TABLE_MISALIGNED = 24,
    ELF_TABLE_OUTSIDE_FILE = 25,
    ELF_TABLE_TOO_FAR = 26,

    /* Program headers; index is that of the program header. */
    ELF_INTERPRETER = 30,
    ELF_THREAD_LOCAL = 31,
    ELF_EXECUTABLE_STACK = 32,
    ELF_DYNAMIC_IN_EXEC = 33,
    ELF_SECOND_DYNAMIC = 34,
    ELF_BAD_DYNAMIC = 35,
    ELF_BAD_PHDR = 36,
    ELF_NOTE_OUTSIDE_FILE = 37,
    ELF_SECOND_RELRO = 38,
    ELF_BAD_RELRO = 39,

    /* Segments; index is that of the program header. */
    ELF_FILE_EXCEEDS_MEMORY = 40,
    ELF_SEGMENT_OUTSIDE_FILE = 41,
    ELF_IMAGE_TOO_LARGE = 42,
    ELF_SEGMENT_WRAPS = 43, /* passes 2^64; one that ends in the last page is OUTSIDE_WINDOW */
    ELF_BAD_ALIGNMENT = 44,
    ELF_OFFSET_MISMATCH = 45,
    ELF_NOT_READABLE = 46,
    ELF_WRITABLE_AND_EXECUTABLE = 47,
    ELF_TOO_MANY_SEGMENTS = 48,
    ELF_UNSORTED = 49,
    ELF_OVERLAP = 50,
    ELF_SHARED_PAGE = 51,
    ELF_FILE_OVERLAP = 52,
    ELF_NOT_CANONICAL = 53,
    ELF_OUTSIDE_WINDOW = 54,

    /* The image as a whole; index is that of the segment's program header, or 0. */
    ELF_NO_SEGMENT = 60,
    ELF_NOTHING_EXECUTABLE = 61,
    ELF_ENTRY_OUTSIDE = 62,
    ELF_ENTRY_NOT_EXECUTABLE = 63,
    ELF_ENTRY_NOT_IN_FILE = 64, /* in the zeroed part of a segment */

    /* The dynamic section; index is that of the dynamic entry. */
    ELF_DYNAMIC_WITHOUT_END = 70,
    ELF_NEEDS_LIBRARY = 71,
    ELF_TEXT_RELOCATIONS = 72,
    ELF_REL_RELOCATIONS = 73,
    ELF_RELR_RELOCATIONS = 74,
    ELF_PLT_RELOCATIONS = 75,
    ELF_DYNAMIC_REPEATED = 76,
    ELF_RELA_INCOMPLETE = 77,
    ELF_RELA_BAD_SIZE = 78,
    ELF_RELA_OUTSIDE = 79,

    /* Relocations; index is that of the relocation in its table. */
    ELF_RELOCATION_TYPE = 80,
    ELF_RELOCATION_SYMBOL = 81,
    ELF_RELOCATION_TARGET = 82,
    ELF_RELOCATION_OVERWRITES = 83,
    ELF_RELOCATION_ADDEND = 84,
};

/* One sentence for people without a trailing dot; never NULL, also for unknown numbers. */
const char *elf_status_text(enum elf_status status);

/* What elf_fault.index counts: "program header", "dynamic entry", "relocation"; or NULL. */
const char *elf_status_index_name(enum elf_status status);

/* The first fault found, whole in one value: every check returns one. status ELF_OK: no fault. */
struct elf_fault {
    enum elf_status status;
    uint64_t index; /* see elf_status_index_name; 0 where it counts nothing */
    uint64_t value; /* the value refused, unbiased as in the file; 0 where there is none */
};

/* What the ELF header says, checked. */
struct elf_header {
    bool is_pie;    /* ET_DYN */
    uint64_t entry; /* unbiased, checked by elf_plan */
    uint64_t program_headers_offset;
    uint32_t program_header_count; /* 1..ELF_MAX_PROGRAM_HEADERS */
};

/*
 * Checks the ELF header. `file_bytes` is the size of the whole file; where it is below 64, only
 * that many of `bytes` are looked at. On success the program header table (count * 56 bytes)
 * lies behind the header, in the file and in its first ELF_MAX_HEADERS_END bytes, so that a
 * file can be read once and in order. EI_PAD and e_flags are ignored.
 * Statuses 1..26.
 */
MUST_USE struct elf_fault elf_check_header(const uint8_t bytes[ELF_HEADER_BYTES],
                                           uint64_t file_bytes, struct elf_header *ret_header);

/* Where an image may go. Limits that leave no room only make every image ELF_OUTSIDE_WINDOW. */
struct elf_limits {
    uint64_t window_first; /* virtual addresses that whole pages may use: [first, end) */
    uint64_t window_end;
    uint64_t max_image_bytes; /* of all segments' memory sizes together */
    uint64_t pie_base;        /* a PIE's lowest page goes here (see elf_plan) */
};

/* Rights of a segment; reading is always allowed. Same values as common/paging's. */
#define ELF_RIGHT_WRITE   1u
#define ELF_RIGHT_EXECUTE 2u

/*
 * One PT_LOAD with memory. All addresses are biased: where the program runs.
 *
 *   page_vaddr    vaddr         + file_bytes            + memory_bytes   + page_count pages
 *       │ zero      │ file bytes      │ zero                  │ zero          │
 */
struct elf_segment {
    uint64_t vaddr;
    uint64_t memory_bytes; /* at least 1 */
    uint64_t file_offset;  /* 0 where file_bytes is 0 */
    uint64_t file_bytes;   /* at most memory_bytes; may be 0 */
    uint64_t page_vaddr;   /* of the first page it touches */
    uint64_t page_count;
    uint64_t relro_page_count; /* first pages, to be mapped read-only after relocation */
    uint32_t rights;           /* ELF_RIGHT_*; never both */
    uint32_t program_header_index;
};

struct elf_plan {
    bool is_pie;
    uint64_t load_bias; /* added modulo 2^64 to the file's addresses; 0 for ET_EXEC */
    uint64_t entry;     /* biased */
    uint64_t image_first; /* [image_first, image_end): page bounds of the whole image */
    uint64_t image_end;
    uint64_t total_page_count; /* of all segments; holes between them are not counted */
    uint64_t file_end;         /* one past the last byte of the file that must be read */
    uint64_t dynamic_vaddr;    /* biased; 0 where there is none */
    uint64_t dynamic_bytes;
    uint32_t segment_count;  /* 1..ELF_MAX_SEGMENTS */
    uint32_t by_offset_count;
    struct elf_segment segments[ELF_MAX_SEGMENTS]; /* ascending; no two share a page */
    uint8_t by_offset[ELF_MAX_SEGMENTS]; /* segments with file bytes, by ascending file offset */
};

/*
 * Checks the program headers and makes the plan. `header` comes from elf_check_header with the
 * same `file_bytes`, `program_headers` points at its table.
 *
 * A PIE is placed as low as possible at or above pie_base while all its p_align hold:
 * load_bias = round_up(pie_base, A) - round_down(lowest vaddr, A), A the largest p_align, at
 * least 4096.
 *
 * Segments are PT_LOADs whose p_memsz is not 0. They must come in ascending order (gABI), fit
 * into the limits, be readable and never writable and executable, share no page and no byte of
 * the file. Of a segment without file bytes p_offset is not looked at. Unknown types, p_paddr
 * and flags beyond R, W, X are ignored. Statuses 30..64. O(count^2).
 */
MUST_USE struct elf_fault elf_plan(const struct elf_header *header, const uint8_t *program_headers,
                                   uint64_t file_bytes, const struct elf_limits *limits,
                                   struct elf_plan *ret_plan);

/* The loaded image: for each segment of the plan its page_count pages, contiguous there. */
struct elf_image {
    uint8_t *pages[ELF_MAX_SEGMENTS]; /* holds page_vaddr of segments[i] */
};

/* The relocation table, checked; valid while plan and image are. */
struct elf_relocations {
    const uint8_t *table; /* in the image; NULL where count is 0 */
    uint64_t count;
};

/*
 * Checks the dynamic section and every relocation in the loaded image; changes nothing. An
 * ET_EXEC, and a PIE without PT_DYNAMIC, has none. Allowed are R_X86_64_RELATIVE and
 * R_X86_64_NONE without symbol; a target lies wholly in the memory of one writable segment and
 * outside table and dynamic section; a result lies in [image_first, image_end].
 * Statuses 70..84. O(relocations * segments).
 */
MUST_USE struct elf_fault elf_check_relocations(const struct elf_plan *plan,
                                                const struct elf_image *image,
                                                struct elf_relocations *ret_relocations);

/*
 * Applies relocations that elf_check_relocations returned for the same plan and image; nothing
 * may have changed in between. Cannot fail. Doing it twice is harmless.
 */
void elf_relocate(const struct elf_plan *plan, const struct elf_image *image,
                  const struct elf_relocations *relocations);

C_DECLARATIONS_END

#endif
