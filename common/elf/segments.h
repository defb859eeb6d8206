/* SPDX-License-Identifier: MIT */
/*
 * Program headers as they stand in the file, and the checks of all segments. Private to this
 * folder; elf.h is the interface. A "segment" is a PT_LOAD whose p_memsz is not 0.
 */
#ifndef GROMA_ELF_SEGMENTS_H
#define GROMA_ELF_SEGMENTS_H

#include "base/language.h"
#include "elf/elf.h"

C_DECLARATIONS_BEGIN

/* One program header, as in the file. */
struct program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint64_t alignment;
};

/* What elf_plan was given. */
struct plan_input {
    const struct elf_header *header;
    const uint8_t *program_headers;
    uint64_t file_bytes;
    const struct elf_limits *limits;
};

/* Addresses move from link_base to load_base (modulo 2^64); both 0 for ET_EXEC. */
struct placement {
    uint64_t link_base;
    uint64_t load_base;
};

/* index < program_header_count. */
struct program_header elf_read_program_header(const struct plan_input *input, uint32_t index);

/*
 * Goes on to the first header of this type (or the first segment) at or behind *index, which
 * becomes its index. False where there is none (*ret is then any header). To walk:
 * for (i = 0; elf_find_...; i++).
 */
MUST_USE bool elf_find_type(const struct plan_input *input, uint32_t type, uint32_t *index,
                            struct program_header *ret_header);
MUST_USE bool elf_find_segment(const struct plan_input *input, uint32_t *index,
                               struct program_header *ret_segment);

/* Checks all segments and says where they go. Statuses 40..60; on success at least one is there. */
MUST_USE struct elf_fault elf_check_segments(const struct plan_input *input,
                                             struct placement *ret_placement);

/* The last byte of a segment's memory that does not wrap: inclusive, as it may end at 2^64. */
static inline uint64_t elf_last_byte(const struct program_header *segment)
{
    return segment->vaddr + (segment->memory_bytes - 1);
}

/* The pages such a segment touches. */
static inline uint64_t elf_page_count(const struct program_header *segment)
{
    return pfn_of_byte(elf_last_byte(segment)) - pfn_of_byte(segment->vaddr) + 1;
}

C_DECLARATIONS_END

#endif
