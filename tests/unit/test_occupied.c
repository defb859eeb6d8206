/* SPDX-License-Identifier: MIT */
/* Who has memory that was to be kept free. */
#include <criterion/criterion.h>

#include "base/address.h"
#include "handoff/occupied.h"

struct descriptor {
    uint32_t type, padding;
    uint64_t start, virtual_start, page_count, attributes;
};

/*   10      20      30   40      50     60
 *   |conv.--|loader-|    |conv.--|rt.---|        and entries that mean nothing */
static struct descriptor entries[] = {
    {.type = 7, .start = 0x10000, .page_count = 0x10, .attributes = 15},
    {.type = 2, .start = 0x70000, .page_count = 0, .attributes = 15},
    {.type = 2, .start = 0x80000, .page_count = UINT64_MAX, .attributes = 15},
    {.type = 1, .start = 0x20000, .page_count = 0x10, .attributes = 15},
    {.type = 7, .start = 0x40000, .page_count = 0x10, .attributes = 15},
    {.type = 6, .start = 0x50000, .page_count = 0x10, .attributes = UINT64_C(1) << 63 | 15},
};

/* The type that is found in [first, end), or -1. */
static int found(uint64_t first_pfn, uint64_t end_pfn)
{
    struct memmap_source source;
    struct memmap_entry entry;

    cr_assert_eq(memmap_source_uefi(&source, entries, sizeof entries, sizeof entries[0]), MEMMAP_OK);
    return occupied_find(&source, first_pfn, end_pfn, &entry) ? (int)entry.type : -1;
}

Test(occupied_find, names_the_entry_that_shares_a_page)
{
    cr_assert_eq(found(0x10, 0x20), -1);
    cr_assert_eq(found(0x10, 0x21), 1);
    cr_assert_eq(found(0x1f, 0x31), 1);
    cr_assert_eq(found(0x2f, 0x30), 1);
    cr_assert_eq(found(0x30, 0x50), -1);
    cr_assert_eq(found(0x30, 0x51), 6);
    cr_assert_eq(found(0x5f, UINT64_C(1) << 40), 6);
    cr_assert_eq(found(0x60, UINT64_C(1) << 40), -1);
    cr_assert_eq(found(0x10, 0x60), 1, "the first in the firmware's order");
}

Test(occupied_find, tells_memory_in_use_from_memory_that_is_not)
{
    static const bool in_use[16] = {[1] = true, [2] = true, [3] = true, [4] = true, [5] = true,
                                    [6] = true, [9] = true, [10] = true};
    uint32_t type_before = entries[3].type;

    for (uint32_t type = 0; type < 16; type++) {
        entries[3].type = type;
        cr_assert_eq(found(0x20, 0x30), in_use[type] ? (int)type : -1, "type %u", type);
    }
    entries[3].type = type_before;
}
