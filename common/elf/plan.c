/* SPDX-License-Identifier: MIT */
/*
 * The load plan: gABI 4.1 chapter 5 "Program Header" and "Program Loading", psABI 5.1.
 *
 * First everything is checked, straight from the bytes, then the plan is filled in: so a plan
 * of 5 KiB needs no second copy on the stack and is untouched on failure.
 */
#include "elf/elf.h"

#include "elf/format.h"
#include "elf/segments.h"

/* ---- headers that are no segments -------------------------------------------------------- */

static struct elf_fault check_kind(const struct plan_input *input, uint32_t index,
                                   const struct program_header *part)
{
    switch (part->type) {
    case PT_INTERP:
        return elf_fault_at(ELF_INTERPRETER, index, part->offset);
    case PT_TLS:
        return elf_fault_at(ELF_THREAD_LOCAL, index, part->vaddr);
    case PT_GNU_STACK:
        if ((part->flags & PF_X) != 0)
            return elf_fault_at(ELF_EXECUTABLE_STACK, index, part->flags);
        return elf_no_fault();
    case PT_DYNAMIC:
        if (!input->header->is_pie)
            return elf_fault_at(ELF_DYNAMIC_IN_EXEC, index, part->vaddr);
        return elf_no_fault();
    case PT_NOTE:
        if (!range_is_inside(part->offset, part->file_bytes, input->file_bytes))
            return elf_fault_at(ELF_NOTE_OUTSIDE_FILE, index, part->offset);
        return elf_no_fault();
    default:
        return elf_no_fault();
    }
}

static struct elf_fault check_kinds(const struct plan_input *input)
{
    struct elf_fault fault = elf_no_fault();

    for (uint32_t i = 0; fault.status == ELF_OK && i < input->header->program_header_count; i++) {
        struct program_header part = elf_read_program_header(input, i);

        fault = check_kind(input, i, &part);
    }
    return fault;
}

/* Do the file bytes of `part` lie in the file bytes of one segment, at the address it says? */
static bool lies_in_segment(const struct plan_input *input, const struct program_header *part)
{
    struct program_header segment;

    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        uint64_t distance;

        if (!checked_sub_u64(part->vaddr, segment.vaddr, &distance))
            continue;
        if (range_is_inside(distance, part->file_bytes, segment.file_bytes) &&
            part->offset - segment.offset == distance)
            return true;
    }
    return false;
}

static bool comes_again(const struct plan_input *input, uint32_t index, uint32_t type)
{
    uint32_t first = 0;
    struct program_header part;

    return elf_find_type(input, type, &first, &part) && first < index;
}

static struct elf_fault check_dynamic(const struct plan_input *input, uint32_t index,
                                      const struct program_header *part)
{
    if (comes_again(input, index, PT_DYNAMIC))
        return elf_fault_at(ELF_SECOND_DYNAMIC, index, part->vaddr);
    if (part->file_bytes == 0 || part->file_bytes % DYNAMIC_ENTRY_BYTES != 0 ||
        part->file_bytes != part->memory_bytes)
        return elf_fault_at(ELF_BAD_DYNAMIC, index, part->file_bytes);
    if (part->vaddr % 8 != 0 || !lies_in_segment(input, part))
        return elf_fault_at(ELF_BAD_DYNAMIC, index, part->vaddr);
    return elf_no_fault();
}

static struct elf_fault check_phdr(const struct plan_input *input, uint32_t index,
                                   const struct program_header *part)
{
    const struct elf_header *header = input->header;
    uint64_t table_bytes = (uint64_t)header->program_header_count * ELF_PROGRAM_HEADER_BYTES;

    if (part->offset != header->program_headers_offset)
        return elf_fault_at(ELF_BAD_PHDR, index, part->offset);
    if (part->file_bytes != table_bytes || part->memory_bytes != table_bytes)
        return elf_fault_at(ELF_BAD_PHDR, index, part->file_bytes);
    if (comes_again(input, index, PT_PHDR) || !lies_in_segment(input, part))
        return elf_fault_at(ELF_BAD_PHDR, index, part->vaddr);
    return elf_no_fault();
}

/*
 * Does `relro` begin with this segment and stay in its pages? It may begin in front of the
 * segment on its first page: nothing else lies there.
 *
 *   page_first     segment                                page end
 *       │     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓           │
 *       ├──▶ first  relro ────────────▶ ... at the latest ──▶│
 */
static bool relro_fits(const struct program_header *segment, const struct program_header *relro)
{
    uint64_t page_first = round_down_u64(segment->vaddr, PAGE_BYTES);

    return (segment->flags & PF_W) != 0 && relro->vaddr >= page_first &&
           relro->vaddr <= segment->vaddr &&
           range_is_inside(relro->vaddr - page_first, relro->memory_bytes,
                           byte_of_pfn(elf_page_count(segment)));
}

/* An empty range protects nothing and may say what it likes. */
static struct elf_fault check_relro(const struct plan_input *input, uint32_t index,
                                    const struct program_header *part)
{
    struct program_header segment;

    if (comes_again(input, index, PT_GNU_RELRO))
        return elf_fault_at(ELF_SECOND_RELRO, index, part->vaddr);
    if (part->memory_bytes == 0)
        return elf_no_fault();
    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        if (relro_fits(&segment, part))
            return elf_no_fault();
    }
    return elf_fault_at(ELF_BAD_RELRO, index, part->vaddr);
}

/* The headers that speak about segments, behind elf_check_segments. */
static struct elf_fault check_parts(const struct plan_input *input)
{
    struct elf_fault fault = elf_no_fault();

    for (uint32_t i = 0; fault.status == ELF_OK && i < input->header->program_header_count; i++) {
        struct program_header part = elf_read_program_header(input, i);

        if (part.type == PT_DYNAMIC)
            fault = check_dynamic(input, i, &part);
        else if (part.type == PT_PHDR)
            fault = check_phdr(input, i, &part);
        else if (part.type == PT_GNU_RELRO)
            fault = check_relro(input, i, &part);
    }
    return fault;
}

/* ---- the entry point --------------------------------------------------------------------- */

static bool has_executable_segment(const struct plan_input *input)
{
    struct program_header segment;

    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        if ((segment.flags & PF_X) != 0)
            return true;
    }
    return false;
}

static struct elf_fault check_entry(const struct plan_input *input)
{
    uint64_t entry = input->header->entry;
    struct program_header segment;

    if (!has_executable_segment(input))
        return elf_fault_at(ELF_NOTHING_EXECUTABLE, 0, 0);
    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        if (entry < segment.vaddr || entry > elf_last_byte(&segment))
            continue;
        if ((segment.flags & PF_X) == 0)
            return elf_fault_at(ELF_ENTRY_NOT_EXECUTABLE, i, entry);
        if (entry - segment.vaddr >= segment.file_bytes)
            return elf_fault_at(ELF_ENTRY_NOT_IN_FILE, i, entry);
        return elf_no_fault();
    }
    return elf_fault_at(ELF_ENTRY_OUTSIDE, 0, entry);
}

/* ---- filling in -------------------------------------------------------------------------- */

static struct elf_segment make_segment(uint32_t index, const struct program_header *segment,
                                       uint64_t load_bias)
{
    uint64_t first = segment->vaddr + load_bias;

    return (struct elf_segment){
        .vaddr = first,
        .memory_bytes = segment->memory_bytes,
        .file_offset = segment->file_bytes == 0 ? 0 : segment->offset,
        .file_bytes = segment->file_bytes,
        .page_vaddr = round_down_u64(first, PAGE_BYTES),
        .page_count = elf_page_count(segment),
        .rights = ((segment->flags & PF_W) != 0 ? ELF_RIGHT_WRITE : 0) |
                  ((segment->flags & PF_X) != 0 ? ELF_RIGHT_EXECUTE : 0),
        .program_header_index = index,
    };
}

/* Inserts segment `index` into by_offset. */
static void insert_by_offset(struct elf_plan *plan, uint32_t index)
{
    uint64_t offset = plan->segments[index].file_offset;
    uint32_t at = plan->by_offset_count;

    for (; at > 0 && plan->segments[plan->by_offset[at - 1]].file_offset > offset; at--)
        plan->by_offset[at] = plan->by_offset[at - 1];
    plan->by_offset[at] = (uint8_t)index;
    plan->by_offset_count++;
}

static void fill_segments(const struct plan_input *input, struct elf_plan *plan)
{
    struct program_header source;

    for (uint32_t i = 0; elf_find_segment(input, &i, &source); i++) {
        struct elf_segment *segment = &plan->segments[plan->segment_count];
        uint64_t file_end;

        *segment = make_segment(i, &source, plan->load_bias);
        plan->total_page_count += segment->page_count;
        plan->image_end = segment->page_vaddr + byte_of_pfn(segment->page_count);
        file_end = segment->file_offset + segment->file_bytes;
        if (file_end > plan->file_end)
            plan->file_end = file_end;
        if (segment->file_bytes != 0)
            insert_by_offset(plan, plan->segment_count);
        plan->segment_count++;
    }
    plan->image_first = plan->segments[0].page_vaddr;
}

static void fill_relro(const struct plan_input *input, struct elf_plan *plan)
{
    uint32_t at = 0;
    struct program_header relro;

    if (!elf_find_type(input, PT_GNU_RELRO, &at, &relro) || relro.memory_bytes == 0)
        return;
    for (uint32_t i = 0; i < plan->segment_count; i++) {
        struct elf_segment *segment = &plan->segments[i];
        struct program_header source =
            elf_read_program_header(input, segment->program_header_index);

        if (relro_fits(&source, &relro))
            segment->relro_page_count = pfn_of_byte(relro.vaddr + relro.memory_bytes) -
                                        pfn_of_byte(source.vaddr);
    }
}

static void fill_dynamic(const struct plan_input *input, struct elf_plan *plan)
{
    uint32_t at = 0;
    struct program_header dynamic;

    if (!elf_find_type(input, PT_DYNAMIC, &at, &dynamic))
        return;
    plan->dynamic_vaddr = dynamic.vaddr + plan->load_bias;
    plan->dynamic_bytes = dynamic.file_bytes;
}

struct elf_fault elf_plan(const struct elf_header *header, const uint8_t *program_headers,
                          uint64_t file_bytes, const struct elf_limits *limits,
                          struct elf_plan *ret_plan)
{
    struct plan_input input = {header, program_headers, file_bytes, limits};
    struct placement placement = {0};
    struct elf_fault fault = check_kinds(&input);

    if (fault.status == ELF_OK)
        fault = elf_check_segments(&input, &placement);
    if (fault.status == ELF_OK)
        fault = check_parts(&input);
    if (fault.status == ELF_OK)
        fault = check_entry(&input);
    if (fault.status != ELF_OK)
        return fault;
    *ret_plan = (struct elf_plan){
        .is_pie = header->is_pie,
        .load_bias = placement.load_base - placement.link_base,
        .entry = header->entry + (placement.load_base - placement.link_base),
    };
    fill_segments(&input, ret_plan);
    fill_relro(&input, ret_plan);
    fill_dynamic(&input, ret_plan);
    return fault;
}
