/* SPDX-License-Identifier: MIT */
/* Writes seen by the live tables; see dirty.h. The bits are common/paging's. */
#include "dirty.h"

#include "arch/x86_64/machine.h"

static vaddr_t address_of(const void *bytes)
{
    return vaddr((uint64_t)(uintptr_t)bytes);
}

void dirty_forget(const struct kernel *kernel, const void *first, uint64_t size_bytes)
{
    if (paging_clear_dirty(&kernel->paging, address_of(first), size_bytes) != 0)
        machine_flush_tlb();
}

bool dirty_is_written(const struct kernel *kernel, const void *first, uint64_t size_bytes)
{
    struct paging_leaf leaf;

    return paging_find_dirty(&kernel->paging, address_of(first), size_bytes, &leaf);
}

bool dirty_find(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    const struct kernel *kernel = context;
    struct paging_leaf leaf;

    /* The upper half, all that is mapped, ends where addresses wrap to 0. */
    if (!paging_find_dirty(&kernel->paging, vaddr(address), UINT64_C(0) - address, &leaf))
        return false;
    *ret_first = leaf.to.value;
    *ret_end = leaf.to.value + leaf.size_bytes;
    return true;
}
