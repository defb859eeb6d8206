/* SPDX-License-Identifier: MIT */
/*
 * Reads page tables back; see paging.h. Nothing is trusted but the description: each
 * entry is checked for reserved bits before it is followed. (An address inside the
 * physical width is followed, wherever it leads.)
 */
#include "paging/entry.h"

static unsigned entry_rights(uint64_t entry)
{
    return ((entry & PAGING_WRITE) != 0 ? PAGING_RIGHT_WRITE : 0) |
           ((entry & PAGING_NO_EXECUTE) == 0 ? PAGING_RIGHT_EXECUTE : 0) |
           ((entry & PAGING_USER) != 0 ? PAGING_RIGHT_USER : 0);
}

static unsigned entry_pat_index(uint64_t entry, unsigned level)
{
    uint64_t pat_bit = level == 1 ? PAGING_PAT_4K : PAGING_PAT_LARGE;

    return ((entry & PAGING_PWT) != 0 ? 1u : 0) | ((entry & PAGING_PCD) != 0 ? 2u : 0) |
           ((entry & pat_bit) != 0 ? 4u : 0);
}

/* The leaf that `entry` makes at `to`; rights are joined already. */
static void set_leaf(struct paging_leaf *leaf, unsigned level, uint64_t to, uint64_t entry,
                     unsigned rights)
{
    uint64_t size_bytes = slot_bytes(level);

    leaf->to = vaddr(to);
    leaf->from = paddr(entry_table_address(entry) & ~(size_bytes - 1));
    leaf->size_bytes = size_bytes;
    leaf->rights = rights;
    leaf->pat_index = entry_pat_index(entry, level);
    leaf->global = (entry & PAGING_GLOBAL) != 0;
}

enum paging_status paging_find(const struct paging *paging, vaddr_t address,
                               struct paging_leaf *ret_leaf)
{
    uint64_t vpn = pfn_of_byte(address.value);
    uint64_t table = paging->root.value;
    unsigned rights = RIGHTS_ALL;

    if (!address_is_canonical(address.value, virtual_bits(paging)))
        return PAGING_NOT_CANONICAL;
    for (unsigned level = paging->levels; level > 0; level--) {
        uint64_t entry = table_at(paging, table)[slot_index(vpn, level)];

        rights &= entry_rights(entry);
        switch (entry_role(paging, entry, level)) {
        case ENTRY_ABSENT:
            return PAGING_UNMAPPED;
        case ENTRY_BAD:
            return PAGING_BAD_TABLE;
        case ENTRY_LEAF:
            set_leaf(ret_leaf, level, address.value & ~(slot_bytes(level) - 1), entry, rights);
            return PAGING_OK;
        case ENTRY_TABLE:
            table = entry_table_address(entry);
        }
    }
    return PAGING_BAD_TABLE; /* not reached: an entry of level 1 is no table */
}

/* ---- the walk ------------------------------------------------------------------------- */

static void walk_enter(struct paging_walk *walk, unsigned level, uint64_t address, uint64_t first,
                       unsigned rights)
{
    const struct paging *paging = walk->paging;
    /* below the pool the difference wraps, to more pages than a pool can have */
    bool is_inside = pfn_of_byte(address - paging->pool.value) < paging->pool_page_count;

    walk->level = level;
    walk->tables[level - 1] = (struct paging_walk_table){
        .entries = table_at(paging, address),
        .first = first,
        .rights = rights,
    };
    walk->tables_seen++;
    walk->tables_outside += !is_inside;
}

void paging_walk_begin(struct paging_walk *walk, const struct paging *paging)
{
    *walk = (struct paging_walk){.paging = paging};
    walk_enter(walk, paging->levels, paging->root.value, 0, RIGHTS_ALL);
}

/* Moves on to an entry that is present; false at the end of the table. */
static bool find_present(struct paging_walk_table *table)
{
    unsigned i = table->next;

    while (i < TABLE_ENTRIES && (table->entries[i] & PAGING_PRESENT) == 0)
        i++;
    table->next = i;
    return i < TABLE_ENTRIES;
}

/* The root's upper half stands for the high addresses: the top bit that translates is extended. */
static uint64_t first_of_slot(const struct paging_walk *walk, const struct paging_walk_table *table)
{
    uint64_t first = table->first + table->next * slot_bytes(walk->level);

    if (walk->level < walk->paging->levels || table->next < TABLE_ENTRIES / 2)
        return first;
    return first | ~bit_mask_low(virtual_bits(walk->paging));
}

/* The report on a bad entry: which addresses it spoils, and where it lies. */
static void set_bad_entry(struct paging_leaf *leaf, const struct paging_walk *walk, uint64_t to,
                          const uint64_t *entry)
{
    *leaf = (struct paging_leaf){
        .to = vaddr(to),
        .from = paddr((uint64_t)(uintptr_t)entry - walk->paging->pointer_offset),
        .size_bytes = slot_bytes(walk->level),
    };
}

enum paging_status paging_walk_next(struct paging_walk *walk, struct paging_leaf *ret_leaf)
{
    while (walk->level <= walk->paging->levels) {
        unsigned level = walk->level;
        struct paging_walk_table *table = &walk->tables[level - 1];

        if (!find_present(table)) {
            walk->level++;
            continue;
        }
        uint64_t to = first_of_slot(walk, table);
        const uint64_t *entry = table->entries + table->next++;
        unsigned rights = table->rights & entry_rights(*entry);

        switch (entry_role(walk->paging, *entry, level)) {
        case ENTRY_TABLE:
            walk_enter(walk, level - 1, entry_table_address(*entry), to, rights);
            break;
        case ENTRY_LEAF:
            set_leaf(ret_leaf, level, to, *entry, rights);
            return PAGING_OK;
        default:
            set_bad_entry(ret_leaf, walk, to, entry);
            return PAGING_BAD_TABLE;
        }
    }
    return PAGING_UNMAPPED;
}

/* ---- the audit ------------------------------------------------------------------------ */

/* Counts one more fault; a walk goes upwards, so the first one is the lowest. */
static void note(uint64_t *count, vaddr_t *first, vaddr_t address)
{
    if (*count == 0)
        *first = address;
    (*count)++;
}

static void audit_leaf(struct paging_audit *audit, const struct paging_leaf *leaf)
{
    const unsigned both = PAGING_RIGHT_WRITE | PAGING_RIGHT_EXECUTE;

    audit->small_count += leaf->size_bytes == PAGE_BYTES;
    audit->large_count += leaf->size_bytes == LARGE_PAGE_BYTES;
    audit->giant_count += leaf->size_bytes == GIANT_PAGE_BYTES;
    audit->mapped_bytes += leaf->size_bytes;
    if ((leaf->rights & both) == both)
        note(&audit->writable_executable_count, &audit->first_writable_executable, leaf->to);
    if ((leaf->rights & PAGING_RIGHT_USER) != 0)
        note(&audit->user_count, &audit->first_user, leaf->to);
    if (leaf->to.value >> 63 == 0)
        note(&audit->low_half_count, &audit->first_low_half, leaf->to);
    if (leaf->to.value == 0)
        audit->null_mapped = true;
}

void paging_audit(const struct paging *paging, struct paging_audit *ret_audit)
{
    struct paging_audit audit = {0};
    struct paging_walk walk;
    struct paging_leaf leaf;
    enum paging_status status;

    paging_walk_begin(&walk, paging);
    while ((status = paging_walk_next(&walk, &leaf)) != PAGING_UNMAPPED) {
        if (status == PAGING_BAD_TABLE)
            note(&audit.bad_entry_count, &audit.first_bad_entry, leaf.to);
        else
            audit_leaf(&audit, &leaf);
    }
    audit.tables_seen = walk.tables_seen;
    audit.tables_outside = walk.tables_outside;
    *ret_audit = audit;
}
