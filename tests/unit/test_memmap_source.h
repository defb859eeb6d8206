/* SPDX-License-Identifier: MIT */
/* EFI memory descriptors for tests, and a source over them. */
#ifndef GROMA_TEST_MEMMAP_SOURCE_H
#define GROMA_TEST_MEMMAP_SOURCE_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/normalize.h"

/* One EFI_MEMORY_DESCRIPTOR; what the format leaves open is junk. */
struct descriptor {
    uint32_t type;
    uint64_t base_bytes;
    uint64_t page_count;
    uint64_t attributes;
};

static inline void put(uint8_t *at, size_t stride, const struct descriptor *descriptor)
{
    memset(at, 0xee, stride);
    store_le32(at, descriptor->type);
    store_le64(at + 8, descriptor->base_bytes);
    store_le64(at + 24, descriptor->page_count);
    store_le64(at + 32, descriptor->attributes);
}

static inline struct memmap_source source_of(uint8_t *bytes, size_t stride,
                                      const struct descriptor *descriptors, uint32_t count)
{
    struct memmap_source source;

    for (uint32_t i = 0; i < count; i++)
        put(bytes + i * stride, stride, &descriptors[i]);
    cr_assert_eq(memmap_source_uefi(&source, bytes, count * stride, stride), MEMMAP_OK);
    cr_assert_eq(source.count, count);
    return source;
}

static const struct {
    uint32_t type;
    enum memmap_kind kind;
    const char *name;
} uefi_types[] = {
    {0, MEMMAP_RESERVED, "Reserved"},
    {1, MEMMAP_LOADER_RECLAIMABLE, "LoaderCode"},
    {2, MEMMAP_LOADER_RECLAIMABLE, "LoaderData"},
    {3, MEMMAP_BOOT_RECLAIMABLE, "BootServicesCode"},
    {4, MEMMAP_BOOT_RECLAIMABLE, "BootServicesData"},
    {5, MEMMAP_RUNTIME_CODE, "RuntimeCode"},
    {6, MEMMAP_RUNTIME_DATA, "RuntimeData"},
    {7, MEMMAP_USABLE, "Conventional"},
    {8, MEMMAP_BAD, "Unusable"},
    {9, MEMMAP_ACPI_RECLAIMABLE, "ACPIReclaim"},
    {10, MEMMAP_ACPI_NVS, "ACPIMemoryNVS"},
    {11, MEMMAP_MMIO, "MemoryMappedIO"},
    {12, MEMMAP_MMIO, "MMIOPortSpace"},
    {13, MEMMAP_RESERVED, "PalCode"},
    {14, MEMMAP_PERSISTENT, "Persistent"},
    {15, MEMMAP_UNACCEPTED, "Unaccepted"},
    {16, MEMMAP_RESERVED, "type"},
    {17, MEMMAP_RESERVED, "type"},
    {18, MEMMAP_RESERVED, "type"},
    {19, MEMMAP_RESERVED, "type"},
    {20, MEMMAP_RESERVED, "type"},
    {0x70000000, MEMMAP_RESERVED, "type"},
    {0x80000000, MEMMAP_RESERVED, "type"},
    {0xffffffff, MEMMAP_RESERVED, "type"},
};
#define UEFI_TYPE_ROWS (sizeof uefi_types / sizeof uefi_types[0])

#endif
