/* SPDX-License-Identifier: MIT */
/* Readers and the kind of a single entry; see source.h. */
#include "memmap/source.h"

#include "base/bytes.h"
#include "base/divide.h"
#include "memmap/stated.h"

enum {
    UEFI_TYPE_COUNT = 16,
    UEFI_CONVENTIONAL = 7,
    MULTIBOOT2_TYPE_COUNT = 6,
    LIMINE_TYPE_COUNT = 9,
    FDT_TYPE_COUNT = 5,
    BOOT_PARAMS_E820_COUNT = 0x1e8, /* offsets in Linux's zero page */
    BOOT_PARAMS_E820_TABLE = 0x2d0,
    BOOT_PARAMS_E820_MAX = 128,
    REGION_BYTES = 32,
    RANGE_BYTES = 24,
};

/* The smallest stride of a format, what a stride must be a multiple of, and is caching untold? */
static const struct {
    uint8_t entry_bytes;
    uint8_t stride_unit;
    bool assume_wb;
} formats[MEMMAP_FORMAT_COUNT] = {
    [MEMMAP_FORMAT_UEFI] = {MEMMAP_UEFI_DESCRIPTOR_BYTES, 8, false}, /* the entries tell */
    [MEMMAP_FORMAT_E820] = {MEMMAP_E820_ENTRY_BYTES, 1, true},
    [MEMMAP_FORMAT_MULTIBOOT2] = {MEMMAP_MULTIBOOT2_ENTRY_BYTES, 8, true},
    [MEMMAP_FORMAT_LIMINE] = {MEMMAP_LIMINE_ENTRY_BYTES, 1, true},
    [MEMMAP_FORMAT_BOOT_PARAMS] = {MEMMAP_E820_ENTRY_BYTES, 1, true},
    [MEMMAP_FORMAT_BOOTINFO] = {REGION_BYTES, 1, false},
    [MEMMAP_FORMAT_RANGES] = {RANGE_BYTES, 1, true},
};
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "regions and ranges are read as bytes");
_Static_assert(sizeof(struct memmap_region) == REGION_BYTES, "BOOTINFO stride");
_Static_assert(sizeof(struct memmap_fdt_range) == RANGE_BYTES, "RANGES stride");

/* Rule 1: kind by type. UEFI 2.10 table 7.6; type 13 is PAL code of another architecture. */
static const uint8_t uefi_kinds[UEFI_TYPE_COUNT] = {
    MEMMAP_RESERVED,          MEMMAP_LOADER_RECLAIMABLE, MEMMAP_LOADER_RECLAIMABLE,
    MEMMAP_BOOT_RECLAIMABLE,  MEMMAP_BOOT_RECLAIMABLE,   MEMMAP_RUNTIME_CODE,
    MEMMAP_RUNTIME_DATA,      MEMMAP_USABLE,             MEMMAP_BAD,
    MEMMAP_ACPI_RECLAIMABLE,  MEMMAP_ACPI_NVS,           MEMMAP_MMIO,
    MEMMAP_MMIO,              MEMMAP_RESERVED,           MEMMAP_PERSISTENT,
    MEMMAP_UNACCEPTED,
};

/* Multiboot2 2.0, 3.6.8. */
static const uint8_t multiboot2_kinds[MULTIBOOT2_TYPE_COUNT] = {
    MEMMAP_RESERVED,         MEMMAP_USABLE,   MEMMAP_RESERVED,
    MEMMAP_ACPI_RECLAIMABLE, MEMMAP_ACPI_NVS, MEMMAP_BAD,
};

/* Limine protocol, "Memory Map Feature"; 8 is "reserved, mapped". */
static const uint8_t limine_kinds[LIMINE_TYPE_COUNT] = {
    MEMMAP_USABLE,   MEMMAP_RESERVED, MEMMAP_ACPI_RECLAIMABLE,
    MEMMAP_ACPI_NVS, MEMMAP_BAD,      MEMMAP_LOADER_RECLAIMABLE,
    MEMMAP_KERNEL,   MEMMAP_FRAMEBUFFER, MEMMAP_RESERVED,
};

static const uint8_t fdt_kinds[FDT_TYPE_COUNT] = {
    [0] = MEMMAP_RESERVED,
    [MEMMAP_FDT_MEMORY] = MEMMAP_USABLE,
    [MEMMAP_FDT_RESERVATION] = MEMMAP_RESERVED,
    [MEMMAP_FDT_RESERVED] = MEMMAP_RESERVED,
    [MEMMAP_FDT_NO_MAP] = MEMMAP_RESERVED,
};

static const char uefi_names[UEFI_TYPE_COUNT][20] = {
    "Reserved",        "LoaderCode",     "LoaderData",        "BootServicesCode",
    "BootServicesData", "RuntimeCode",   "RuntimeData",       "Conventional",
    "Unusable",        "ACPIReclaim",    "ACPIMemoryNVS",     "MemoryMappedIO",
    "MMIOPortSpace",   "PalCode",        "Persistent",        "Unaccepted",
};

/*@ assigns \result \from type;
    ensures \valid_read(\result); */
const char *memmap_uefi_type_name(uint32_t type)
{
    return type < UEFI_TYPE_COUNT ? uefi_names[type] : "type";
}

/*@ predicate type_below_16(integer t) = // in a form that makes provers look at each
        t == 0 || t == 1 || t == 2 || t == 3 || t == 4 || t == 5 || t == 6 || t == 7 ||
        t == 8 || t == 9 || t == 10 || t == 11 || t == 12 || t == 13 || t == 14 || t == 15;
    predicate general_memory(integer type) = 1 <= type <= 4 || type == UEFI_CONVENTIONAL;
    predicate below_runtime(integer type) =
        general_memory(type) || type == 9 || type == 10 || type == 14 || type == 15;
    logic integer usable_type(integer format) =
        format == MEMMAP_FORMAT_LIMINE ? 0 : 1;
    predicate stride_is_good(integer format, integer stride) =
        smallest_stride(format) <= stride <= UINT32_MAX &&
        (format == MEMMAP_FORMAT_UEFI || format == MEMMAP_FORMAT_MULTIBOOT2 ==> stride % 8 == 0);
    predicate tells_caching{L}(struct memmap_source *s, integer i) =
        general_memory(le32(entry_at(s, i))) && le64(entry_at(s, i) + 32) != 0;
    predicate is_range{L}(struct memmap_source *s, integer i) =
        le64(entry_at(s, i)) <= le64(entry_at(s, i) + 8) <= PFN_END;
    // What opening bytes as a format at a stride may answer, and what is true then.
    predicate answer(integer status, integer format, integer stride) =
        (status == MEMMAP_OK || status == MEMMAP_BAD_STRIDE || status == MEMMAP_BAD_SIZE) &&
        (status == MEMMAP_BAD_STRIDE <==> !stride_is_good(format, stride)); */

/* A set of UEFI types, bit t = type t. */
#define TYPE_BIT(type) (UINT64_C(1) << (type))

/* Types whose attribute word decides by rule 3: loader, boot services and conventional. */
#define GENERAL_MEMORY \
    (TYPE_BIT(1) | TYPE_BIT(2) | TYPE_BIT(3) | TYPE_BIT(4) | TYPE_BIT(UEFI_CONVENTIONAL))

/* Types whose kind ranks below runtime-code: rule 2 is for them. */
#define BELOW_RUNTIME (GENERAL_MEMORY | TYPE_BIT(9) | TYPE_BIT(10) | TYPE_BIT(14) | TYPE_BIT(15))

/*@ assigns \nothing;
    ensures \result <==> general_memory(uefi_type); */
static bool is_general_memory(uint32_t uefi_type)
{
    return (uefi_type >= 1 && uefi_type <= 4) || uefi_type == UEFI_CONVENTIONAL;
}

/* Rules 2 and 3, where one of them says something. */
/*@ assigns \nothing;
    ensures MEMMAP_USABLE < \result < MEMMAP_KIND_COUNT;
    ensures \result == uefi_bits_kind(attributes); */
static enum memmap_kind kind_by_attributes(uint64_t attributes)
{
    if ((attributes & MEMMAP_RUNTIME) != 0)
        return MEMMAP_RUNTIME_DATA;
    if ((attributes & MEMMAP_SP) != 0)
        return MEMMAP_SOFT_RESERVED;
    return (attributes & MEMMAP_NV) != 0 ? MEMMAP_PERSISTENT : MEMMAP_RESERVED;
}

/*
 * Do rules 2 and 3 say something of a type? runtime: bit 63 of its attributes; odd: 1 where these
 * are not plainly write-back. Types alternate, so a branch on each rule would be predicted wrongly:
 * one question for both, and the answer is nearly always no.
 */
/*@ requires type < UEFI_TYPE_COUNT && runtime <= 1 && odd <= 1;
    assigns \nothing;
    ensures speak: \result <==> (runtime == 1 && below_runtime(type)) ||
        (odd == 1 && general_memory(type)); */
static inline bool rules_speak(uint32_t type, uint64_t runtime, uint64_t odd)
{
    return ((runtime & BELOW_RUNTIME >> type) | (odd & GENERAL_MEMORY >> type)) % 2 != 0;
}

/* Rules 1 to 3 for one UEFI entry whose attribute word is final. */
/*@ assigns \nothing;
    ensures \result < MEMMAP_KIND_COUNT;
    ensures kind: \result == uefi_kind_of(type, attributes); */
static enum memmap_kind uefi_kind(uint32_t type, uint64_t attributes)
{
    bool is_plain = (attributes & (MEMMAP_SP | MEMMAP_NV | MEMMAP_WB)) == MEMMAP_WB;

    if (type >= UEFI_TYPE_COUNT)
        return MEMMAP_RESERVED;
    //@ assert type_below_16(type);
    if (rules_speak(type, attributes / MEMMAP_RUNTIME, !is_plain))
        return kind_by_attributes(attributes);
    return (enum memmap_kind)uefi_kinds[type];
}

/*@ assigns \nothing;
    ensures \result < MEMMAP_KIND_COUNT;
    ensures \result == MEMMAP_USABLE <==> type == 1;
    ensures kind: \result == e820_type_kind(type); */
static enum memmap_kind e820_kind(uint32_t type)
{
    switch (type) {
    case 1:
        return MEMMAP_USABLE;
    case 3:
        return MEMMAP_ACPI_RECLAIMABLE;
    case 4:
        return MEMMAP_ACPI_NVS;
    case 5:
        return MEMMAP_BAD;
    case 7:
    case 12:
        return MEMMAP_PERSISTENT;
    case UINT32_C(0xefffffff):
        return MEMMAP_SOFT_RESERVED;
    default:
        return MEMMAP_RESERVED;
    }
}

/*@ requires \valid_read(kinds + (0 .. count - 1));
    requires \forall integer t; 0 <= t < count ==> kinds[t] < MEMMAP_KIND_COUNT;
    assigns \nothing;
    ensures \result == (type < count ? kinds[type] : MEMMAP_RESERVED) < MEMMAP_KIND_COUNT; */
static enum memmap_kind kind_in_table(const uint8_t *kinds, uint32_t count, uint32_t type)
{
    return type < count ? (enum memmap_kind)kinds[type] : MEMMAP_RESERVED;
}

/* Kind by type of the formats that say base, length and type. */
/*@ assigns \nothing;
    ensures \result < MEMMAP_KIND_COUNT;
    ensures \result == MEMMAP_USABLE <==> type == usable_type(format);
    ensures kind: \result == typed_kind(format, type); */
static enum memmap_kind kind_of_type(enum memmap_format format, uint32_t type)
{
    enum memmap_kind kind; /* one variable: WP loses track of several results */

    if (format == MEMMAP_FORMAT_MULTIBOOT2)
        kind = kind_in_table(multiboot2_kinds, MULTIBOOT2_TYPE_COUNT, type);
    else if (format == MEMMAP_FORMAT_LIMINE)
        kind = kind_in_table(limine_kinds, LIMINE_TYPE_COUNT, type);
    else if (format == MEMMAP_FORMAT_RANGES)
        kind = kind_in_table(fdt_kinds, FDT_TYPE_COUNT, type);
    else
        kind = e820_kind(type);
    return kind;
}

/* Memory that stands on RAM (claims' kinds too): where nothing is said of caching, it is cached. */
/*@ assigns \nothing;
    ensures \result <==> kind <= MEMMAP_ACPI_NVS; */
static bool stands_on_ram(enum memmap_kind kind)
{
    return kind <= MEMMAP_ACPI_NVS;
}

/*@ requires \valid(source) && format < MEMMAP_FORMAT_COUNT;
    requires \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_STRIDE || \result == MEMMAP_BAD_SIZE;
    ensures \result == MEMMAP_BAD_STRIDE <==> !stride_is_good(format, stride_bytes);
    ensures \result == MEMMAP_OK ==> source->format == format &&
        source->bytes == (uint8_t *)bytes && source->stride_bytes == stride_bytes;
    ensures \result == MEMMAP_OK ==> source->count * stride_bytes == size_bytes;
    ensures \result == MEMMAP_OK ==> stride_bytes >= smallest_stride(format);
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
static enum memmap_status open_source(struct memmap_source *source, enum memmap_format format,
                                      const void *bytes, uint64_t size_bytes,
                                      uint64_t stride_bytes)
{
    uint64_t count;
    uint32_t rest_bytes;

    /*@ assert format == 0 || format == 1 || format == 2 || format == 3 || format == 4 ||
        format == 5 || format == 6; */
    if (stride_bytes < formats[format].entry_bytes || stride_bytes > UINT32_MAX ||
        (uint32_t)stride_bytes % formats[format].stride_unit != 0)
        return MEMMAP_BAD_STRIDE;
    count = divide_u64_by_u32(size_bytes, (uint32_t)stride_bytes, &rest_bytes);
    if (rest_bytes != 0 || count > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_SIZE;
    //@ assert count * stride_bytes == size_bytes;
    source->format = format;
    source->bytes = bytes;
    source->stride_bytes = (uint32_t)stride_bytes;
    source->count = (uint32_t)count;
    source->assume_wb = formats[format].assume_wb;
    //@ assert source->count == count && source->stride_bytes == stride_bytes;
    return MEMMAP_OK;
}

/*@ requires source_opened(source) && index < source->count;
    assigns \result \from source->bytes, source->stride_bytes, index;
    ensures \result == entry_at(source, index);
    ensures \valid_read(\result + (0 .. smallest_stride(source->format) - 1)); */
static const uint8_t *entry_bytes(const struct memmap_source *source, uint32_t index)
{
    /*@ assert index * source->stride_bytes + source->stride_bytes <=
        source->count * source->stride_bytes; */
    //@ assert index * source->stride_bytes <= UINT64_MAX;
    return source->bytes + (uint64_t)index * source->stride_bytes;
}

/* Does no entry of general memory say anything in its attribute word? */
/*@ requires source_opened(source) && source->format == MEMMAP_FORMAT_UEFI;
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < source->count ==> !tells_caching(source, i); */
static bool says_nothing_of_caching(const struct memmap_source *source)
{
    /*@ loop invariant 0 <= i <= source->count;
        loop invariant \forall integer j; 0 <= j < i ==> !tells_caching(source, j);
        loop assigns i;
        loop variant source->count - i; */
    for (uint32_t i = 0; i < source->count; i++) {
        const uint8_t *at = entry_bytes(source, i);
        if (is_general_memory(load_le32(at)) && load_le64(at + 32) != 0)
            return false;
    }
    return true;
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures answer(\result, MEMMAP_FORMAT_UEFI, stride_bytes);
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result == MEMMAP_OK ==> source->format == MEMMAP_FORMAT_UEFI &&
        source->bytes == (uint8_t *)bytes && source->stride_bytes == stride_bytes;
    ensures \result == MEMMAP_OK ==> source->count * stride_bytes == size_bytes;
    ensures \result != MEMMAP_OK ==> *source == \old(*source);
    ensures \result == MEMMAP_OK ==> (source->assume_wb <==>
        \forall integer i; 0 <= i < source->count ==> !tells_caching(source, i)); */
enum memmap_status memmap_source_uefi(struct memmap_source *source, const void *bytes,
                                      uint64_t size_bytes, uint64_t stride_bytes)
{
    enum memmap_status status =
        open_source(source, MEMMAP_FORMAT_UEFI, bytes, size_bytes, stride_bytes);

    if (status == MEMMAP_OK)
        source->assume_wb = says_nothing_of_caching(source);
    return status;
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures answer(\result, MEMMAP_FORMAT_E820, stride_bytes);
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result == MEMMAP_OK ==> source->format == MEMMAP_FORMAT_E820 &&
        source->bytes == (uint8_t *)bytes && source->stride_bytes == stride_bytes;
    ensures \result == MEMMAP_OK ==> source->count * stride_bytes == size_bytes;
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_e820(struct memmap_source *source, const void *bytes,
                                      uint64_t size_bytes, uint64_t stride_bytes)
{
    return open_source(source, MEMMAP_FORMAT_E820, bytes, size_bytes, stride_bytes);
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures answer(\result, MEMMAP_FORMAT_MULTIBOOT2, stride_bytes);
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result == MEMMAP_OK ==> source->format == MEMMAP_FORMAT_MULTIBOOT2 &&
        source->bytes == (uint8_t *)bytes && source->stride_bytes == stride_bytes;
    ensures \result == MEMMAP_OK ==> source->count * stride_bytes == size_bytes;
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_multiboot2_entries(struct memmap_source *source,
                                                    const void *bytes, uint64_t size_bytes,
                                                    uint64_t stride_bytes)
{
    return open_source(source, MEMMAP_FORMAT_MULTIBOOT2, bytes, size_bytes, stride_bytes);
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures answer(\result, MEMMAP_FORMAT_LIMINE, stride_bytes);
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result == MEMMAP_OK ==> source->format == MEMMAP_FORMAT_LIMINE &&
        source->bytes == (uint8_t *)bytes && source->stride_bytes == stride_bytes;
    ensures \result == MEMMAP_OK ==> source->count * stride_bytes == size_bytes;
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_limine(struct memmap_source *source, const void *bytes,
                                        uint64_t size_bytes, uint64_t stride_bytes)
{
    return open_source(source, MEMMAP_FORMAT_LIMINE, bytes, size_bytes, stride_bytes);
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_SIZE;
    ensures \result == MEMMAP_OK ==> source_opened(source) &&
        source->format == MEMMAP_FORMAT_BOOT_PARAMS &&
        source->bytes == (uint8_t *)bytes + BOOT_PARAMS_E820_TABLE && source->stride_bytes == 20 &&
        source->count == ((uint8_t *)bytes)[BOOT_PARAMS_E820_COUNT] <= 128;
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_boot_params(struct memmap_source *source, const void *bytes,
                                             uint64_t size_bytes)
{
    const uint8_t *params = bytes;
    uint64_t table_bytes;

    if (size_bytes < BOOT_PARAMS_E820_TABLE ||
        params[BOOT_PARAMS_E820_COUNT] > BOOT_PARAMS_E820_MAX)
        return MEMMAP_BAD_SIZE;
    table_bytes = (uint64_t)params[BOOT_PARAMS_E820_COUNT] * MEMMAP_E820_ENTRY_BYTES;
    if (!range_is_inside(BOOT_PARAMS_E820_TABLE, table_bytes, size_bytes))
        return MEMMAP_BAD_SIZE;
    return open_source(source, MEMMAP_FORMAT_BOOT_PARAMS, params + BOOT_PARAMS_E820_TABLE,
                       table_bytes, MEMMAP_E820_ENTRY_BYTES);
}

/* Is first_pfn <= end_pfn <= 2^52 in every region? */
/*@ requires source_opened(source) && source->format == MEMMAP_FORMAT_BOOTINFO;
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < source->count ==> is_range(source, i); */
static bool regions_are_ranges(const struct memmap_source *source)
{
    /*@ loop invariant 0 <= i <= source->count;
        loop invariant \forall integer j; 0 <= j < i ==> is_range(source, j);
        loop assigns i;
        loop variant source->count - i; */
    for (uint32_t i = 0; i < source->count; i++) {
        const uint8_t *at = entry_bytes(source, i);
        uint64_t end_pfn = load_le64(at + 8);
        if (load_le64(at) > end_pfn || end_pfn > PFN_END)
            return false;
    }
    return true;
}

/*@ requires \valid(source) && \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_bootinfo(struct memmap_source *source, const void *bytes,
                                          uint64_t size_bytes, uint64_t stride_bytes)
{
    struct memmap_source opened;
    enum memmap_status status =
        open_source(&opened, MEMMAP_FORMAT_BOOTINFO, bytes, size_bytes, stride_bytes);

    if (status != MEMMAP_OK)
        return status;
    if (!regions_are_ranges(&opened))
        return MEMMAP_BAD_RANGE;
    *source = opened;
    return MEMMAP_OK;
}

/*@ requires \valid(source) && \valid_read((uint8_t *)ranges + (0 .. count * 24 - 1));
    assigns *source;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_SIZE;
    ensures count > MEMMAP_MAX_ENTRIES ==> \result == MEMMAP_BAD_SIZE;
    ensures \result == MEMMAP_OK ==> source_opened(source) &&
        source->format == MEMMAP_FORMAT_RANGES &&
        source->count == count && source->stride_bytes == 24;
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_ranges(struct memmap_source *source,
                                        const struct memmap_fdt_range *ranges, size_t count)
{
    if (count > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_SIZE;
    return open_source(source, MEMMAP_FORMAT_RANGES, ranges, (uint64_t)count * RANGE_BYTES,
                       RANGE_BYTES);
}

/* EFI_MEMORY_DESCRIPTOR: u32 type, pad, u64 physical, u64 virtual, u64 pages, u64 attributes. */
/*@ requires \valid_read(source) && \valid_read(at + (0 .. 39)) && \valid(entry);
    requires \separated(entry, source);
    assigns *entry;
    ensures entry->type == le32{Old}(at) && entry->base_bytes == le64{Old}(at + 8) &&
        entry->page_count == le64{Old}(at + 24) && entry->tail_bytes == 0;
    ensures entry->attributes == le64{Old}(at + 32) ||
        (\old(source->assume_wb) && le64{Old}(at + 32) == 0 && entry->attributes == MEMMAP_WB);
    ensures bits: entry->attributes ==
        uefi_bits_of(le32{Old}(at), le64{Old}(at + 32), \old(source->assume_wb));
    ensures is: entry_is(entry, stated_base{Old}(at, MEMMAP_FORMAT_UEFI),
        stated_bytes{Old}(at, MEMMAP_FORMAT_UEFI),
        stated_kind{Old}(at, MEMMAP_FORMAT_UEFI, \old(source->assume_wb)));
    ensures entry_decoded(entry); */
static void decode_uefi(const struct memmap_source *source, const uint8_t *at,
                        struct memmap_entry *entry)
{
    entry->type = load_le32(at);
    entry->base_bytes = load_le64(at + 8);
    entry->page_count = load_le64(at + 24);
    entry->tail_bytes = 0;
    entry->attributes = load_le64(at + 32);
    if (source->assume_wb && entry->attributes == 0 &&
        stands_on_ram(uefi_kind(entry->type, MEMMAP_WB)))
        entry->attributes = MEMMAP_WB;
    entry->kind = uefi_kind(entry->type, entry->attributes);
}

/* u64 base, u64 length, then the type: u32, in Limine's entries u64. */
/*@ requires \valid_read(at + (0 .. (format == MEMMAP_FORMAT_LIMINE ? 23 : 19))) && \valid(entry);
    requires format != MEMMAP_FORMAT_UEFI && format != MEMMAP_FORMAT_BOOTINFO;
    assigns *entry;
    ensures entry->base_bytes == le64{Old}(at);
    ensures entry->page_count * 4096 + entry->tail_bytes == le64{Old}(at + 8);
    ensures format != MEMMAP_FORMAT_LIMINE ==> entry->type == le32{Old}(at + 16);
    ensures format == MEMMAP_FORMAT_LIMINE ==>
        entry->type == (le32{Old}(at + 20) == 0 ? le32{Old}(at + 16) : UINT32_MAX);
    ensures entry_decoded(entry);
    ensures entry->kind == MEMMAP_USABLE <==> entry->type == usable_type(format);
    ensures is: entry_is(entry, stated_base{Old}(at, format), stated_bytes{Old}(at, format),
        stated_kind{Old}(at, format, 0)); */
static void decode_typed(enum memmap_format format, const uint8_t *at, struct memmap_entry *entry)
{
    uint64_t length_bytes = load_le64(at + 8);

    entry->type = load_le32(at + 16);
    if (format == MEMMAP_FORMAT_LIMINE && load_le32(at + 20) != 0)
        entry->type = UINT32_MAX;
    entry->base_bytes = load_le64(at);
    entry->page_count = length_bytes / PAGE_BYTES;
    entry->tail_bytes = (uint32_t)(length_bytes % PAGE_BYTES);
    entry->kind = kind_of_type(format, entry->type);
    entry->attributes = stands_on_ram(entry->kind) ? MEMMAP_WB : 0;
}

/* struct memmap_region; opening has checked that the range is one. */
/*@ requires \valid_read(at + (0 .. 31)) && \valid(entry);
    assigns *entry;
    ensures le64{Old}(at) <= le64{Old}(at + 8) <= PFN_END && le64{Old}(at) < PFN_END ==>
        entry->base_bytes == le64{Old}(at) * 4096 &&
        entry->page_count == le64{Old}(at + 8) - le64{Old}(at);
    ensures entry->tail_bytes == 0 && entry->attributes == le64{Old}(at + 16);
    ensures entry->kind == (\old(at[28]) < MEMMAP_KIND_COUNT ? \old(at[28]) : MEMMAP_RESERVED);
    ensures is: entry_is(entry, stated_base{Old}(at, MEMMAP_FORMAT_BOOTINFO),
        stated_bytes{Old}(at, MEMMAP_FORMAT_BOOTINFO),
        stated_kind{Old}(at, MEMMAP_FORMAT_BOOTINFO, 0));
    ensures entry_decoded(entry); */
static void decode_region(const uint8_t *at, struct memmap_entry *entry)
{
    uint64_t first_pfn = load_le64(at);
    uint64_t end_pfn = load_le64(at + offsetof(struct memmap_region, end_pfn));

    entry->type = at[offsetof(struct memmap_region, kind)];
    entry->base_bytes = first_pfn * PAGE_BYTES;
    entry->page_count = end_pfn - first_pfn;
    entry->tail_bytes = 0;
    entry->attributes = load_le64(at + offsetof(struct memmap_region, attributes));
    entry->kind =
        entry->type < MEMMAP_KIND_COUNT ? (enum memmap_kind)entry->type : MEMMAP_RESERVED;
}

/*@ requires source_opened(source) && index < source->count && \valid(ret_entry);
    requires \separated(ret_entry, source);
    assigns *ret_entry;
    ensures entry_decoded(ret_entry);
    ensures is: entry_is(ret_entry,
        stated_base{Old}(\old(entry_at(source, index)), \old(source->format)),
        stated_bytes{Old}(\old(entry_at(source, index)), \old(source->format)),
        stated_kind{Old}(\old(entry_at(source, index)), \old(source->format),
                         \old(source->assume_wb))); */
void memmap_source_entry(const struct memmap_source *source, uint32_t index,
                         struct memmap_entry *ret_entry)
{
    const uint8_t *at = entry_bytes(source, index);

    if (source->format == MEMMAP_FORMAT_UEFI)
        decode_uefi(source, at, ret_entry);
    else if (source->format == MEMMAP_FORMAT_BOOTINFO)
        decode_region(at, ret_entry);
    else
        decode_typed(source->format, at, ret_entry);
}
