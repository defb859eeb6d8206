/* SPDX-License-Identifier: MIT */
/*
 * Small ELF files in memory for the tests of common/elf: two valid ones to spoil, functions to
 * spoil them, and a second opinion on what a plan must be.
 *
 *   offset   vaddr        header 0..
 *   0x0000   BASE         [0] R    the headers        0x600 bytes
 *   0x1000   BASE+0x1000  [1] R X  text               0x300
 *   0x2000   BASE+0x2000  [2] R    rodata, rela table 0x100
 *   0x2e00   BASE+0x3e00  [3] R W  relro, dynamic, data 0x300, memory 0x1400
 *   0x3100                         section table: garbage, to 0x3140
 *
 * BASE is 0xffffffff80000000 for the EXEC, 0 for the PIE. Behind the segments come
 * [4] PT_NOTE, [5] PT_GNU_STACK, [6] PT_GNU_RELRO, and in the PIE [7] PT_DYNAMIC.
 */
#ifndef GROMA_TESTS_UNIT_ELF_BUILDER_H
#define GROMA_TESTS_UNIT_ELF_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/elf.h"

#define EXEC_BASE    UINT64_C(0xffffffff80000000)
#define WINDOW_FIRST UINT64_C(0xffffffff80000000)
#define WINDOW_END   UINT64_C(0xffffffffc0000000)
#define PIE_BASE     UINT64_C(0xffffffff90000000)

#define FILE_SEGMENTS_END UINT64_C(0x3100)
#define RELA_OFFSET       UINT64_C(0x2000) /* in the file, and the address in the PIE */
#define DYNAMIC_OFFSET    UINT64_C(0x2e80)
#define DYNAMIC_VADDR     UINT64_C(0x3e80)

/* Indexes of the program headers. */
enum { HEADERS, TEXT, RODATA, DATA, NOTE, STACK, RELRO, DYNAMIC };

/* Offsets of fields: ELF header, program header. */
enum {
    E_TYPE = 16,
    E_MACHINE = 18,
    E_VERSION = 20,
    E_ENTRY = 24,
    E_PHOFF = 32,
    E_SHOFF = 40,
    E_FLAGS = 48,
    E_EHSIZE = 52,
    E_PHENTSIZE = 54,
    E_PHNUM = 56,
    E_SHENTSIZE = 58,
};
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VADDR = 16, P_PADDR = 24, P_FILESZ = 32,
       P_MEMSZ = 40, P_ALIGN = 48 };
enum { F_X = 1, F_W = 2, F_R = 4 };
enum { T_NULL = 0, T_LOAD = 1, T_DYNAMIC = 2, T_INTERP = 3, T_NOTE = 4, T_SHLIB = 5, T_PHDR = 6,
       T_TLS = 7 };
#define T_GNU_STACK 0x6474e551u
#define T_GNU_RELRO 0x6474e552u

struct part {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint64_t alignment;
};

struct elf_file {
    uint8_t bytes[0x8000];
    uint64_t size;
    struct elf_limits limits;
};

/* The two valid files. */
void build_exec(struct elf_file *file);
void build_pie(struct elf_file *file);
/* A file of these program headers alone; its bytes follow a pattern. `size` up to 0x8000. */
void build_parts(struct elf_file *file, bool is_pie, uint64_t entry, const struct part *parts,
                 uint32_t count, uint64_t size);

/* Spoil them. */
void put(struct elf_file *file, uint64_t offset, unsigned size_bytes, uint64_t value);
void put_part(struct elf_file *file, unsigned index, unsigned field, uint64_t value);
uint64_t get_part(const struct elf_file *file, unsigned index, unsigned field);
unsigned add_part(struct elf_file *file, struct part part); /* its index */

/* Header and plan, from copies of exactly the bytes that may be looked at. */
struct elf_fault plan_file(const struct elf_file *file, struct elf_plan *ret_plan);

/* Asserts the status and index, and that the plan is untouched on failure. */
void expect_refused(const struct elf_file *file, enum elf_status status, uint64_t index);
void expect_accepted(const struct elf_file *file, struct elf_plan *ret_plan);

/* One field of one program header set to one value in the valid EXEC; index is the fault's too. */
struct spoiled_part {
    unsigned index;
    unsigned field;
    uint64_t value;
    enum elf_status status;
};

void expect_parts_refused(const struct spoiled_part *rows, size_t count);

/* Asserts one segment of a plan, or all of them for the two valid files. */
void expect_segment(const struct elf_plan *plan, unsigned index, struct elf_segment expected);
void expect_valid_segments(const struct elf_plan *plan, uint64_t base);

/* Loads as the loader would, into memory of exactly the size needed. */
void load_image(const struct elf_file *file, const struct elf_plan *plan, struct elf_image *image);
void free_image(const struct elf_plan *plan, struct elf_image *image);

/* NULL, or what is wrong with an accepted plan: a second reading of elf.h, by brute force. */
const char *plan_fault(const struct elf_file *file, const struct elf_plan *plan);

#endif
