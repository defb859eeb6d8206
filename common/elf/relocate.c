/* SPDX-License-Identifier: MIT */
/*
 * Relocation of a static PIE in place: gABI 4.1 chapter 5 "Dynamic Section", psABI 4.4
 * "Relocation". Only what a linker makes of a self-contained kernel is accepted. Nothing is
 * written before every entry is checked, and the table itself is never a target, so what was
 * checked is what is applied.
 */
#include "base/bytes.h"
#include "elf/elf.h"
#include "elf/format.h"

/* A relocation entry, as in the file. */
struct relocation {
    uint64_t offset;
    uint32_t type;
    uint32_t symbol;
    uint64_t addend;
};

/* The entries of the dynamic section in front of DT_NULL. */
struct dynamic {
    const uint8_t *entries;
    uint64_t count;
};

/* The relocation table: biased address, bytes, and the dynamic entry that names it. */
struct rela_table {
    uint64_t vaddr;
    uint64_t size_bytes;
};

static struct relocation read_relocation(const uint8_t *table, uint64_t index)
{
    const uint8_t *bytes = table + index * RELA_BYTES;

    return (struct relocation){
        .offset = load_le64(bytes),
        .type = load_le32(bytes + 8),
        .symbol = load_le32(bytes + 12),
        .addend = load_le64(bytes + 16),
    };
}

/*
 * Index of the segment in whose memory the range lies wholly, else segment_count. An address in
 * front of a segment makes a distance that no segment has.
 */
static uint32_t find_in_memory(const struct elf_plan *plan, uint64_t vaddr, uint64_t size_bytes)
{
    uint32_t i = 0;

    while (i < plan->segment_count && !range_is_inside(vaddr - plan->segments[i].vaddr, size_bytes,
                                                       plan->segments[i].memory_bytes))
        i++;
    return i;
}

/* Where a biased address of segment i lies now. */
static uint8_t *pointer_to(const struct elf_plan *plan, const struct elf_image *image, uint32_t i,
                           uint64_t vaddr)
{
    return image->pages[i] + (vaddr - plan->segments[i].page_vaddr);
}

/* The file bytes [vaddr, vaddr + size_bytes) of one segment, or NULL. */
static const uint8_t *find_in_file(const struct elf_plan *plan, const struct elf_image *image,
                                   uint64_t vaddr, uint64_t size_bytes)
{
    uint32_t i = find_in_memory(plan, vaddr, size_bytes);

    if (i == plan->segment_count ||
        !range_is_inside(vaddr - plan->segments[i].vaddr, size_bytes,
                         plan->segments[i].file_bytes))
        return NULL;
    return pointer_to(plan, image, i, vaddr);
}

/* ---- the dynamic section ----------------------------------------------------------------- */

static uint64_t dynamic_tag(const struct dynamic *dynamic, uint64_t index)
{
    return load_le64(dynamic->entries + index * DYNAMIC_ENTRY_BYTES);
}

static uint64_t dynamic_value(const struct dynamic *dynamic, uint64_t index)
{
    return load_le64(dynamic->entries + index * DYNAMIC_ENTRY_BYTES + 8);
}

/* Index of the first entry with this tag at or behind `from`, else count. */
static uint64_t dynamic_find(const struct dynamic *dynamic, uint64_t tag, uint64_t from)
{
    while (from < dynamic->count && dynamic_tag(dynamic, from) != tag)
        from++;
    return from;
}

static struct elf_fault find_dynamic(const struct elf_plan *plan, const struct elf_image *image,
                                     struct dynamic *ret_dynamic)
{
    struct dynamic dynamic = {
        .entries = find_in_file(plan, image, plan->dynamic_vaddr, plan->dynamic_bytes),
        .count = plan->dynamic_bytes / DYNAMIC_ENTRY_BYTES,
    };
    uint64_t end = dynamic_find(&dynamic, DT_NULL, 0);

    if (end == dynamic.count)
        return elf_fault_at(ELF_DYNAMIC_WITHOUT_END, 0, dynamic.count);
    ret_dynamic->entries = dynamic.entries;
    ret_dynamic->count = end;
    return elf_no_fault();
}

static enum elf_status judge_entry(uint64_t tag, uint64_t value)
{
    switch (tag) {
    case DT_NEEDED:
        return ELF_NEEDS_LIBRARY;
    case DT_TEXTREL:
        return ELF_TEXT_RELOCATIONS;
    case DT_FLAGS:
        return (value & DF_TEXTREL) != 0 ? ELF_TEXT_RELOCATIONS : ELF_OK;
    case DT_REL:
        return ELF_REL_RELOCATIONS;
    case DT_RELR:
    case DT_RELRSZ:
    case DT_RELRENT:
        return ELF_RELR_RELOCATIONS;
    default:
        return ELF_OK;
    }
}

/* Entries that are refused wherever they stand. */
static struct elf_fault check_entries(const struct dynamic *dynamic)
{
    for (uint64_t i = 0; i < dynamic->count; i++) {
        uint64_t value = dynamic_value(dynamic, i);
        enum elf_status status = judge_entry(dynamic_tag(dynamic, i), value);

        if (status != ELF_OK)
            return elf_fault_at(status, i, value);
    }
    return elf_no_fault();
}

/* Entries whose values are used come once. */
static struct elf_fault check_repeats(const struct dynamic *dynamic)
{
    static const uint8_t tags[] = {DT_RELA, DT_RELASZ, DT_RELAENT, DT_JMPREL, DT_PLTRELSZ};

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        uint64_t first = dynamic_find(dynamic, tags[i], 0);
        uint64_t second =
            first == dynamic->count ? first : dynamic_find(dynamic, tags[i], first + 1);

        if (second != dynamic->count)
            return elf_fault_at(ELF_DYNAMIC_REPEATED, second, tags[i]);
    }
    return elf_no_fault();
}

/* An empty table of procedure linkage relocations is fine, one of unknown size is not. */
static struct elf_fault check_plt(const struct dynamic *dynamic)
{
    uint64_t table = dynamic_find(dynamic, DT_JMPREL, 0);
    uint64_t size = dynamic_find(dynamic, DT_PLTRELSZ, 0);

    if (size != dynamic->count && dynamic_value(dynamic, size) != 0)
        return elf_fault_at(ELF_PLT_RELOCATIONS, size, dynamic_value(dynamic, size));
    if (table != dynamic->count && size == dynamic->count)
        return elf_fault_at(ELF_PLT_RELOCATIONS, table, dynamic_value(dynamic, table));
    return elf_no_fault();
}

/* DT_RELA, DT_RELASZ and DT_RELAENT: all three or none. The address may be 0 where the size is. */
static struct elf_fault check_rela(const struct elf_plan *plan, const struct elf_image *image,
                                   const struct dynamic *dynamic, struct rela_table *ret_table)
{
    uint64_t table = dynamic_find(dynamic, DT_RELA, 0);
    uint64_t size = dynamic_find(dynamic, DT_RELASZ, 0);
    uint64_t entry = dynamic_find(dynamic, DT_RELAENT, 0);
    uint64_t end = dynamic->count;
    uint64_t bytes;

    *ret_table = (struct rela_table){0};
    if (table == end && size == end && entry == end)
        return elf_no_fault();
    if (table == end || size == end || entry == end)
        return elf_fault_at(ELF_RELA_INCOMPLETE, 0, 0);
    bytes = dynamic_value(dynamic, size);
    if (dynamic_value(dynamic, entry) != RELA_BYTES)
        return elf_fault_at(ELF_RELA_BAD_SIZE, entry, dynamic_value(dynamic, entry));
    if (bytes % RELA_BYTES != 0)
        return elf_fault_at(ELF_RELA_BAD_SIZE, size, bytes);
    if (bytes == 0)
        return elf_no_fault();
    ret_table->vaddr = dynamic_value(dynamic, table) + plan->load_bias;
    ret_table->size_bytes = bytes;
    if (find_in_file(plan, image, ret_table->vaddr, bytes) == NULL)
        return elf_fault_at(ELF_RELA_OUTSIDE, table, dynamic_value(dynamic, table));
    return elf_no_fault();
}

/* The whole dynamic section, and the relocation table it names. */
static struct elf_fault check_dynamic(const struct elf_plan *plan, const struct elf_image *image,
                                      struct rela_table *ret_table)
{
    struct dynamic dynamic;
    struct elf_fault fault = find_dynamic(plan, image, &dynamic);

    if (fault.status == ELF_OK)
        fault = check_entries(&dynamic);
    if (fault.status == ELF_OK)
        fault = check_repeats(&dynamic);
    if (fault.status == ELF_OK)
        fault = check_plt(&dynamic);
    if (fault.status == ELF_OK)
        fault = check_rela(plan, image, &dynamic, ret_table);
    return fault;
}

/* ---- relocations ------------------------------------------------------------------------- */

/* Do [vaddr, vaddr + 8) and [first, first + size_bytes) share a byte? Neither wraps. */
static bool touches(uint64_t vaddr, uint64_t first, uint64_t size_bytes)
{
    return vaddr < first + size_bytes && first < vaddr + sizeof(uint64_t);
}

static struct elf_fault check_target(const struct elf_plan *plan, const struct rela_table *table,
                                     uint64_t index, uint64_t offset)
{
    uint64_t target = offset + plan->load_bias;
    uint32_t i = find_in_memory(plan, target, sizeof(uint64_t));

    if (i == plan->segment_count || (plan->segments[i].rights & ELF_RIGHT_WRITE) == 0)
        return elf_fault_at(ELF_RELOCATION_TARGET, index, offset);
    if (touches(target, table->vaddr, table->size_bytes) ||
        touches(target, plan->dynamic_vaddr, plan->dynamic_bytes))
        return elf_fault_at(ELF_RELOCATION_OVERWRITES, index, offset);
    return elf_no_fault();
}

static struct elf_fault check_relocation(const struct elf_plan *plan,
                                         const struct rela_table *table, uint64_t index,
                                         const struct relocation *relocation)
{
    uint64_t result = relocation->addend + plan->load_bias;

    if (relocation->type != R_X86_64_RELATIVE && relocation->type != R_X86_64_NONE)
        return elf_fault_at(ELF_RELOCATION_TYPE, index, relocation->type);
    if (relocation->symbol != 0)
        return elf_fault_at(ELF_RELOCATION_SYMBOL, index, relocation->symbol);
    if (relocation->type == R_X86_64_NONE)
        return elf_no_fault();
    /* The sum wraps where the image moves down. No unbiased address of the image wraps, so a
     * result in the image, its end included, is one whose addend was too. */
    if (result < plan->image_first || result > plan->image_end)
        return elf_fault_at(ELF_RELOCATION_ADDEND, index, relocation->addend);
    return check_target(plan, table, index, relocation->offset);
}

struct elf_fault elf_check_relocations(const struct elf_plan *plan, const struct elf_image *image,
                                       struct elf_relocations *ret_relocations)
{
    struct rela_table table = {0};
    struct elf_relocations found = {0};
    struct elf_fault fault = elf_no_fault();

    if (plan->dynamic_bytes != 0)
        fault = check_dynamic(plan, image, &table);
    if (fault.status != ELF_OK)
        return fault;
    if (table.size_bytes != 0)
        found.table = find_in_file(plan, image, table.vaddr, table.size_bytes);
    found.count = table.size_bytes / RELA_BYTES;
    for (uint64_t i = 0; i < found.count; i++) {
        struct relocation relocation = read_relocation(found.table, i);

        fault = check_relocation(plan, &table, i, &relocation);
        if (fault.status != ELF_OK)
            return fault;
    }
    *ret_relocations = found;
    return fault;
}

void elf_relocate(const struct elf_plan *plan, const struct elf_image *image,
                  const struct elf_relocations *relocations)
{
    for (uint64_t i = 0; i < relocations->count; i++) {
        struct relocation relocation = read_relocation(relocations->table, i);
        uint64_t target = relocation.offset + plan->load_bias;
        uint32_t segment;

        if (relocation.type != R_X86_64_RELATIVE)
            continue;
        segment = find_in_memory(plan, target, sizeof target);
        store_le64(pointer_to(plan, image, segment, target), relocation.addend + plan->load_bias);
    }
}
