/* SPDX-License-Identifier: MIT */
/*
 * The memory map: kinds, regions and the map as every part of Groma sees it.
 *
 * A map in normal form is sorted, disjoint and page aligned, has no empty region and
 * no two equal neighbours, and lies inside the physical address width. Regions hold page
 * frame numbers, half-open: a region may end at exactly 2^64 bytes (pfn 2^52).
 * Everything works on the caller's memory; nothing is allocated, printed or global.
 */
#ifndef GROMA_MEMMAP_MEMMAP_H
#define GROMA_MEMMAP_MEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/checked.h"

/*
 * Kinds, in rank order: where ranges overlap the higher one keeps the pages ("safest
 * wins"). Values are part of the hand-off ABI.
 */
enum memmap_kind {
    MEMMAP_USABLE = 0,
    MEMMAP_LOADER_RECLAIMABLE = 1,
    MEMMAP_BOOT_RECLAIMABLE = 2,
    MEMMAP_ACPI_RECLAIMABLE = 3,
    MEMMAP_UNACCEPTED = 4,
    MEMMAP_SOFT_RESERVED = 5,
    MEMMAP_PERSISTENT = 6,
    MEMMAP_KERNEL = 7,
    MEMMAP_MODULE = 8,
    MEMMAP_BOOT_INFO = 9,
    MEMMAP_PAGE_TABLES = 10,
    MEMMAP_STACK = 11,
    MEMMAP_HANDOFF = 12,
    MEMMAP_AP_TRAMPOLINE = 13,
    MEMMAP_FIRMWARE_TABLE = 14,
    MEMMAP_ACPI_NVS = 15,
    MEMMAP_RUNTIME_CODE = 16,
    MEMMAP_RUNTIME_DATA = 17,
    MEMMAP_MMIO = 18,
    MEMMAP_RESERVED = 19,
    MEMMAP_FRAMEBUFFER = 20,
    MEMMAP_BAD = 21,
    MEMMAP_KIND_COUNT = 22,
};

/* The name every program prints ("usable", "boot-reclaimable", ...); "unknown" beyond. */
const char *memmap_kind_name(enum memmap_kind kind);

/*
 * Attributes, with the bit positions of EFI_MEMORY_DESCRIPTOR.Attribute (UEFI 2.10, 7.2.3).
 * On overlap capabilities intersect and restrictions unite. Bits that are in neither set
 * are unknown to this version; they unite, so that none is lost.
 */
#define MEMMAP_UC            (UINT64_C(1) << 0)
#define MEMMAP_WC            (UINT64_C(1) << 1)
#define MEMMAP_WT            (UINT64_C(1) << 2)
#define MEMMAP_WB            (UINT64_C(1) << 3)
#define MEMMAP_UCE           (UINT64_C(1) << 4)
#define MEMMAP_WP            (UINT64_C(1) << 12)
#define MEMMAP_RP            (UINT64_C(1) << 13)
#define MEMMAP_XP            (UINT64_C(1) << 14)
#define MEMMAP_NV            (UINT64_C(1) << 15)
#define MEMMAP_MORE_RELIABLE (UINT64_C(1) << 16)
#define MEMMAP_RO            (UINT64_C(1) << 17)
#define MEMMAP_SP            (UINT64_C(1) << 18)
#define MEMMAP_CPU_CRYPTO    (UINT64_C(1) << 19)
#define MEMMAP_RUNTIME       (UINT64_C(1) << 63)

#define MEMMAP_CAPABILITIES \
    (MEMMAP_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_WB | MEMMAP_UCE | MEMMAP_MORE_RELIABLE | \
     MEMMAP_CPU_CRYPTO)

/* Origin of a region: the index of its deciding entry or, with this bit, of a claim. */
#define MEMMAP_ORIGIN_CLAIM UINT32_C(0x80000000)

/* Flags of a region. */
#define MEMMAP_SHARED   1u /* other entries or claims contributed (cover or adjoin) */
#define MEMMAP_CONFLICT 2u /* an entry of another kind claims a page of it and lost */

/* One region of a normalized map; part of the hand-off ABI. */
struct memmap_region {
    uint64_t first_pfn;
    uint64_t end_pfn;    /* one past the last page; at most 2^52 */
    uint64_t attributes; /* MEMMAP_WB, ... */
    uint32_t origin;
    uint8_t kind; /* enum memmap_kind */
    uint8_t flags;
    uint16_t reserved; /* 0 */
};
_Static_assert(sizeof(struct memmap_region) == 32, "ABI: region size");
_Static_assert(offsetof(struct memmap_region, attributes) == 16, "ABI: attributes");
_Static_assert(offsetof(struct memmap_region, origin) == 24, "ABI: origin");
_Static_assert(offsetof(struct memmap_region, kind) == 28, "ABI: kind");

/* A map in the caller's array. */
struct memmap {
    struct memmap_region *regions;
    size_t count;
    size_t capacity;
};

static inline uint64_t memmap_region_page_count(const struct memmap_region *region)
{
    return region->end_pfn - region->first_pfn;
}

#endif
