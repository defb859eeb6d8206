/* SPDX-License-Identifier: MIT */
/*
 * The segments of a file: gABI 4.1 chapter 5 "Program Header", psABI 5.1.
 *
 * The checks build on each other in the order of elf_check_segments: file offsets do not
 * wrap behind check_sizes, unbiased addresses behind check_shapes, biased ones behind
 * check_places.
 */
#include "elf/segments.h"

#include "base/bytes.h"
#include "elf/format.h"

struct program_header elf_read_program_header(const struct plan_input *input, uint32_t index)
{
    const uint8_t *bytes = input->program_headers + (size_t)index * ELF_PROGRAM_HEADER_BYTES;

    return (struct program_header){
        .type = load_le32(bytes),
        .flags = load_le32(bytes + 4),
        .offset = load_le64(bytes + 8),
        .vaddr = load_le64(bytes + 16),
        .file_bytes = load_le64(bytes + 32),
        .memory_bytes = load_le64(bytes + 40),
        .alignment = load_le64(bytes + 48),
    };
}

bool elf_find_type(const struct plan_input *input, uint32_t type, uint32_t *index,
                   struct program_header *ret_header)
{
    for (; *index < input->header->program_header_count; (*index)++) {
        *ret_header = elf_read_program_header(input, *index);
        if (ret_header->type == type)
            return true;
    }
    return false;
}

bool elf_find_segment(const struct plan_input *input, uint32_t *index,
                      struct program_header *ret_segment)
{
    for (; elf_find_type(input, PT_LOAD, index, ret_segment); (*index)++) {
        if (ret_segment->memory_bytes != 0)
            return true;
    }
    return false;
}

/* 0, 1 or a power of two. */
static bool alignment_is_valid(uint64_t alignment)
{
    if (alignment == 0)
        return true;
    return alignment <= ELF_MAX_ALIGNMENT && (alignment & (alignment - 1)) == 0;
}

/* Address and file offset agree modulo p_align and the page size (powers of two both). */
static bool offset_matches(const struct program_header *segment)
{
    uint64_t unit = segment->alignment > PAGE_BYTES ? segment->alignment : PAGE_BYTES;

    return (segment->vaddr - segment->offset) % unit == 0;
}

static struct elf_fault check_sizes(const struct plan_input *input)
{
    uint64_t total_bytes = 0;
    struct program_header load;

    for (uint32_t i = 0; elf_find_type(input, PT_LOAD, &i, &load); i++) {
        if (load.file_bytes > load.memory_bytes)
            return elf_fault_at(ELF_FILE_EXCEEDS_MEMORY, i, load.file_bytes);
        if (load.file_bytes != 0 &&
            !range_is_inside(load.offset, load.file_bytes, input->file_bytes))
            return elf_fault_at(ELF_SEGMENT_OUTSIDE_FILE, i, load.offset);
        if (!checked_add_u64(total_bytes, load.memory_bytes, &total_bytes) ||
            total_bytes > input->limits->max_image_bytes)
            return elf_fault_at(ELF_IMAGE_TOO_LARGE, i, load.memory_bytes);
    }
    return elf_no_fault();
}

static struct elf_fault check_shape(uint32_t index, const struct program_header *segment)
{
    if (segment->vaddr > UINT64_MAX - (segment->memory_bytes - 1))
        return elf_fault_at(ELF_SEGMENT_WRAPS, index, segment->vaddr);
    if (!alignment_is_valid(segment->alignment))
        return elf_fault_at(ELF_BAD_ALIGNMENT, index, segment->alignment);
    if (segment->file_bytes != 0 && !offset_matches(segment))
        return elf_fault_at(ELF_OFFSET_MISMATCH, index, segment->offset);
    if ((segment->flags & PF_R) == 0)
        return elf_fault_at(ELF_NOT_READABLE, index, segment->flags);
    if ((segment->flags & PF_W) != 0 && (segment->flags & PF_X) != 0)
        return elf_fault_at(ELF_WRITABLE_AND_EXECUTABLE, index, segment->flags);
    return elf_no_fault();
}

static struct elf_fault check_order(uint32_t index, const struct program_header *previous,
                                    const struct program_header *segment)
{
    if (segment->vaddr < previous->vaddr)
        return elf_fault_at(ELF_UNSORTED, index, segment->vaddr);
    if (segment->vaddr <= elf_last_byte(previous))
        return elf_fault_at(ELF_OVERLAP, index, segment->vaddr);
    if (pfn_of_byte(segment->vaddr) == pfn_of_byte(elf_last_byte(previous)))
        return elf_fault_at(ELF_SHARED_PAGE, index, segment->vaddr);
    return elf_no_fault();
}

/* Each segment by itself, and against the one before it. */
static struct elf_fault check_shapes(const struct plan_input *input)
{
    struct program_header previous = {0};
    struct program_header segment;
    uint32_t count = 0;

    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        struct elf_fault fault = check_shape(i, &segment);

        if (fault.status == ELF_OK && count > 0)
            fault = check_order(i, &previous, &segment);
        if (fault.status == ELF_OK && count == ELF_MAX_SEGMENTS)
            fault = elf_fault_at(ELF_TOO_MANY_SEGMENTS, i, 0);
        if (fault.status != ELF_OK)
            return fault;
        previous = segment;
        count++;
    }
    return count == 0 ? elf_fault_at(ELF_NO_SEGMENT, 0, 0) : elf_no_fault();
}

/* Each byte of the file is read once, straight to its place. */
static struct elf_fault check_file_ranges(const struct plan_input *input)
{
    struct program_header a;
    struct program_header b;

    for (uint32_t i = 0; elf_find_segment(input, &i, &a); i++) {
        for (uint32_t j = i + 1; elf_find_segment(input, &j, &b); j++) {
            if (a.file_bytes != 0 && b.file_bytes != 0 && a.offset < b.offset + b.file_bytes &&
                b.offset < a.offset + a.file_bytes)
                return elf_fault_at(ELF_FILE_OVERLAP, j, b.offset);
        }
    }
    return elf_no_fault();
}

/* Where the image goes: see elf_plan in elf.h. There is at least one segment. */
static struct elf_fault find_placement(const struct plan_input *input,
                                       struct placement *ret_placement)
{
    uint64_t alignment = PAGE_BYTES;
    uint64_t lowest = UINT64_MAX;
    uint64_t load_base;
    struct program_header segment;

    if (!input->header->is_pie) {
        *ret_placement = (struct placement){0};
        return elf_no_fault();
    }
    for (uint32_t i = 0; elf_find_segment(input, &i, &segment); i++) {
        if (segment.alignment > alignment)
            alignment = segment.alignment;
        if (segment.vaddr < lowest)
            lowest = segment.vaddr;
    }
    if (!checked_round_up_u64(input->limits->pie_base, alignment, &load_base))
        return elf_fault_at(ELF_OUTSIDE_WINDOW, 0, input->limits->pie_base);
    ret_placement->link_base = round_down_u64(lowest, alignment);
    ret_placement->load_base = load_base;
    return elf_no_fault();
}

static bool range_is_canonical(uint64_t first, uint64_t last)
{
    return address_is_canonical(first, ELF_VIRTUAL_BITS) &&
           address_is_canonical(last, ELF_VIRTUAL_BITS) && first >> 63 == last >> 63;
}

/* The end of the last page that [first, first + size_bytes) touches; false where it is 2^64. */
static bool find_page_end(uint64_t first, uint64_t size_bytes, uint64_t *ret_page_end)
{
    uint64_t end;

    return checked_add_u64(first, size_bytes, &end) &&
           checked_round_up_u64(end, PAGE_BYTES, ret_page_end);
}

/* Neither the addresses in the file nor the biased ones reach the last page before 2^64. */
static struct elf_fault check_place(const struct plan_input *input, uint32_t index,
                                    const struct program_header *segment,
                                    const struct placement *placement)
{
    uint64_t distance = segment->vaddr - placement->link_base;
    uint64_t first;
    uint64_t page_end;

    if (!find_page_end(segment->vaddr, segment->memory_bytes, &page_end) ||
        !checked_add_u64(placement->load_base, distance, &first) ||
        !find_page_end(first, segment->memory_bytes, &page_end))
        return elf_fault_at(ELF_OUTSIDE_WINDOW, index, segment->vaddr);
    if (!range_is_canonical(first, first + (segment->memory_bytes - 1)))
        return elf_fault_at(ELF_NOT_CANONICAL, index, segment->vaddr);
    if (round_down_u64(first, PAGE_BYTES) < input->limits->window_first ||
        page_end > input->limits->window_end)
        return elf_fault_at(ELF_OUTSIDE_WINDOW, index, segment->vaddr);
    return elf_no_fault();
}

static struct elf_fault check_places(const struct plan_input *input,
                                     struct placement *ret_placement)
{
    struct elf_fault fault = find_placement(input, ret_placement);
    struct program_header segment;

    for (uint32_t i = 0; fault.status == ELF_OK && elf_find_segment(input, &i, &segment); i++)
        fault = check_place(input, i, &segment, ret_placement);
    return fault;
}

struct elf_fault elf_check_segments(const struct plan_input *input,
                                    struct placement *ret_placement)
{
    struct elf_fault fault = check_sizes(input);

    if (fault.status == ELF_OK)
        fault = check_shapes(input);
    if (fault.status == ELF_OK)
        fault = check_file_ranges(input);
    if (fault.status == ELF_OK)
        fault = check_places(input, ret_placement);
    return fault;
}
