/* SPDX-License-Identifier: MIT */
/*
 * Builds page tables; see paging.h. A range is covered from the root downwards:
 *
 *     vpn                                                    end_vpn
 *      |---- slot ----|---- slot ----|---- slot ----|- slot -|
 *      a table below   whole slots, both sides aligned: leaves   a table below
 *
 * Planning goes that way through the tables that are there, refuses what is occupied and
 * counts the tables that are missing; filling goes the same way again and cannot fail.
 * Both recurse once a level, so at most five deep.
 */
#include "base/mem.h"
#include "paging/entry.h"

#define TABLE_BITS (PAGING_PRESENT | PAGING_WRITE | PAGING_ACCESSED)

/* One paging_map call, in pages. */
struct mapping {
    const struct paging *paging;
    uint64_t first_vpn;      /* without sign extension */
    uint64_t end_vpn;
    uint64_t pfn_minus_vpn;  /* modulo 2^64 */
    unsigned top_leaf_level; /* the largest leaf that both sides are congruent to */
    uint64_t small_bits;     /* of a 4 KiB leaf, without the address */
    uint64_t large_bits;     /* of a 2 MiB or 1 GiB leaf */
    uint64_t tables_missing;
    uint64_t next_table;     /* pool address of the table to take next */
};

const char *paging_status_name(enum paging_status status)
{
    switch (status) {
    case PAGING_OK:
        return "ok";
    case PAGING_NO_MEMORY:
        return "no-memory";
    case PAGING_MISALIGNED:
        return "misaligned";
    case PAGING_NOT_CANONICAL:
        return "not-canonical";
    case PAGING_OUT_OF_RANGE:
        return "out-of-range";
    case PAGING_OCCUPIED:
        return "occupied";
    case PAGING_UNMAPPED:
        return "unmapped";
    case PAGING_BAD_LEVELS:
        return "bad-levels";
    case PAGING_BAD_TABLE:
        return "bad-table";
    }
    return "unknown";
}

enum paging_status paging_check(const struct paging *paging)
{
    uint64_t end_pfn;

    if (paging->levels != 4 && paging->levels != 5)
        return PAGING_BAD_LEVELS;
    if (!is_page_aligned(paging->root.value | paging->pool.value | paging->pointer_offset))
        return PAGING_MISALIGNED;
    if (paging->physical_bits > PAGING_PHYSICAL_BITS_MAX)
        return PAGING_OUT_OF_RANGE;
    end_pfn = pfn_of_byte(UINT64_C(1) << paging->physical_bits);
    if (pfn_of_byte(paging->root.value) >= end_pfn ||
        !range_is_inside(pfn_of_byte(paging->pool.value), paging->pool_page_count, end_pfn) ||
        paging->pool_used_count > paging->pool_page_count)
        return PAGING_OUT_OF_RANGE;
    return PAGING_OK;
}

static void clear_table(const struct paging *paging, uint64_t address)
{
    memset(table_at(paging, address), 0, PAGE_BYTES);
}

enum paging_status paging_init(struct paging *paging, unsigned levels, bool has_giant_pages,
                               unsigned physical_bits, uint64_t pointer_offset, paddr_t pool,
                               uint64_t pool_page_count)
{
    struct paging fresh = {
        .root = pool,
        .levels = levels,
        .has_giant_pages = has_giant_pages,
        .physical_bits = physical_bits,
        .pointer_offset = pointer_offset,
        .pool = pool,
        .pool_page_count = pool_page_count,
    };
    enum paging_status status = paging_check(&fresh);

    if (status != PAGING_OK)
        return status;
    if (pool_page_count == 0)
        return PAGING_NO_MEMORY;
    clear_table(&fresh, pool.value);
    fresh.pool_used_count = 1;
    *paging = fresh;
    return PAGING_OK;
}

/* ---- the request ---------------------------------------------------------------------- */

/* Leaves need the same offset into a slot on both sides. */
static unsigned top_leaf_level(const struct paging *paging, uint64_t pfn_minus_vpn)
{
    if (pfn_minus_vpn % slot_pages(2) != 0)
        return 1;
    return paging->has_giant_pages && pfn_minus_vpn % slot_pages(3) == 0 ? 3 : 2;
}

/* Both ends decide: the hole is wider than 2^52 bytes, so no range reaches over it. */
static bool stays_in_its_half(vaddr_t to, uint64_t size_bytes, unsigned bits)
{
    return address_is_canonical(to.value, bits) &&
           address_is_canonical(to.value + (size_bytes - 1), bits);
}

/* Checks the range and turns it into pages; *ret_mapping has no leaf bits yet. */
static enum paging_status prepare(const struct paging *paging, vaddr_t to, paddr_t from,
                                  uint64_t size_bytes, struct mapping *ret_mapping)
{
    uint64_t last_byte;
    uint64_t page_count = pfn_of_byte(size_bytes);
    uint64_t first_vpn;

    if (paging->levels != 4 && paging->levels != 5)
        return PAGING_BAD_LEVELS;
    if (!is_page_aligned(to.value | from.value | size_bytes))
        return PAGING_MISALIGNED;
    if (page_count == 0 || !checked_add_u64(to.value, size_bytes - 1, &last_byte) ||
        !checked_add_u64(from.value, size_bytes - 1, &last_byte) ||
        last_byte > bit_mask_low(paging->physical_bits))
        return PAGING_OUT_OF_RANGE;
    if (!stays_in_its_half(to, size_bytes, virtual_bits(paging)))
        return PAGING_NOT_CANONICAL;
    first_vpn = pfn_of_byte(to.value & bit_mask_low(virtual_bits(paging)));
    *ret_mapping = (struct mapping){
        .paging = paging,
        .first_vpn = first_vpn,
        .end_vpn = first_vpn + page_count,
        .pfn_minus_vpn = pfn_of_byte(from.value) - first_vpn,
    };
    ret_mapping->top_leaf_level = top_leaf_level(paging, ret_mapping->pfn_minus_vpn);
    return PAGING_OK;
}

static void set_leaf_bits(struct mapping *mapping, unsigned rights, enum paging_cache cache)
{
    uint64_t index = (uint64_t)cache;
    uint64_t bits = PAGING_PRESENT | PAGING_ACCESSED | PAGING_GLOBAL;

    if ((rights & PAGING_RIGHT_WRITE) != 0)
        bits |= PAGING_WRITE | PAGING_DIRTY;
    if ((rights & PAGING_RIGHT_EXECUTE) == 0)
        bits |= PAGING_NO_EXECUTE;
    if ((index & 1) != 0)
        bits |= PAGING_PWT;
    if ((index & 2) != 0)
        bits |= PAGING_PCD;
    mapping->small_bits = bits | ((index & 4) != 0 ? PAGING_PAT_4K : 0);
    mapping->large_bits = bits | PAGING_LARGE | ((index & 4) != 0 ? PAGING_PAT_LARGE : 0);
}

/* ---- planning ------------------------------------------------------------------------- */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The first page behind the slot that holds vpn. */
static uint64_t slot_end(uint64_t vpn, unsigned level)
{
    return (vpn | (slot_pages(level) - 1)) + 1;
}

/* Is [vpn, end) a whole slot that one leaf can map? [vpn, end) lies within one slot. */
static bool slot_is_leaf(const struct mapping *mapping, unsigned level, uint64_t vpn, uint64_t end)
{
    return level <= mapping->top_leaf_level && end - vpn == slot_pages(level);
}

/*
 * Tables that [vpn, end) needs at `level` where there are none yet: one for each slot of
 * the level above that it touches, except those that a leaf there fills.
 */
static uint64_t tables_at_level(const struct mapping *mapping, unsigned level, uint64_t vpn,
                                uint64_t end)
{
    unsigned shift = slot_shift(level + 1);
    uint64_t touched = ((end - 1) >> shift) - (vpn >> shift) + 1;
    uint64_t first_whole = (vpn + slot_pages(level + 1) - 1) >> shift;
    uint64_t end_whole = end >> shift;

    if (level + 1 > mapping->top_leaf_level || first_whole >= end_whole)
        return touched;
    return touched - (end_whole - first_whole);
}

/* The same for all levels below `level`. */
static uint64_t tables_below(const struct mapping *mapping, unsigned level, uint64_t vpn,
                             uint64_t end)
{
    uint64_t count = 0;

    while (--level > 0)
        count += tables_at_level(mapping, level, vpn, end);
    return count;
}

static enum paging_status plan_page_table(const uint64_t *table, uint64_t vpn, uint64_t end)
{
    unsigned first = slot_index(vpn, 1);
    unsigned count = (unsigned)(end - vpn);

    for (unsigned i = first; i < first + count; i++) {
        if ((table[i] & PAGING_PRESENT) != 0)
            return PAGING_OCCUPIED;
    }
    return PAGING_OK;
}

static enum paging_status plan_table(struct mapping *mapping, unsigned level,
                                     const uint64_t *table, uint64_t vpn, uint64_t end);

/* What lies below one entry that is present. */
static enum paging_status plan_present(struct mapping *mapping, unsigned level, uint64_t entry,
                                       uint64_t vpn, uint64_t end)
{
    switch (entry_role(mapping->paging, entry, level)) {
    case ENTRY_TABLE:
        return plan_table(mapping, level - 1,
                          table_at(mapping->paging, entry_table_address(entry)), vpn, end);
    case ENTRY_LEAF:
        return PAGING_OCCUPIED;
    default:
        return PAGING_BAD_TABLE;
    }
}

/* [vpn, end) lies within the table and is not empty. */
static enum paging_status plan_table(struct mapping *mapping, unsigned level,
                                     const uint64_t *table, uint64_t vpn, uint64_t end)
{
    if (level == 1)
        return plan_page_table(table, vpn, end);
    while (vpn < end) {
        uint64_t entry = table[slot_index(vpn, level)];
        uint64_t next = min_u64(end, slot_end(vpn, level));
        enum paging_status status = PAGING_OK;

        if ((entry & PAGING_PRESENT) != 0)
            status = plan_present(mapping, level, entry, vpn, next);
        else if (!slot_is_leaf(mapping, level, vpn, next))
            mapping->tables_missing += tables_below(mapping, level, vpn, next);
        if (status != PAGING_OK)
            return status;
        vpn = next;
    }
    return PAGING_OK;
}

/* ---- filling -------------------------------------------------------------------------- */

static uint64_t address_of(const struct mapping *mapping, uint64_t vpn)
{
    return byte_of_pfn(vpn + mapping->pfn_minus_vpn);
}

/* Leaves for the whole free slots from vpn on; where these end. */
static uint64_t fill_leaves(const struct mapping *mapping, unsigned level, uint64_t *table,
                            uint64_t vpn, uint64_t end)
{
    unsigned shift = slot_shift(level);
    uint64_t *entry = table + slot_index(vpn, level);
    uint64_t count = (end - vpn) >> shift;
    uint64_t value = address_of(mapping, vpn);
    uint64_t i;

    if (level > mapping->top_leaf_level || vpn % slot_pages(level) != 0)
        return vpn;
    value |= level == 1 ? mapping->small_bits : mapping->large_bits;
    for (i = 0; i < count && (entry[i] & PAGING_PRESENT) == 0; i++) {
        entry[i] = value;
        value += slot_bytes(level);
    }
    return vpn + (i << shift);
}

/* The table below this entry; an absent one is taken from the pool. */
static uint64_t *enter_table(struct mapping *mapping, uint64_t *entry)
{
    uint64_t address = entry_table_address(*entry);

    if ((*entry & PAGING_PRESENT) == 0) {
        address = mapping->next_table;
        mapping->next_table += PAGE_BYTES;
        clear_table(mapping->paging, address);
        /* Not before the zeros: a CPU that uses these tables may look at any time. */
        __atomic_store_n(entry, address | TABLE_BITS, __ATOMIC_RELEASE);
    }
    return table_at(mapping->paging, address);
}

/*
 * As plan_table, which has found that nothing here can go wrong. (At level 1 every page is
 * a free slot, so it goes no deeper.)
 */
static void fill_table(struct mapping *mapping, unsigned level, uint64_t *table, uint64_t vpn,
                       uint64_t end)
{
    while ((vpn = fill_leaves(mapping, level, table, vpn, end)) < end) {
        uint64_t *entry = table + slot_index(vpn, level);
        uint64_t next = min_u64(end, slot_end(vpn, level));

        fill_table(mapping, level - 1, enter_table(mapping, entry), vpn, next);
        vpn = next;
    }
}

/* ---- public functions ----------------------------------------------------------------- */

enum paging_status paging_map(struct paging *paging, vaddr_t to, paddr_t from, uint64_t size_bytes,
                              unsigned rights, enum paging_cache cache)
{
    struct mapping mapping;
    uint64_t *root = table_at(paging, paging->root.value);
    enum paging_status status = prepare(paging, to, from, size_bytes, &mapping);

    if (status != PAGING_OK)
        return status;
    status = plan_table(&mapping, paging->levels, root, mapping.first_vpn, mapping.end_vpn);
    if (status != PAGING_OK)
        return status;
    if (mapping.tables_missing > paging->pool_page_count - paging->pool_used_count)
        return PAGING_NO_MEMORY;
    set_leaf_bits(&mapping, rights, cache);
    mapping.next_table = paging->pool.value + byte_of_pfn(paging->pool_used_count);
    fill_table(&mapping, paging->levels, root, mapping.first_vpn, mapping.end_vpn);
    paging->pool_used_count += mapping.tables_missing;
    return PAGING_OK;
}

uint64_t paging_tables_bound(const struct paging *paging, vaddr_t to, paddr_t from,
                             uint64_t size_bytes)
{
    struct mapping mapping;

    if (prepare(paging, to, from, size_bytes, &mapping) != PAGING_OK)
        return 0;
    return tables_below(&mapping, paging->levels, mapping.first_vpn, mapping.end_vpn);
}

void paging_clear_root_entry(struct paging *paging, vaddr_t address)
{
    uint64_t *root = table_at(paging, paging->root.value);

    root[slot_index(pfn_of_byte(address.value), paging->levels)] = 0;
}
