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

C_DECLARATIONS_BEGIN

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
    (MEMMAP_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_WB | MEMMAP_UCE | MEMMAP_WP | MEMMAP_MORE_RELIABLE | \
     MEMMAP_CPU_CRYPTO)

/* Origin of a region: the index of its deciding entry or, with this bit, of a claim. */
#define MEMMAP_ORIGIN_CLAIM UINT32_C(0x80000000)

#define MEMMAP_NO_ORIGIN    UINT32_C(0xffffffff) /* in reports: there is none */

/* Flags of a region. */
#define MEMMAP_SHARED   1u /* other entries or claims contributed (cover or adjoin) */
#define MEMMAP_CONFLICT 2u /* an entry of another kind covers a page of it and lost */

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
STATIC_ASSERT(sizeof(struct memmap_region) == 32, "ABI: region size");
STATIC_ASSERT(offsetof(struct memmap_region, attributes) == 16, "ABI: attributes");
STATIC_ASSERT(offsetof(struct memmap_region, origin) == 24, "ABI: origin");
STATIC_ASSERT(offsetof(struct memmap_region, kind) == 28, "ABI: kind");

/* A map in the caller's array. */
struct memmap {
    struct memmap_region *regions;
    size_t count;
    size_t capacity;
};

/*@ predicate map_readable{L}(struct memmap *m) =
        \valid_read(m) && \valid_read(m->regions + (0 .. m->count - 1));
    // No empty region, none beyond 2^64, each one at or behind the end of those before it.
    predicate map_ordered{L}(struct memmap *m) =
        (\forall integer i; 0 <= i < m->count ==>
            m->regions[i].first_pfn < m->regions[i].end_pfn <= PFN_END) &&
        (\forall integer i, j; 0 <= i < j < m->count ==>
            m->regions[i].end_pfn <= m->regions[j].first_pfn);
    predicate region_covers{L}(struct memmap_region *r, integer pfn) =
        r->first_pfn <= pfn < r->end_pfn; */

/*@ requires \valid_read(region) && region->first_pfn <= region->end_pfn;
    assigns \nothing;
    ensures \result == region->end_pfn - region->first_pfn; */
static inline uint64_t memmap_region_page_count(const struct memmap_region *region)
{
    return region->end_pfn - region->first_pfn;
}


enum memmap_status {
    MEMMAP_OK,
    MEMMAP_BAD_STRIDE,    /* stride below the format's entry, or no multiple of 8 (UEFI) */
    MEMMAP_BAD_SIZE,      /* the source's size is no multiple of its stride, or over 2^30 entries */
    MEMMAP_BAD_CLAIM,     /* a claim is empty, beyond the address width, or of no known kind */
    MEMMAP_BAD_WIDTH,     /* physical address width outside 32..64 bits */
    MEMMAP_NO_ROOM,       /* region array or scratch too small; nothing was changed */
    MEMMAP_NOT_FOUND,     /* no region covers the address, or no run fits */
    MEMMAP_BAD_RANGE,     /* an empty or backward range, or one beyond 2^52 pages */
    MEMMAP_WRONG_KIND,    /* memmap_release: a page is not of the kind said; nothing was changed */
    MEMMAP_NOT_NORMAL,    /* memmap_check: unsorted, overlapping, empty, unmerged or misfit region */
    MEMMAP_NOT_BALANCED,  /* the accounting does not close */
    MEMMAP_CLAIM_MISSES,  /* a loaded claim leaves the loader's memory in the exit map */
    MEMMAP_CLAIM_LOST,    /* a page of a loaded claim went to a higher kind or another claim */
};

/* "bad-stride", ...; never NULL. */
const char *memmap_status_name(enum memmap_status status);

/*
 * The region that covers a page: its index, by binary search, or NOT_FOUND.
 * The map must be in normal form. O(log count).
 */
MUST_USE enum memmap_status memmap_find(const struct memmap *map, uint64_t pfn, size_t *ret_index);

/* A set of kinds, bit k = kind k. */
/*@ requires kind < MEMMAP_KIND_COUNT;
    assigns \nothing;
    ensures \result == 1 << kind; */
static inline uint32_t memmap_kind_bit(enum memmap_kind kind)
{
    return UINT32_C(1) << kind;
}

/* What a free run must satisfy; pages, half-open limits. */
struct memmap_want {
    uint64_t page_count;  /* at least 1 */
    uint64_t align_pages; /* power of two; 0 means 1 */
    uint64_t first_pfn;   /* page 0 is never given, whatever this says */
    uint64_t end_pfn;     /* 0 means no limit */
    uint32_t kinds;       /* acceptable kinds, memmap_kind_bit */
    bool from_top;        /* the highest fitting run instead of the lowest */
};

/*
 * The lowest (or highest) aligned run of pages that lies in neighbouring regions of the
 * acceptable kinds. Errors: NOT_FOUND, BAD_RANGE (page_count 0, alignment no power of two).
 * O(count).
 */
MUST_USE enum memmap_status memmap_find_run(const struct memmap *map,
                                            const struct memmap_want *want, uint64_t *ret_pfn);

/*
 * Raises [first_pfn, end_pfn) to `kind`: pages of a lower rank get it, pages of a higher
 * rank stay (*ret_kept_pages of them), holes stay holes. At most two more regions.
 * Errors, without change: BAD_RANGE, NO_ROOM. O(count).
 */
MUST_USE enum memmap_status memmap_reserve(struct memmap *map, uint64_t first_pfn,
                                           uint64_t end_pfn, enum memmap_kind kind,
                                           uint32_t origin, uint64_t *ret_kept_pages);

/*
 * Lowers [first_pfn, end_pfn) from a claim or a reclaimable kind to `to`; page 0 becomes
 * `reserved` where `to` is usable. Errors, without change: WRONG_KIND unless every page has
 * kind `from` and `from` may be released (loader-, boot-, acpi-reclaimable, unaccepted or a
 * claim's kind 7-14); BAD_RANGE; NO_ROOM. O(count).
 */
MUST_USE enum memmap_status memmap_release(struct memmap *map, uint64_t first_pfn,
                                           uint64_t end_pfn, enum memmap_kind from,
                                           enum memmap_kind to);

/* Releases every region of kind `from` (a reclaim stage); *ret_pages that became `to`. */
MUST_USE enum memmap_status memmap_release_all(struct memmap *map, enum memmap_kind from,
                                               enum memmap_kind to, uint64_t *ret_pages);

/* Pages of each kind. O(count). */
void memmap_totals(const struct memmap *map, uint64_t ret_pages[MEMMAP_KIND_COUNT]);

/* Where a map breaks the normal form. */
struct memmap_fault {
    size_t index;       /* of the first offending region */
    const char *reason; /* static text */
};

/*
 * Is this map in normal form for this address width (32..64 bits)? On NOT_NORMAL *ret_fault
 * (may be NULL) names the first offence. O(count).
 */
MUST_USE enum memmap_status memmap_check(const struct memmap *map, unsigned physical_bits,
                                         struct memmap_fault *ret_fault);

C_DECLARATIONS_END

#endif
