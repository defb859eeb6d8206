/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: what the bytes of an entry say by themselves, whatever they are, as the
 * proofs speak of it. No code. t: a type, bits: attributes, wb: source->assume_wb.
 */
#ifndef GROMA_MEMMAP_STATED_H
#define GROMA_MEMMAP_STATED_H

#include "base/bytes.h"
#include "memmap/source.h"

/*@ // Rule 1: kind by type.
    logic integer uefi_type_kind(integer t) =
        t == 1 || t == 2 ? MEMMAP_LOADER_RECLAIMABLE :
        t == 3 || t == 4 ? MEMMAP_BOOT_RECLAIMABLE : t == 5 ? MEMMAP_RUNTIME_CODE :
        t == 6 ? MEMMAP_RUNTIME_DATA : t == 7 ? MEMMAP_USABLE : t == 8 ? MEMMAP_BAD :
        t == 9 ? MEMMAP_ACPI_RECLAIMABLE : t == 10 ? MEMMAP_ACPI_NVS :
        t == 11 || t == 12 ? MEMMAP_MMIO : t == 14 ? MEMMAP_PERSISTENT :
        t == 15 ? MEMMAP_UNACCEPTED : MEMMAP_RESERVED;
    // Rule 2: RUNTIME makes what ranks lower runtime-data. Rule 3: general memory that is SP, NV
    // or not write-back is none.
    logic integer uefi_bits_kind(integer bits) =
        (bits & MEMMAP_RUNTIME) != 0 ? MEMMAP_RUNTIME_DATA :
        (bits & MEMMAP_SP) != 0 ? MEMMAP_SOFT_RESERVED :
        (bits & MEMMAP_NV) != 0 ? MEMMAP_PERSISTENT : MEMMAP_RESERVED;
    logic integer uefi_kind_of(integer t, integer bits) =
        ((1 <= t && t <= 4) || t == 7 || t == 9 || t == 10 || t == 14 || t == 15) &&
            (bits & MEMMAP_RUNTIME) != 0 ? MEMMAP_RUNTIME_DATA :
        ((1 <= t && t <= 4) || t == 7) &&
            (bits & (MEMMAP_SP | MEMMAP_NV | MEMMAP_WB)) != MEMMAP_WB ? uefi_bits_kind(bits) :
        uefi_type_kind(t);
    // Where nobody says anything of caching, what stands on RAM is write-back.
    logic integer uefi_bits_of(integer t, integer bits, integer wb) =
        wb != 0 && bits == 0 && uefi_kind_of(t, MEMMAP_WB) <= MEMMAP_ACPI_NVS ? MEMMAP_WB : bits;
    // The other formats: kind by type alone.
    logic integer e820_type_kind(integer t) =
        t == 1 ? MEMMAP_USABLE : t == 3 ? MEMMAP_ACPI_RECLAIMABLE : t == 4 ? MEMMAP_ACPI_NVS :
        t == 5 ? MEMMAP_BAD : t == 7 || t == 12 ? MEMMAP_PERSISTENT :
        t == 0xefffffff ? MEMMAP_SOFT_RESERVED : MEMMAP_RESERVED;
    logic integer multiboot2_type_kind(integer t) =
        t == 1 ? MEMMAP_USABLE : t == 3 ? MEMMAP_ACPI_RECLAIMABLE : t == 4 ? MEMMAP_ACPI_NVS :
        t == 5 ? MEMMAP_BAD : MEMMAP_RESERVED;
    logic integer limine_type_kind(integer t) =
        t == 0 ? MEMMAP_USABLE : t == 2 ? MEMMAP_ACPI_RECLAIMABLE : t == 3 ? MEMMAP_ACPI_NVS :
        t == 4 ? MEMMAP_BAD : t == 5 ? MEMMAP_LOADER_RECLAIMABLE : t == 6 ? MEMMAP_KERNEL :
        t == 7 ? MEMMAP_FRAMEBUFFER : MEMMAP_RESERVED;
    logic integer typed_kind(integer format, integer t) =
        format == MEMMAP_FORMAT_MULTIBOOT2 ? multiboot2_type_kind(t) :
        format == MEMMAP_FORMAT_LIMINE ? limine_type_kind(t) :
        format == MEMMAP_FORMAT_RANGES ?
            (t == 1 ? MEMMAP_USABLE : MEMMAP_RESERVED) : e820_type_kind(t);
    // The entry at `at`: its kind, where it begins, how many bytes it has. A region's numbers are
    // words: what is no range of pages wraps.
    logic integer stated_kind{L}(uint8_t *at, integer format, integer wb) =
        format == MEMMAP_FORMAT_UEFI ?
            uefi_kind_of(le32(at), uefi_bits_of(le32(at), le64(at + 32), wb)) :
        format == MEMMAP_FORMAT_BOOTINFO ?
            (at[28] < MEMMAP_KIND_COUNT ? at[28] : MEMMAP_RESERVED) :
        typed_kind(format, format == MEMMAP_FORMAT_LIMINE && le32(at + 20) != 0 ? UINT32_MAX :
                           le32(at + 16));
    logic integer stated_base{L}(uint8_t *at, integer format) =
        format == MEMMAP_FORMAT_UEFI ? le64(at + 8) :
        format == MEMMAP_FORMAT_BOOTINFO ? (uint64_t)(le64(at) * 4096) : le64(at);
    logic integer stated_bytes{L}(uint8_t *at, integer format) =
        format == MEMMAP_FORMAT_UEFI ? le64(at + 24) * 4096 :
        format == MEMMAP_FORMAT_BOOTINFO ? (uint64_t)(le64(at + 8) - le64(at)) * 4096 :
        le64(at + 8);
    logic uint8_t *entry_at{L}(struct memmap_source *s, integer i) =
        s->bytes + i * s->stride_bytes;
    // A decoded entry is what the bytes say.
    predicate entry_is{L}(struct memmap_entry *e, integer base, integer bytes, integer kind) =
        e->base_bytes == base && e->page_count * 4096 + e->tail_bytes == bytes && e->kind == kind;
    */

#endif
