/* SPDX-License-Identifier: MIT */
/* Small ELF files in memory; see elf_builder.h. */
#include "unit/elf_builder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---- building ------------------------------------------------------------------------------ */

void put(struct elf_file *file, uint64_t offset, unsigned size_bytes, uint64_t value)
{
    for (unsigned i = 0; i < size_bytes; i++)
        file->bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const struct elf_file *file, uint64_t offset, unsigned size_bytes)
{
    uint64_t value = 0;

    for (unsigned i = size_bytes; i > 0; i--)
        value = value << 8 | file->bytes[offset + i - 1];
    return value;
}

static uint64_t part_offset(const struct elf_file *file, unsigned index)
{
    return get(file, E_PHOFF, 8) + index * 56;
}

static unsigned field_bytes(unsigned field)
{
    return field < P_OFFSET ? 4 : 8;
}

void put_part(struct elf_file *file, unsigned index, unsigned field, uint64_t value)
{
    put(file, part_offset(file, index) + field, field_bytes(field), value);
}

uint64_t get_part(const struct elf_file *file, unsigned index, unsigned field)
{
    return get(file, part_offset(file, index) + field, field_bytes(field));
}

unsigned add_part(struct elf_file *file, struct part part)
{
    unsigned index = (unsigned)get(file, E_PHNUM, 2);

    put(file, E_PHNUM, 2, index + 1);
    put_part(file, index, P_TYPE, part.type);
    put_part(file, index, P_FLAGS, part.flags);
    put_part(file, index, P_OFFSET, part.offset);
    put_part(file, index, P_VADDR, part.vaddr);
    put_part(file, index, P_PADDR, 0);
    put_part(file, index, P_FILESZ, part.file_bytes);
    put_part(file, index, P_MEMSZ, part.memory_bytes);
    put_part(file, index, P_ALIGN, part.alignment);
    return index;
}

void build_parts(struct elf_file *file, bool is_pie, uint64_t entry, const struct part *parts,
                 uint32_t count, uint64_t size)
{
    static const uint8_t ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    for (size_t i = 0; i < sizeof file->bytes; i++)
        file->bytes[i] = (uint8_t)(i * 7 + i / 251 + 1);
    memcpy(file->bytes, ident, sizeof ident);
    put(file, E_TYPE, 2, is_pie ? 3 : 2);
    put(file, E_MACHINE, 2, 62);
    put(file, E_VERSION, 4, 1);
    put(file, E_ENTRY, 8, entry);
    put(file, E_PHOFF, 8, 64);
    put(file, E_EHSIZE, 2, 64);
    put(file, E_PHENTSIZE, 2, 56);
    put(file, E_PHNUM, 2, 0);
    for (uint32_t i = 0; i < count; i++)
        add_part(file, parts[i]);
    file->size = size;
    file->limits = (struct elf_limits){WINDOW_FIRST, WINDOW_END, 16 * MIB, PIE_BASE};
}

static void build_common(struct elf_file *file, bool is_pie, uint64_t base)
{
    const struct part parts[] = {
        {T_LOAD, F_R, 0, base, 0x600, 0x600, 0x1000},
        {T_LOAD, F_R | F_X, 0x1000, base + 0x1000, 0x300, 0x300, 0x1000},
        {T_LOAD, F_R, 0x2000, base + 0x2000, 0x100, 0x100, 0x1000},
        {T_LOAD, F_R | F_W, 0x2e00, base + 0x3e00, 0x300, 0x1400, 0x1000},
        {T_NOTE, F_R, 0x2080, base + 0x2080, 0x20, 0x20, 4},
        {T_GNU_STACK, F_R | F_W, 0, 0, 0, 0, 16},
        {T_GNU_RELRO, F_R, 0x2e00, base + 0x3e00, 0x200, 0x200, 1},
    };

    build_parts(file, is_pie, base + 0x1010, parts, sizeof parts / sizeof parts[0], 0x3140);
}

void build_exec(struct elf_file *file)
{
    build_common(file, false, EXEC_BASE);
}

void build_pie(struct elf_file *file)
{
    static const uint64_t dynamic[][2] = {
        {5, 0x2080},             /* DT_STRTAB */
        {0x6ffffffb, 0x8000000}, /* DT_FLAGS_1: PIE */
        {7, RELA_OFFSET},        /* DT_RELA */
        {8, 4 * 24},             /* DT_RELASZ */
        {9, 24},                 /* DT_RELAENT */
        {30, 8},                 /* DT_FLAGS: DF_BIND_NOW */
        {0, 0},
        {0x1234, 1}, /* behind the end */
    };
    static const uint64_t relocations[][3] = {
        {0x3e00, 8, 0x1000}, /* in RELRO, to the text */
        {0x3e0b, 8, 0},      /* unaligned, to the image's first byte */
        {0, 0, 0},           /* R_X86_64_NONE */
        {0x51f8, 8, 0x6000}, /* last word of the memory, to the image's end */
    };

    build_common(file, true, 0);
    add_part(file, (struct part){T_DYNAMIC, F_R | F_W, DYNAMIC_OFFSET, DYNAMIC_VADDR,
                                 sizeof dynamic, sizeof dynamic, 8});
    for (size_t i = 0; i < sizeof dynamic / 8; i++)
        put(file, DYNAMIC_OFFSET + i * 8, 8, dynamic[i / 2][i % 2]);
    for (size_t i = 0; i < sizeof relocations / 8; i++)
        put(file, RELA_OFFSET + i * 8, 8, relocations[i / 3][i % 3]);
}

/* ---- using --------------------------------------------------------------------------------- */

/* A copy of exactly these bytes, so that the sanitizer sees a step beyond. */
static uint8_t *copy_of(const uint8_t *bytes, size_t size_bytes)
{
    uint8_t *copy = malloc(size_bytes);

    cr_assert_not_null(copy);
    memcpy(copy, bytes, size_bytes);
    return copy;
}

struct elf_fault plan_file(const struct elf_file *file, struct elf_plan *ret_plan)
{
    uint8_t *start = copy_of(file->bytes, 64);
    struct elf_header header;
    struct elf_fault fault;
    uint8_t *table;

    memset(&header, 0xa5, sizeof header);
    fault = elf_check_header(start, file->size, &header);
    free(start);
    if (fault.status != ELF_OK) {
        for (size_t i = 0; i < sizeof header; i++)
            cr_assert_eq(((uint8_t *)&header)[i], 0xa5, "header untouched on failure");
        return fault;
    }
    table = copy_of(file->bytes + header.program_headers_offset,
                    header.program_header_count * (size_t)56);
    fault = elf_plan(&header, table, file->size, &file->limits, ret_plan);
    free(table);
    return fault;
}

void expect_refused(const struct elf_file *file, enum elf_status status, uint64_t index)
{
    struct elf_plan plan;
    struct elf_plan before;
    struct elf_fault fault;

    memset(&plan, 0xa5, sizeof plan);
    before = plan;
    fault = plan_file(file, &plan);
    cr_assert_eq(fault.status, status, "E-ELF-%02u (%s) expected, E-ELF-%02u (%s) found",
                 (unsigned)status, elf_status_text(status), (unsigned)fault.status,
                 elf_status_text(fault.status));
    cr_assert_eq(fault.index, index, "E-ELF-%02u: index %zu", (unsigned)status,
                 (size_t)fault.index);
    cr_assert_eq(memcmp(&plan, &before, sizeof plan), 0, "plan untouched on failure");
}

void expect_accepted(const struct elf_file *file, struct elf_plan *ret_plan)
{
    struct elf_fault fault = plan_file(file, ret_plan);
    const char *wrong;

    cr_assert_eq(fault.status, ELF_OK, "E-ELF-%02u %s (%zu, %#zx)", (unsigned)fault.status,
                 elf_status_text(fault.status), (size_t)fault.index, (size_t)fault.value);
    wrong = plan_fault(file, ret_plan);
    cr_assert_null(wrong, "%s", wrong);
}

void expect_parts_refused(const struct spoiled_part *rows, size_t count)
{
    static struct elf_file file;

    for (size_t i = 0; i < count; i++) {
        build_exec(&file);
        put_part(&file, rows[i].index, rows[i].field, rows[i].value);
        expect_refused(&file, rows[i].status, rows[i].index);
    }
}

void expect_segment(const struct elf_plan *plan, unsigned index, struct elf_segment expected)
{
    const struct elf_segment *found = &plan->segments[index];

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

void expect_valid_segments(const struct elf_plan *plan, uint64_t base)
{
    const struct elf_segment expected[] = {
        {base, 0x600, 0, 0x600, base, 1, 0, 0, HEADERS},
        {base + 0x1000, 0x300, 0x1000, 0x300, base + 0x1000, 1, 0, ELF_RIGHT_EXECUTE, TEXT},
        {base + 0x2000, 0x100, 0x2000, 0x100, base + 0x2000, 1, 0, 0, RODATA},
        {base + 0x3e00, 0x1400, 0x2e00, 0x300, base + 0x3000, 3, 1, ELF_RIGHT_WRITE, DATA},
    };

    cr_assert_eq(plan->segment_count, 4);
    for (unsigned i = 0; i < 4; i++)
        expect_segment(plan, i, expected[i]);
    cr_assert_eq(plan->image_first, base);
    cr_assert_eq(plan->image_end, base + 0x6000);
    cr_assert_eq(plan->total_page_count, 6);
    cr_assert_eq(plan->file_end, 0x3100);
    cr_assert_eq(plan->by_offset_count, 4);
    for (uint8_t i = 0; i < 4; i++)
        cr_assert_eq(plan->by_offset[i], i);
}

void load_image(const struct elf_file *file, const struct elf_plan *plan, struct elf_image *image)
{
    for (uint32_t i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *segment = &plan->segments[i];

        image->pages[i] = calloc(segment->page_count, PAGE_BYTES);
        cr_assert_not_null(image->pages[i]);
        memcpy(image->pages[i] + (segment->vaddr - segment->page_vaddr),
               file->bytes + segment->file_offset, segment->file_bytes);
    }
}

void free_image(const struct elf_plan *plan, struct elf_image *image)
{
    for (uint32_t i = 0; i < plan->segment_count; i++)
        free(image->pages[i]);
}

/* ---- the second opinion -------------------------------------------------------------------- */

/* One segment against its program header, the file and the window. */
static const char *segment_fault(const struct elf_file *file, const struct elf_plan *plan,
                                 const struct elf_segment *segment)
{
    unsigned index = segment->program_header_index;
    uint64_t flags = get_part(file, index, P_FLAGS);
    uint64_t pages_end = segment->page_vaddr + segment->page_count * 4096;

    if (get_part(file, index, P_TYPE) != T_LOAD)
        return "a segment that is no PT_LOAD";
    if (segment->vaddr != get_part(file, index, P_VADDR) + plan->load_bias ||
        segment->memory_bytes != get_part(file, index, P_MEMSZ) ||
        segment->file_bytes != get_part(file, index, P_FILESZ))
        return "a segment differs from its program header";
    if (segment->file_bytes != 0 && segment->file_offset != get_part(file, index, P_OFFSET))
        return "a file offset differs from its program header";
    if (((segment->rights & ELF_RIGHT_WRITE) != 0) != ((flags & F_W) != 0) ||
        ((segment->rights & ELF_RIGHT_EXECUTE) != 0) != ((flags & F_X) != 0) ||
        (flags & F_R) == 0 || segment->rights > ELF_RIGHT_EXECUTE)
        return "rights";
    if (segment->memory_bytes == 0 || segment->file_bytes > segment->memory_bytes ||
        segment->file_offset > file->size ||
        segment->file_offset + segment->file_bytes > file->size)
        return "sizes";
    if (segment->page_vaddr % 4096 != 0 || segment->vaddr < segment->page_vaddr ||
        segment->vaddr - segment->page_vaddr >= 4096 ||
        segment->vaddr + segment->memory_bytes > pages_end ||
        pages_end - (segment->vaddr + segment->memory_bytes) >= 4096)
        return "pages do not fit the bytes tightly";
    if (segment->page_vaddr < WINDOW_FIRST || pages_end > WINDOW_END || pages_end < WINDOW_FIRST)
        return "outside the window";
    if (segment->relro_page_count > segment->page_count ||
        (segment->relro_page_count != 0 && (segment->rights & ELF_RIGHT_WRITE) == 0))
        return "relro";
    return NULL;
}

static const char *pair_fault(const struct elf_segment *a, const struct elf_segment *b)
{
    if (a->page_vaddr + a->page_count * 4096 > b->page_vaddr)
        return "two segments share a page or are unsorted";
    if (a->file_bytes != 0 && b->file_bytes != 0 &&
        a->file_offset + a->file_bytes > b->file_offset &&
        b->file_offset + b->file_bytes > a->file_offset)
        return "two segments share bytes of the file";
    return NULL;
}

static const char *order_fault(const struct elf_plan *plan)
{
    uint64_t at = 0;
    bool seen[ELF_MAX_SEGMENTS] = {false};
    uint32_t with_bytes = 0;

    for (uint32_t i = 0; i < plan->segment_count; i++)
        with_bytes += plan->segments[i].file_bytes != 0;
    if (with_bytes != plan->by_offset_count)
        return "by_offset_count";
    for (uint32_t i = 0; i < plan->by_offset_count; i++) {
        const struct elf_segment *segment = &plan->segments[plan->by_offset[i]];

        if (plan->by_offset[i] >= plan->segment_count || seen[plan->by_offset[i]] ||
            segment->file_bytes == 0 || segment->file_offset < at)
            return "by_offset";
        seen[plan->by_offset[i]] = true;
        at = segment->file_offset + segment->file_bytes;
    }
    return at == plan->file_end ? NULL : "file_end";
}

static const char *total_fault(const struct elf_plan *plan)
{
    const struct elf_segment *last = &plan->segments[plan->segment_count - 1];
    uint64_t page_count = 0;
    bool entry_found = false;

    for (uint32_t i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *segment = &plan->segments[i];

        page_count += segment->page_count;
        entry_found |= (segment->rights & ELF_RIGHT_EXECUTE) != 0 &&
                       plan->entry >= segment->vaddr &&
                       plan->entry < segment->vaddr + segment->file_bytes;
    }
    if (page_count != plan->total_page_count || plan->image_first != plan->segments[0].page_vaddr ||
        plan->image_end != last->page_vaddr + last->page_count * 4096)
        return "totals";
    return entry_found ? NULL : "entry";
}

const char *plan_fault(const struct elf_file *file, const struct elf_plan *plan)
{
    uint64_t memory_bytes = 0;
    const char *wrong = NULL;

    if (plan->segment_count == 0 || plan->segment_count > ELF_MAX_SEGMENTS)
        return "segment_count";
    if (plan->is_pie != (get(file, E_TYPE, 2) == 3) || (!plan->is_pie && plan->load_bias != 0) ||
        plan->load_bias % 4096 != 0 || plan->entry != get(file, E_ENTRY, 8) + plan->load_bias)
        return "type, bias or entry";
    for (uint32_t i = 0; i < plan->segment_count && wrong == NULL; i++) {
        wrong = segment_fault(file, plan, &plan->segments[i]);
        memory_bytes += plan->segments[i].memory_bytes;
        for (uint32_t j = i + 1; j < plan->segment_count && wrong == NULL; j++)
            wrong = pair_fault(&plan->segments[i], &plan->segments[j]);
    }
    if (wrong == NULL && memory_bytes > file->limits.max_image_bytes)
        wrong = "too much memory";
    if (wrong == NULL)
        wrong = order_fault(plan);
    return wrong != NULL ? wrong : total_fault(plan);
}
