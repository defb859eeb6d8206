/* SPDX-License-Identifier: MIT */
/* Dirty bits of leaves: SDM vol. 3A, 4.8 "Accessed and Dirty Flags"; see paging.h. */
#include "paging/entry.h"

/* An entry that decides about a page, and how many pages it stands for. */
struct slot {
    uint64_t *entry;
    enum entry_role role; /* no table */
    uint64_t end_vpn;
};

static struct slot slot_of(const struct paging *paging, uint64_t vpn)
{
    uint64_t table = paging->root.value;

    for (unsigned level = paging->levels;; level--) {
        uint64_t *entry = &table_at(paging, table)[slot_index(vpn, level)];
        enum entry_role role = entry_role(paging, *entry, level);
        if (role != ENTRY_TABLE)
            return (struct slot){entry, role, (vpn & ~(slot_pages(level) - 1)) + slot_pages(level)};
        table = entry_table_address(*entry);
    }
}

/* The first leaf at or above *vpn that is dirty; *vpn is then a page of it. */
static bool find_dirty(const struct paging *paging, uint64_t *vpn, uint64_t end_vpn,
                       struct slot *ret_slot)
{
    for (; *vpn < end_vpn; *vpn = ret_slot->end_vpn) {
        *ret_slot = slot_of(paging, *vpn);
        if (ret_slot->role == ENTRY_LEAF && (*ret_slot->entry & PAGING_DIRTY) != 0)
            return true;
    }
    return false;
}

uint64_t paging_clear_dirty(const struct paging *paging, vaddr_t first, uint64_t size_bytes)
{
    uint64_t vpn = pfn_of_byte(first.value);
    uint64_t end_vpn = vpn + pages_for_bytes(first.value % PAGE_BYTES + size_bytes);
    uint64_t count = 0;
    struct slot slot;

    for (; find_dirty(paging, &vpn, end_vpn, &slot); vpn = slot.end_vpn) {
        /* Another CPU may be setting a bit of it. */
        (void)__atomic_fetch_and(slot.entry, ~PAGING_DIRTY, __ATOMIC_RELAXED);
        count++;
    }
    return count;
}

bool paging_find_dirty(const struct paging *paging, vaddr_t first, uint64_t size_bytes,
                       struct paging_leaf *ret_leaf)
{
    uint64_t vpn = pfn_of_byte(first.value);
    uint64_t end_vpn = vpn + pages_for_bytes(first.value % PAGE_BYTES + size_bytes);
    struct slot slot;

    return find_dirty(paging, &vpn, end_vpn, &slot) &&
           paging_find(paging, vaddr(byte_of_pfn(vpn)), ret_leaf) == PAGING_OK;
}
