/* SPDX-License-Identifier: MIT */
/* UEFI 2.10, 7.2.3; ACPI 6.5, 15.4; Multiboot2 2.0, 3.6; Limine protocol; zero-page.rst. */
#include "memmap_layout.h"

#include <string.h>

#include "base/bytes.h"

#define JUNK    0xee
#define NO_TYPE (-1)

enum { UEFI, E820, MULTIBOOT2, LIMINE, RANGES, COLUMNS };

/* How each format says a kind; kinds that are not here belong to no plain layout. */
static const struct {
    enum memmap_kind kind;
    int64_t types[COLUMNS];
} sayings[] = {
    {MEMMAP_USABLE, {7, 1, 1, 0, MEMMAP_FDT_MEMORY}},
    {MEMMAP_RESERVED, {0, 2, 2, 1, MEMMAP_FDT_NO_MAP}},
    {MEMMAP_ACPI_RECLAIMABLE, {9, 3, 3, 2, NO_TYPE}},
    {MEMMAP_ACPI_NVS, {10, 4, 4, 3, NO_TYPE}},
    {MEMMAP_BAD, {8, 5, 5, 4, NO_TYPE}},
    {MEMMAP_PERSISTENT, {14, 7, NO_TYPE, NO_TYPE, NO_TYPE}},
    {MEMMAP_LOADER_RECLAIMABLE, {2, NO_TYPE, NO_TYPE, 5, NO_TYPE}},
};
#define SAYINGS (sizeof sayings / sizeof sayings[0])

static unsigned column_of(enum memmap_format format)
{
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        return UEFI;
    case MEMMAP_FORMAT_MULTIBOOT2:
        return MULTIBOOT2;
    case MEMMAP_FORMAT_LIMINE:
        return LIMINE;
    case MEMMAP_FORMAT_RANGES:
        return RANGES;
    default:
        return E820;
    }
}

static int64_t type_for(enum memmap_kind kind, enum memmap_format format)
{
    for (size_t i = 0; i < SAYINGS; i++) {
        if (sayings[i].kind == kind)
            return sayings[i].types[column_of(format)];
    }
    return NO_TYPE;
}

static bool entry_fits(const struct memmap_entry *entry, enum memmap_format format, bool plain)
{
    if (format == MEMMAP_FORMAT_BOOTINFO)
        return entry->tail_bytes == 0 && entry->base_bytes % PAGE_BYTES == 0 &&
               entry->page_count <= PFN_END - entry->base_bytes / PAGE_BYTES;
    if (format == MEMMAP_FORMAT_UEFI)
        return entry->tail_bytes == 0;
    return plain && type_for(entry->kind, format) != NO_TYPE;
}

bool layout_fits(const struct layout *layout, enum memmap_format format)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        if (!entry_fits(&layout->entries[i], format, layout->plain))
            return false;
    }
    return true;
}

/* ---- writing --------------------------------------------------------------------------- */

static void put_uefi(const struct layout *layout, uint8_t *at, uint32_t stride_bytes)
{
    for (uint32_t i = 0; i < layout->count; i++, at += stride_bytes) {
        const struct memmap_entry *entry = &layout->entries[i];
        store_le32(at, layout->plain ? (uint32_t)type_for(entry->kind, MEMMAP_FORMAT_UEFI)
                                     : entry->type);
        store_le64(at + 8, entry->base_bytes);
        store_le64(at + 24, entry->page_count);
        store_le64(at + 32, layout->plain ? 0 : entry->attributes);
    }
}

static void put_regions(const struct layout *layout, uint8_t *at, uint32_t stride_bytes)
{
    for (uint32_t i = 0; i < layout->count; i++, at += stride_bytes) {
        const struct memmap_entry *entry = &layout->entries[i];
        uint64_t first_pfn = entry->base_bytes / PAGE_BYTES;
        store_le64(at, first_pfn);
        store_le64(at + 8, first_pfn + entry->page_count);
        store_le64(at + 16, entry->attributes);
        at[28] = (uint8_t)entry->kind;
    }
}

/* Another type of the same meaning, where there is one. */
static uint32_t other_type(enum memmap_format format, uint32_t type)
{
    bool e820 = format == MEMMAP_FORMAT_E820 || format == MEMMAP_FORMAT_BOOT_PARAMS;

    if (e820 && type == 7)
        return 12;
    if ((e820 || format == MEMMAP_FORMAT_MULTIBOOT2) && type == 2)
        return 13; /* the first behind what ACPI defines */
    if (format == MEMMAP_FORMAT_LIMINE && type == 1)
        return 8;
    if (format == MEMMAP_FORMAT_RANGES && type == MEMMAP_FDT_NO_MAP)
        return MEMMAP_FDT_RESERVATION;
    return type;
}

/* u64 base, u64 length, u32 type; Limine's type has 64 bits. */
static void put_typed(const struct layout *layout, enum memmap_format format, uint8_t *at,
                      uint32_t stride_bytes)
{
    for (uint32_t i = 0; i < layout->count; i++, at += stride_bytes) {
        const struct memmap_entry *entry = &layout->entries[i];
        uint32_t type = (uint32_t)type_for(entry->kind, format);
        if (i % 2 != 0)
            type = other_type(format, type);
        store_le64(at, entry->base_bytes);
        store_le64(at + 8, entry->page_count * PAGE_BYTES + entry->tail_bytes);
        store_le32(at + 16, type);
        if (format == MEMMAP_FORMAT_LIMINE)
            store_le32(at + 20, 0);
    }
}

/* A tag of type 6; in a whole structure with `choice` 1: header, tag, end tag. */
static enum memmap_status open_multiboot2(const struct layout *layout, uint32_t choice,
                                          uint8_t *bytes, struct memmap_source *ret_source)
{
    uint32_t stride_bytes = 24 + choice / 2 % 3 * 8;
    uint32_t tag_bytes = 16 + layout->count * stride_bytes;
    uint8_t *tag = bytes + 8;

    store_le32(tag, 6);
    store_le32(tag + 4, tag_bytes);
    store_le32(tag + 8, stride_bytes);
    put_typed(layout, MEMMAP_FORMAT_MULTIBOOT2, tag + 16, stride_bytes);
    if (choice % 2 == 0)
        return memmap_source_multiboot2(ret_source, tag, tag_bytes);
    store_le32(tag + tag_bytes, 0);
    store_le32(tag + tag_bytes + 4, 8);
    store_le32(bytes, 8 + tag_bytes + 8);
    return memmap_source_multiboot2_info(ret_source, bytes, 8 + tag_bytes + 8, choice % 4 == 1);
}

static enum memmap_status open_boot_params(const struct layout *layout, uint8_t *bytes,
                                           struct memmap_source *ret_source)
{
    bytes[0x1e8] = (uint8_t)layout->count;
    put_typed(layout, MEMMAP_FORMAT_BOOT_PARAMS, bytes + 0x2d0, 20);
    return memmap_source_boot_params(ret_source, bytes, LAYOUT_BYTES);
}

enum memmap_status layout_open(const struct layout *layout, enum memmap_format format,
                               uint32_t choice, uint8_t *bytes, struct memmap_source *ret_source)
{
    uint32_t stride_bytes;

    memset(bytes, JUNK, LAYOUT_BYTES);
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        stride_bytes = 40 + choice % 4 * 8;
        put_uefi(layout, bytes, stride_bytes);
        return memmap_source_uefi(ret_source, bytes, layout->count * stride_bytes, stride_bytes);
    case MEMMAP_FORMAT_E820:
        stride_bytes = 20 + choice % 5;
        put_typed(layout, format, bytes, stride_bytes);
        return memmap_source_e820(ret_source, bytes, layout->count * stride_bytes, stride_bytes);
    case MEMMAP_FORMAT_LIMINE:
        stride_bytes = 24 + choice % 3;
        put_typed(layout, format, bytes, stride_bytes);
        return memmap_source_limine(ret_source, bytes, layout->count * stride_bytes, stride_bytes);
    case MEMMAP_FORMAT_BOOTINFO:
        stride_bytes = 32 + choice % 3 * 8;
        put_regions(layout, bytes, stride_bytes);
        return memmap_source_bootinfo(ret_source, bytes, layout->count * stride_bytes,
                                      stride_bytes);
    case MEMMAP_FORMAT_RANGES:
        put_typed(layout, format, bytes, 24);
        return memmap_source_ranges(ret_source, (const void *)bytes, layout->count);
    case MEMMAP_FORMAT_MULTIBOOT2:
        return open_multiboot2(layout, choice, bytes, ret_source);
    default:
        return open_boot_params(layout, bytes, ret_source);
    }
}
