/* SPDX-License-Identifier: MIT */
/* Loaded claims: pages of the loader's own, kept to the last; the first that is not is named. */
#include "test_memmap_engine.h"

#define LOADED(first, end, kind_) \
    {.first_pfn = first, .end_pfn = end, .kind = kind_, .flags = MEMMAP_CLAIM_LOADED}
#define PLAIN(first, end, kind_) {.first_pfn = first, .end_pfn = end, .kind = kind_}

/*   loader   |------------|
 *   other              |-------|
 *   claims   the row's                                                                       */
struct row {
    struct memmap_region entries[2];
    size_t entry_count;
    struct memmap_claim claims[3];
    size_t claim_count;
    enum memmap_status status;
    uint32_t claim, origin;
    uint64_t pfn;
};

static void expect_row(const struct row *row, size_t number)
{
    struct made made =
        make_of_pages(row->entries, row->entry_count, row->claims, row->claim_count, 40);

    cr_assert_eq(made.status, row->status, "row %zu: %s", number, memmap_status_name(made.status));
    cr_assert_eq(made.report.fault_claim, row->claim, "row %zu: claim %u", number,
                 made.report.fault_claim);
    expect_fault(&made, row->status, row->claim, row->origin, row->pfn);
    release(&made);
}

#define EXPECT_ROWS(rows)                        \
    for (size_t i = 0; i < COUNT(rows); i++)     \
        expect_row(&(rows)[i], i)

#define LOADER    PAGES(0x100, 0x110, L, WB)
#define NO_FAULT  MEMMAP_OK, MEMMAP_NO_ORIGIN, MEMMAP_NO_ORIGIN, 0

Test(memmap_normalize, is_content_with_loaded_claims_that_keep_the_loaders_pages)
{
    static const struct row rows[] = {
        {{LOADER}, 1, {LOADED(0x100, 0x110, KERNEL)}, 1, NO_FAULT},
        {{LOADER}, 1, {LOADED(0x100, 0x104, KERNEL), LOADED(0x104, 0x108, KERNEL)}, 2, NO_FAULT},
        /* Over memory that is called usable, too; under a claim of a lower kind. */
        {{LOADER, PAGES(0x108, 0x118, U, WB)}, 2, {LOADED(0x104, 0x110, KERNEL)}, 1, NO_FAULT},
        {{LOADER}, 1, {LOADED(0x102, 0x104, MODULE), PLAIN(0x100, 0x108, KERNEL)}, 2, NO_FAULT},
        /* Claims that are not loaded need no loader's memory and may lose pages. */
        {{LOADER}, 1, {PLAIN(0x10e, 0x112, KERNEL), PLAIN(0x111, 0x114, FRAMEBUFFER)}, 2, NO_FAULT},
        {{LOADER}, 0, {PLAIN(0x100, 0x104, KERNEL)}, 1, NO_FAULT},
    };

    EXPECT_ROWS(rows);
}

/* A claim alone, before the loader's memory, behind it, over its end, and under another claim. */
Test(memmap_normalize, names_the_first_page_that_a_loaded_claim_has_outside_the_loaders_memory)
{
    static const struct row rows[] = {
        {{LOADER}, 0, {LOADED(0x200, 0x204, KERNEL)}, 1, MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0x200},
        {{LOADER}, 1, {PLAIN(0x300, 0x304, KERNEL), LOADED(0x200, 0x204, KERNEL)}, 2,
         MEMMAP_CLAIM_MISSES, 1, CLAIM(1), 0x200},
        {{LOADER}, 1, {LOADED(0xfe, 0x104, KERNEL)}, 1, MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0xfe},
        {{LOADER}, 1, {LOADED(0x10c, 0x112, KERNEL)}, 1, MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0x110},
        /* In other memory the fault names its entry; where nobody says anything, who has the page. */
        {{LOADER, PAGES(0x110, 0x120, U, WB)}, 2, {LOADED(0x10c, 0x112, KERNEL)}, 1,
         MEMMAP_CLAIM_MISSES, 0, 1, 0x110},
        {{LOADER}, 0, {LOADED(0x204, 0x206, MODULE), PLAIN(0x200, 0x208, KERNEL)}, 2,
         MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0x204},
        {{LOADER}, 0, {LOADED(0x204, 0x206, MODULE), PLAIN(0x200, 0x205, MODULE)}, 2,
         MEMMAP_CLAIM_MISSES, 0, CLAIM(1), 0x204},
    };

    EXPECT_ROWS(rows);
}

/* To an entry of a higher kind, to a claim, to another loaded claim though it be of the same kind. */
Test(memmap_normalize, names_the_first_page_that_a_loaded_claim_lost)
{
    static const struct row rows[] = {
        {{LOADER, PAGES(0x103, 0x104, MEMMAP_RESERVED, 0)}, 2, {LOADED(0x102, 0x106, KERNEL)}, 1,
         MEMMAP_CLAIM_LOST, 0, 1, 0x103},
        {{LOADER}, 0, {LOADED(0x204, 0x206, KERNEL), PLAIN(0x200, 0x208, FRAMEBUFFER)}, 2,
         MEMMAP_CLAIM_LOST, 0, CLAIM(1), 0x204},
        {{LOADER}, 1, {LOADED(0x102, 0x106, KERNEL), LOADED(0x104, 0x108, KERNEL)}, 2,
         MEMMAP_CLAIM_LOST, 1, CLAIM(0), 0x104},
        {{LOADER}, 1, {LOADED(0x104, 0x108, KERNEL), LOADED(0x102, 0x106, KERNEL)}, 2,
         MEMMAP_CLAIM_LOST, 0, CLAIM(1), 0x104},
    };

    EXPECT_ROWS(rows);
}

/* The first in the order of pages: of the same claim, of claims apart, of claims in one cluster. */
Test(memmap_normalize, reports_the_first_fault_of_several)
{
    static const struct row rows[] = {
        {{LOADER}, 1, {LOADED(0x300, 0x304, KERNEL), LOADED(0x200, 0x204, MODULE)}, 2,
         MEMMAP_CLAIM_MISSES, 1, CLAIM(1), 0x200},
        {{LOADER, PAGES(0x103, 0x104, MEMMAP_RESERVED, 0)}, 2,
         {LOADED(0x102, 0x106, KERNEL), LOADED(0x10e, 0x112, MODULE), LOADED(0x200, 0x201, MODULE)}, 3,
         MEMMAP_CLAIM_LOST, 0, 1, 0x103},
        {{LOADER, PAGES(0x110, 0x112, MEMMAP_RESERVED, 0)}, 2,
         {LOADED(0x10e, 0x114, KERNEL), LOADED(0xfe, 0x101, MODULE)}, 2,
         MEMMAP_CLAIM_MISSES, 1, CLAIM(1), 0xfe},
        /* Both leave the loader's memory at once: who began last. */
        {{LOADER}, 1, {LOADED(0x108, 0x114, KERNEL), PLAIN(0x109, 0x118, U),
                       LOADED(0x112, 0x113, KERNEL)}, 3,
         MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0x110},
    };

    EXPECT_ROWS(rows);
}

/* The map and the accounting are whole in spite of it. */
Test(memmap_normalize, makes_the_whole_map_in_spite_of_a_fault)
{
    static const struct memmap_region entry = LOADER;
    static const struct memmap_claim claims[] = {LOADED(0x10e, 0x112, KERNEL),
                                                 LOADED(0x200, 0x203, MODULE)};
    struct made made = make_of_pages(&entry, 1, claims, 2, 40);

    expect_fault(&made, MEMMAP_CLAIM_MISSES, 0, CLAIM(0), 0x110);
    EXPECT_REGIONS(&made, REGION(0x100, 0x10e, L, WB, 0, 0),
                   REGION(0x10e, 0x110, KERNEL, WB, CLAIM(0), SHARED),
                   REGION(0x110, 0x112, KERNEL, 0, CLAIM(0), 0),
                   REGION(0x200, 0x203, MODULE, 0, CLAIM(1), 0));
    cr_assert_eq(made.report.claimed.pages, 5);
    cr_assert_eq(made.report.stated.pages, 0x10);
    release(&made);
}
