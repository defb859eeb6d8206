/* SPDX-License-Identifier: MIT */
/*
 * Readers: what firmware said, entry by entry, with the kind each entry has by itself.
 *
 * A source is a view over the caller's bytes; entries are decoded when asked for, at the
 * format's stride, byte by byte. Ranks play no part here: they only decide overlaps.
 * UEFI 2.10, 7.2.3 (GetMemoryMap); ACPI 6.5, 15.4 (E820).
 */
#ifndef GROMA_MEMMAP_SOURCE_H
#define GROMA_MEMMAP_SOURCE_H

#include "memmap/memmap.h"

enum memmap_format {
    MEMMAP_FORMAT_UEFI, /* EFI_MEMORY_DESCRIPTOR at a stride */
    MEMMAP_FORMAT_E820, /* u64 base, u64 length, u32 type [, u32 extended], at a stride */
};

#define MEMMAP_UEFI_DESCRIPTOR_BYTES 40u
#define MEMMAP_E820_ENTRY_BYTES      20u
#define MEMMAP_MAX_ENTRIES           UINT32_C(0x3fffffff)

struct memmap_source {
    enum memmap_format format;
    const uint8_t *bytes;
    uint32_t stride_bytes;
    uint32_t count;
    bool assume_wb; /* the format or this firmware says nothing of cacheability */
};

/* One entry as stated: [base_bytes, base_bytes + page_count * 4096 + tail_bytes). */
struct memmap_entry {
    uint64_t base_bytes;
    uint64_t page_count;
    uint32_t tail_bytes; /* 0..4095 */
    uint32_t type;       /* as the format has it */
    uint64_t attributes; /* MEMMAP_WB, ... */
    enum memmap_kind kind;
};

/*
 * Opens a GetMemoryMap answer. stride_bytes >= 40 and a multiple of 8 (BAD_STRIDE), size_bytes
 * a multiple of it (BAD_SIZE). Looks at every entry once: where all of types 1-4 and 7 have an
 * attribute word of 0, WB is taken as given.
 */
MUST_USE enum memmap_status memmap_source_uefi(struct memmap_source *source, const void *bytes,
                                               uint64_t size_bytes, uint64_t stride_bytes);

/* Opens an E820 table; stride_bytes 20 or more. Extended attributes are not read. */
MUST_USE enum memmap_status memmap_source_e820(struct memmap_source *source, const void *bytes,
                                               uint64_t size_bytes, uint64_t stride_bytes);

/* Decodes entry `index` < source->count. O(1). */
void memmap_source_entry(const struct memmap_source *source, uint32_t index,
                         struct memmap_entry *ret_entry);

/* The firmware's own word for a type ("Conventional", "BootServicesData", ...); "type" beyond. */
const char *memmap_uefi_type_name(uint32_t type);

#endif
