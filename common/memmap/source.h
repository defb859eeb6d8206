/* SPDX-License-Identifier: MIT */
/*
 * Readers: what firmware said, entry by entry, with the kind each entry has by itself.
 *
 * A source is a view over the caller's bytes; entries are decoded when asked for, at the
 * format's stride, byte by byte. Ranks play no part here: they only decide overlaps.
 * UEFI 2.10, 7.2.3 (GetMemoryMap); ACPI 6.5, 15.4 (E820); Multiboot2 2.0, 3.6.8; Limine
 * protocol, "Memory Map Feature"; Linux Documentation/arch/x86/zero-page.rst; Devicetree 0.4.
 * A devicetree is collected into ranges first (source_fdt.h), a whole Multiboot2 information
 * structure is searched in source_multiboot2.c.
 */
#ifndef GROMA_MEMMAP_SOURCE_H
#define GROMA_MEMMAP_SOURCE_H

#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

enum memmap_format {
    MEMMAP_FORMAT_UEFI,        /* EFI_MEMORY_DESCRIPTOR at a stride */
    MEMMAP_FORMAT_E820,        /* u64 base, u64 length, u32 type [, u32 extended], at a stride */
    MEMMAP_FORMAT_MULTIBOOT2,  /* u64 base, u64 length, u32 type, u32 reserved, at a stride */
    MEMMAP_FORMAT_LIMINE,      /* u64 base, u64 length, u64 type, at a stride */
    MEMMAP_FORMAT_BOOT_PARAMS, /* E820 entries of 20 bytes in Linux's zero page */
    MEMMAP_FORMAT_BOOTINFO,    /* struct memmap_region at a stride */
    MEMMAP_FORMAT_RANGES,      /* struct memmap_fdt_range */
    MEMMAP_FORMAT_COUNT,
};

#define MEMMAP_UEFI_DESCRIPTOR_BYTES   40u
#define MEMMAP_E820_ENTRY_BYTES        20u
#define MEMMAP_LIMINE_ENTRY_BYTES      24u
#define MEMMAP_MULTIBOOT2_ENTRY_BYTES  24u
#define MEMMAP_MAX_ENTRIES             UINT32_C(0x3fffffff)

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

/*@ logic integer smallest_stride(integer format) =
        format == MEMMAP_FORMAT_UEFI ? 40 :
        format == MEMMAP_FORMAT_BOOTINFO ? 32 :
        format == MEMMAP_FORMAT_E820 || format == MEMMAP_FORMAT_BOOT_PARAMS ? 20 : 24;
    // An opened source: every byte of every entry can be read.
    predicate source_opened{L}(struct memmap_source *s) =
        \valid_read(s) && s->count <= MEMMAP_MAX_ENTRIES && s->format < MEMMAP_FORMAT_COUNT &&
        s->stride_bytes >= smallest_stride(s->format) &&
        \valid_read(s->bytes + (0 .. s->count * s->stride_bytes - 1));
    // What decoding an entry always gives.
    predicate entry_decoded{L}(struct memmap_entry *e) =
        e->tail_bytes < 4096 && e->kind < MEMMAP_KIND_COUNT;
    lemma entry_inside: \forall integer i, n, s; 0 <= i < n && s >= 0 ==> i * s + s <= n * s;
    lemma product_fits: \forall integer n, s;
        0 <= n <= MEMMAP_MAX_ENTRIES && 0 <= s <= UINT32_MAX ==> n * s <= UINT64_MAX; */

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

/*
 * Opens a Multiboot2 memory map tag (type 6; Multiboot2 2.0, 3.6.8) at its first byte, of which
 * size_bytes may be read. Types: 1 available, 3 ACPI, 4 NVS, 5 bad, others reserved; every
 * entry_version is read. NOT_FOUND: a tag of another type. BAD_STRIDE: entry_size below 24 or no
 * multiple of 8. BAD_SIZE: the tag is cut, or no whole number of entries. On any error the
 * source is left alone. O(1).
 */
MUST_USE enum memmap_status memmap_source_multiboot2(struct memmap_source *source,
                                                     const void *tag_bytes, uint64_t size_bytes);

/* The same for a tag's entries alone: stride_bytes >= 24, a multiple of 8. */
MUST_USE enum memmap_status memmap_source_multiboot2_entries(struct memmap_source *source,
                                                             const void *bytes,
                                                             uint64_t size_bytes,
                                                             uint64_t stride_bytes);

/*
 * Finds the map in a whole Multiboot2 information structure (3.6.1) and opens it: the first tag
 * of type 6 as MULTIBOOT2, the first of type 17 (EFI map; any descriptor version) as UEFI. Where
 * both exist prefer_efi decides, where one exists it is taken. While boot services run (tag 18)
 * the EFI map is only a snapshot: the caller's to know. NOT_FOUND: neither. BAD_SIZE: the
 * structure is cut, a tag's size is impossible, or the end tag is missing. BAD_STRIDE and
 * BAD_SIZE of the tag chosen are passed on, the other is no fallback. O(tags).
 */
MUST_USE enum memmap_status memmap_source_multiboot2_info(struct memmap_source *source,
                                                          const void *info_bytes,
                                                          uint64_t size_bytes, bool prefer_efi);

/*
 * Opens Limine memory map entries: struct limine_memmap_entry, stride_bytes 24 or more
 * (BAD_STRIDE), size_bytes a multiple of it (BAD_SIZE). The protocol's response holds pointers;
 * copy first: `for (i...) memcpy(bytes + 24 * i, response->entries[i], 24)`. Types: 0 usable,
 * 2 ACPI, 3 NVS, 4 bad, 5 loader-reclaimable, 6 kernel (executable and modules are one type),
 * 7 framebuffer; 1, 8 and others are reserved. memmap_entry.type says 2^32 - 1 for any type that
 * does not fit. O(1).
 */
MUST_USE enum memmap_status memmap_source_limine(struct memmap_source *source, const void *bytes,
                                                 uint64_t size_bytes, uint64_t stride_bytes);

/*
 * Opens the E820 table of Linux's boot_params ("zero page"): u8 count at 0x1e8, entries of 20
 * bytes at 0x2d0. BAD_SIZE: more than 128 entries, or the table is not inside size_bytes. What
 * lies beyond 128 entries (setup_data SETUP_E820_EXT) is not read. O(1).
 */
MUST_USE enum memmap_status memmap_source_boot_params(struct memmap_source *source,
                                                      const void *bytes, uint64_t size_bytes);

/*
 * Opens our own regions (boot info, or a map's array): kinds and attributes as they are, unknown
 * kinds reserved; origin and flags are not read. stride_bytes 32 or more (BAD_STRIDE),
 * size_bytes a multiple of it (BAD_SIZE), first_pfn <= end_pfn <= 2^52 in every region
 * (BAD_RANGE). Normalizing such a source returns the same kinds, but a usable page 0 becomes
 * reserved here as everywhere. Looks at every region once: O(count).
 */
MUST_USE enum memmap_status memmap_source_bootinfo(struct memmap_source *source, const void *bytes,
                                                   uint64_t size_bytes, uint64_t stride_bytes);

/* Where a devicetree says that a range is what it is; memmap_fdt_range.type. */
enum memmap_fdt_type {
    MEMMAP_FDT_MEMORY = 1,      /* reg of a memory node: usable */
    MEMMAP_FDT_RESERVATION = 2, /* memory reservation block: reserved */
    MEMMAP_FDT_RESERVED = 3,    /* reg of a child of /reserved-memory: reserved */
    MEMMAP_FDT_NO_MAP = 4,      /* the same with no-map: reserved, and not to be mapped */
};

/* One range of a devicetree, in the machine's (little-endian) byte order. */
struct memmap_fdt_range {
    uint64_t base_bytes;
    uint64_t size_bytes;
    uint32_t type; /* enum memmap_fdt_type; others are reserved */
    uint32_t reserved;
};
STATIC_ASSERT(sizeof(struct memmap_fdt_range) == 24, "decoded by offset: size");
STATIC_ASSERT(offsetof(struct memmap_fdt_range, size_bytes) == 8, "decoded by offset: size_bytes");
STATIC_ASSERT(offsetof(struct memmap_fdt_range, type) == 16, "decoded by offset: type");

/* Opens ranges, as memmap_fdt_collect gives them. BAD_SIZE: more than MEMMAP_MAX_ENTRIES. O(1). */
MUST_USE enum memmap_status memmap_source_ranges(struct memmap_source *source,
                                                 const struct memmap_fdt_range *ranges,
                                                 size_t count);

/* Decodes entry `index` < source->count. O(1). */
void memmap_source_entry(const struct memmap_source *source, uint32_t index,
                         struct memmap_entry *ret_entry);

/* The firmware's own word for a type ("Conventional", "BootServicesData", ...); "type" beyond. */
const char *memmap_uefi_type_name(uint32_t type);

C_DECLARATIONS_END

#endif
