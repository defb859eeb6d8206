/* SPDX-License-Identifier: MIT */
/*
 * What builder and walker know about one table entry; for common/paging alone.
 *
 * Levels count from the leaf: 1 page table, 2 page directory, 3 PDPT, 4 PML4, 5 PML5.
 * A slot is what one entry stands for: 1, 512, 512^2, ... pages. Positions are page
 * numbers (vpn), so that a range that ends at 2^64 needs no special case; only the
 * nine bits a level looks at matter, a sign extension above them does not.
 */
#ifndef GROMA_PAGING_ENTRY_H
#define GROMA_PAGING_ENTRY_H

#include "base/bits.h"
#include "paging/paging.h"

#define TABLE_ENTRIES  512u
#define LEVEL_BITS     9u
#define LEAF_LEVEL_MAX 3u /* 1 GiB */
#define RIGHTS_ALL     (PAGING_RIGHT_WRITE | PAGING_RIGHT_EXECUTE | PAGING_RIGHT_USER)

enum entry_role {
    ENTRY_ABSENT,
    ENTRY_TABLE,
    ENTRY_LEAF,
    ENTRY_BAD, /* present, with reserved bits set: the CPU would fault */
};

static inline unsigned slot_shift(unsigned level)
{
    return LEVEL_BITS * (level - 1);
}

static inline uint64_t slot_pages(unsigned level)
{
    return UINT64_C(1) << slot_shift(level);
}

static inline uint64_t slot_bytes(unsigned level)
{
    return PAGE_BYTES << slot_shift(level);
}

static inline unsigned slot_index(uint64_t vpn, unsigned level)
{
    return (unsigned)(vpn >> slot_shift(level)) % TABLE_ENTRIES;
}

/* The bits of a virtual address that translate: 48 or 57. */
static inline unsigned virtual_bits(const struct paging *paging)
{
    return 12 + LEVEL_BITS * paging->levels;
}

static inline uint64_t *table_at(const struct paging *paging, uint64_t address)
{
    return (uint64_t *)(uintptr_t)(address + paging->pointer_offset);
}

/* Address of the table that a table entry names. */
static inline uint64_t entry_table_address(uint64_t entry)
{
    return entry & bit_mask_low(PAGING_PHYSICAL_BITS_MAX) & ~(PAGE_BYTES - 1);
}

static inline bool entry_is_leaf(uint64_t entry, unsigned level)
{
    return level == 1 || (entry & PAGING_LARGE) != 0;
}

/*
 * Is a bit set that must be 0 in a present entry? SDM vol. 3A, 4.5, tables 4-14 to 4-20:
 *
 *   51        M                  29     20      13 12       7
 *   | reserved | physical address               |PAT| ... |PS|   M = physical address width
 *                                |<- 0 if 1 GiB ->|
 *                                       |<- 2 MiB ->|
 */
static inline bool entry_has_reserved_bits(const struct paging *paging, uint64_t entry,
                                           unsigned level)
{
    if ((entry & bit_mask_low(PAGING_PHYSICAL_BITS_MAX)) >> paging->physical_bits != 0)
        return true;
    if (level == 1 || (entry & PAGING_LARGE) == 0)
        return false;
    if (level > LEAF_LEVEL_MAX || (level == LEAF_LEVEL_MAX && !paging->has_giant_pages))
        return true;
    return (entry & (slot_bytes(level) - 1)) >> 13 != 0;
}

static inline enum entry_role entry_role(const struct paging *paging, uint64_t entry,
                                         unsigned level)
{
    if ((entry & PAGING_PRESENT) == 0)
        return ENTRY_ABSENT;
    if (entry_has_reserved_bits(paging, entry, level))
        return ENTRY_BAD;
    return entry_is_leaf(entry, level) ? ENTRY_LEAF : ENTRY_TABLE;
}

#endif
