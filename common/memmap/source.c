/* SPDX-License-Identifier: MIT */
/* Readers and the kind of a single entry; see source.h. */
#include "memmap/source.h"

#include "base/bytes.h"

enum {
    UEFI_TYPE_COUNT = 16,
    UEFI_CONVENTIONAL = 7,
};

/* Rule 1: kind by type. UEFI 2.10 table 7.6; type 13 is PAL code of another architecture. */
static const uint8_t uefi_kinds[UEFI_TYPE_COUNT] = {
    MEMMAP_RESERVED,          MEMMAP_LOADER_RECLAIMABLE, MEMMAP_LOADER_RECLAIMABLE,
    MEMMAP_BOOT_RECLAIMABLE,  MEMMAP_BOOT_RECLAIMABLE,   MEMMAP_RUNTIME_CODE,
    MEMMAP_RUNTIME_DATA,      MEMMAP_USABLE,             MEMMAP_BAD,
    MEMMAP_ACPI_RECLAIMABLE,  MEMMAP_ACPI_NVS,           MEMMAP_MMIO,
    MEMMAP_MMIO,              MEMMAP_RESERVED,           MEMMAP_PERSISTENT,
    MEMMAP_UNACCEPTED,
};

static const char uefi_names[UEFI_TYPE_COUNT][20] = {
    "Reserved",        "LoaderCode",     "LoaderData",        "BootServicesCode",
    "BootServicesData", "RuntimeCode",   "RuntimeData",       "Conventional",
    "Unusable",        "ACPIReclaim",    "ACPIMemoryNVS",     "MemoryMappedIO",
    "MMIOPortSpace",   "PalCode",        "Persistent",        "Unaccepted",
};

const char *memmap_uefi_type_name(uint32_t type)
{
    return type < UEFI_TYPE_COUNT ? uefi_names[type] : "type";
}

/* Types whose attribute word decides by rule 3: loader, boot services and conventional. */
static bool is_general_memory(uint32_t uefi_type)
{
    return (uefi_type >= 1 && uefi_type <= 4) || uefi_type == UEFI_CONVENTIONAL;
}

/* Rules 1 to 3 for one UEFI entry whose attribute word is final. */
static enum memmap_kind uefi_kind(uint32_t type, uint64_t attributes)
{
    enum memmap_kind kind =
        type < UEFI_TYPE_COUNT ? (enum memmap_kind)uefi_kinds[type] : MEMMAP_RESERVED;

    if ((attributes & MEMMAP_RUNTIME) != 0 && kind < MEMMAP_RUNTIME_CODE)
        return MEMMAP_RUNTIME_DATA;
    if (!is_general_memory(type))
        return kind;
    if ((attributes & MEMMAP_SP) != 0)
        return MEMMAP_SOFT_RESERVED;
    if ((attributes & MEMMAP_NV) != 0)
        return MEMMAP_PERSISTENT;
    if ((attributes & MEMMAP_WB) == 0)
        return MEMMAP_RESERVED;
    return kind;
}

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

/* Memory that stands on RAM: where nothing is said of caching, it is cached. */
static bool stands_on_ram(enum memmap_kind kind)
{
    return kind <= MEMMAP_PERSISTENT || kind == MEMMAP_ACPI_NVS;
}

static enum memmap_status open_source(struct memmap_source *source, enum memmap_format format,
                                      const void *bytes, uint64_t size_bytes,
                                      uint64_t stride_bytes)
{
    if (stride_bytes > UINT32_MAX)
        return MEMMAP_BAD_STRIDE;
    if (size_bytes % stride_bytes != 0 || size_bytes / stride_bytes > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_SIZE;
    source->format = format;
    source->bytes = bytes;
    source->stride_bytes = (uint32_t)stride_bytes;
    source->count = (uint32_t)(size_bytes / stride_bytes);
    source->assume_wb = format == MEMMAP_FORMAT_E820;
    return MEMMAP_OK;
}

static const uint8_t *entry_bytes(const struct memmap_source *source, uint32_t index)
{
    return source->bytes + (uint64_t)index * source->stride_bytes;
}

/* Does no entry of general memory say anything in its attribute word? */
static bool says_nothing_of_caching(const struct memmap_source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        const uint8_t *at = entry_bytes(source, i);
        if (is_general_memory(load_le32(at)) && load_le64(at + 32) != 0)
            return false;
    }
    return true;
}

enum memmap_status memmap_source_uefi(struct memmap_source *source, const void *bytes,
                                      uint64_t size_bytes, uint64_t stride_bytes)
{
    enum memmap_status status;

    if (stride_bytes < MEMMAP_UEFI_DESCRIPTOR_BYTES || stride_bytes % 8 != 0)
        return MEMMAP_BAD_STRIDE;
    status = open_source(source, MEMMAP_FORMAT_UEFI, bytes, size_bytes, stride_bytes);
    if (status == MEMMAP_OK)
        source->assume_wb = says_nothing_of_caching(source);
    return status;
}

enum memmap_status memmap_source_e820(struct memmap_source *source, const void *bytes,
                                      uint64_t size_bytes, uint64_t stride_bytes)
{
    if (stride_bytes < MEMMAP_E820_ENTRY_BYTES)
        return MEMMAP_BAD_STRIDE;
    return open_source(source, MEMMAP_FORMAT_E820, bytes, size_bytes, stride_bytes);
}

/* EFI_MEMORY_DESCRIPTOR: u32 type, pad, u64 physical, u64 virtual, u64 pages, u64 attributes. */
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

static void decode_e820(const uint8_t *at, struct memmap_entry *entry)
{
    uint64_t length_bytes = load_le64(at + 8);

    entry->type = load_le32(at + 16);
    entry->base_bytes = load_le64(at);
    entry->page_count = length_bytes / PAGE_BYTES;
    entry->tail_bytes = (uint32_t)(length_bytes % PAGE_BYTES);
    entry->kind = e820_kind(entry->type);
    entry->attributes = stands_on_ram(entry->kind) ? MEMMAP_WB : 0;
}

void memmap_source_entry(const struct memmap_source *source, uint32_t index,
                         struct memmap_entry *ret_entry)
{
    const uint8_t *at = entry_bytes(source, index);

    if (source->format == MEMMAP_FORMAT_UEFI)
        decode_uefi(source, at, ret_entry);
    else
        decode_e820(at, ret_entry);
}
