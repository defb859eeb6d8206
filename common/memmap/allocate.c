/* SPDX-License-Identifier: MIT */
/* Find and reserve in one step; see allocate.h. */
#include "memmap/allocate.h"

/* Does `kind` rank above each of these known kinds? */
/*@ assigns \nothing;
    ensures \result ==> \forall integer k; kind <= k < MEMMAP_KIND_COUNT ==>
        (kinds & (1 << k)) == 0;
    ensures !\result ==> \exists integer k; kind <= k < MEMMAP_KIND_COUNT &&
        (kinds & (1 << k)) != 0; */
static bool ranks_above(enum memmap_kind kind, uint32_t kinds)
{
    /*@ loop invariant kind <= k && (kind < MEMMAP_KIND_COUNT ==> k <= MEMMAP_KIND_COUNT);
        loop invariant \forall integer j; kind <= j < k ==> (kinds & (1 << j)) == 0;
        loop assigns k;
        loop variant \max(0, MEMMAP_KIND_COUNT - k); */
    for (unsigned k = (unsigned)kind; k < MEMMAP_KIND_COUNT; k++)
        if ((kinds & memmap_kind_bit((enum memmap_kind)k)) != 0)
            return false;
    return true;
}

enum memmap_status memmap_allocate(struct memmap *map, const struct memmap_want *want,
                                   enum memmap_kind kind, uint32_t origin, uint64_t *ret_pfn)
{
    uint64_t pfn;
    uint64_t kept_pages; /* 0: every page of the run ranks below `kind` */
    enum memmap_status status;

    if ((unsigned)kind >= MEMMAP_KIND_COUNT || !ranks_above(kind, want->kinds))
        return MEMMAP_BAD_RANGE;
    status = memmap_find_run(map, want, &pfn);
    if (status == MEMMAP_OK)
        status = memmap_reserve(map, pfn, pfn + want->page_count, kind, origin, &kept_pages);
    if (status == MEMMAP_OK)
        *ret_pfn = pfn;
    return status;
}
