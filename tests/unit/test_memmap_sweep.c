/* SPDX-License-Identifier: MIT */
/* The sweep: which regions, who decides them, their flags and attributes, findings. */
#include "test_memmap_engine.h"

/* ---- who decides ----------------------------------------------------------------------------- */

/*   rounded   |..---|               all reserved, all begin in page 100
 *   exact     |---------|
 *   claim     |-|                                                                            */
Test(memmap_normalize, lets_exact_entries_decide_before_rounded_ones_before_claims)
{
    static const struct bytes_entry entries[] = {
        {0x100800, 0x1000, E820_RESERVED},
        {0x100000, 0x3000, E820_RESERVED},
    };
    static const struct memmap_claim claim = {.first_pfn = 0x100, .end_pfn = 0x101, .kind = R};
    struct made all = make_of_bytes(entries, 2, &claim, 1, 40);
    struct made no_exact = make_of_bytes(entries, 1, &claim, 1, 40);
    struct made no_entry = make_of_bytes(entries, 0, &claim, 1, 40);

    EXPECT_REGIONS(&all, REGION(0x100, 0x103, R, 0, 1, SHARED));
    EXPECT_REGIONS(&no_exact, REGION(0x100, 0x102, R, 0, 0, SHARED));
    EXPECT_REGIONS(&no_entry, REGION(0x100, 0x101, R, 0, CLAIM(0), 0));
    release(&all);
    release(&no_exact);
    release(&no_entry);
}

/* Of what begins together: where it ends, then attributes, then the place in the list. */
Test(memmap_normalize, lets_the_earlier_end_then_lower_attributes_then_the_earlier_entry_decide)
{
    struct made ends = MAKE(PAGES(0x100, 0x105, B, WB), PAGES(0x100, 0x103, B, WB),
                            PAGES(0x100, 0x104, B, UC));
    struct made attributes = MAKE(PAGES(0x100, 0x103, B, WB | XP), PAGES(0x100, 0x103, B, WB),
                                  PAGES(0x100, 0x103, B, WB | RO));
    struct made alike = MAKE(PAGES(0x200, 0x201, R, 0), PAGES(0x100, 0x103, B, WB),
                             PAGES(0x100, 0x103, B, WB));

    EXPECT_REGIONS(&ends, REGION(0x100, 0x104, B, 0, 1, SHARED), REGION(0x104, 0x105, B, WB, 0, 0));
    EXPECT_REGIONS(&attributes, REGION(0x100, 0x103, B, WB | XP | RO, 1, SHARED));
    EXPECT_REGIONS(&alike, REGION(0x100, 0x103, B, WB, 1, SHARED), REGION(0x200, 0x201, R, 0, 0, 0));
    release(&ends);
    release(&attributes);
    release(&alike);
}

/* Of rounded ones what they say decides last: base, pages, bytes. All of a row cover the same pages. */
Test(memmap_normalize, orders_rounded_entries_by_the_bytes_that_they_say)
{
    static const struct {
        struct bytes_entry entries[2]; /* the second one decides */
        unsigned physical_bits;
        uint64_t first_pfn, end_pfn;
    } rows[] = {
        {{{0x100900, 0x1000, E820_RESERVED}, {0x100800, 0x1000, E820_RESERVED}}, 40, 0x100, 0x102},
        {{{0x100800, 0x1000, E820_RESERVED}, {0x100800, 0xfff, E820_RESERVED}}, 40, 0x100, 0x102},
        {{{0x100800, 0xc00, E820_RESERVED}, {0x100800, 0xb00, E820_RESERVED}}, 40, 0x100, 0x102},
        {{{0xfffff000, 0x3000, E820_RESERVED}, {0xfffff000, 0x2000, E820_RESERVED}},
         32, 0xfffff, 0x100000},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made = make_of_bytes(rows[i].entries, 2, NULL, 0, rows[i].physical_bits);
        EXPECT_REGIONS(&made, REGION(rows[i].first_pfn, rows[i].end_pfn, R, 0, 1, SHARED));
        expect_finding(&made, MEMMAP_DUPLICATE, 0, 0);
        release(&made);
    }
}

/*   boot   0 |-------|             what is left of boot behind the reserved pages is decided by
 *          1    |--|               2, which is the first that began and goes on
 *          2       |-----------|
 *          3            |---|
 *   reserved     |-----|                                                                     */
Test(memmap_normalize, lets_the_first_that_is_still_open_decide)
{
    struct made made = MAKE(PAGES(0x100, 0x108, B, WB), PAGES(0x103, 0x105, B, WB),
                            PAGES(0x106, 0x112, B, WB), PAGES(0x10b, 0x10f, B, WB),
                            PAGES(0x104, 0x10a, R, WB));

    EXPECT_REGIONS(&made, REGION(0x100, 0x104, B, WB, 0, SHARED),
                   REGION(0x104, 0x10a, R, WB, 4, SHARED | CONFLICT),
                   REGION(0x10a, 0x112, B, WB, 2, SHARED));
    release(&made);
}

/*   reserved |---------------------------|
 *   bad        |0|   |1---|      |3|         a kind that ended and begins again knows nothing of
 *                      |2---|                what it was before
 *   usable                    |-------------|                                                */
Test(memmap_normalize, forgets_who_decided_a_kind_that_ended)
{
    struct made made = MAKE(PAGES(0x102, 0x103, BAD, 0), PAGES(0x106, 0x10a, BAD, 0),
                            PAGES(0x108, 0x10c, BAD, UC), PAGES(0x110, 0x111, BAD, 0),
                            PAGES(0x100, 0x114, R, 0), PAGES(0x10e, 0x118, U, 0));

    EXPECT_REGIONS(&made, REGION(0x100, 0x102, R, 0, 4, 0),
                   REGION(0x102, 0x103, BAD, 0, 0, SHARED | CONFLICT),
                   REGION(0x103, 0x106, R, 0, 4, 0),
                   REGION(0x106, 0x10c, BAD, 0, 1, SHARED | CONFLICT),
                   REGION(0x10c, 0x110, R, 0, 4, SHARED | CONFLICT),
                   REGION(0x110, 0x111, BAD, 0, 3, SHARED | CONFLICT),
                   REGION(0x111, 0x114, R, 0, 4, SHARED | CONFLICT),
                   REGION(0x114, 0x118, U, 0, 5, 0));
    release(&made);
}

/*   entries of reserved   |---|        |---|
 *   claims of reserved      |-------|     |-----|
 *                        |-----|                    the one that began first, entry or claim
 *   claim of bad                |--|  |-|     |-|                                            */
Test(memmap_normalize, lets_entry_or_claim_decide_whichever_began_first)
{
    static const struct memmap_region entries[] = {PAGES(0x104, 0x10c, R, 0),
                                                   PAGES(0x110, 0x120, R, 0)};
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x106, .end_pfn = 0x112, .kind = R},
        {.first_pfn = 0x102, .end_pfn = 0x108, .kind = R},
        {.first_pfn = 0x109, .end_pfn = 0x10a, .kind = BAD},
        {.first_pfn = 0x10e, .end_pfn = 0x111, .kind = BAD},
        {.first_pfn = 0x114, .end_pfn = 0x115, .kind = BAD},
    };
    struct made made = make_of_pages(entries, 2, claims, 5, 40);

    EXPECT_REGIONS(&made, REGION(0x102, 0x109, R, 0, CLAIM(1), SHARED),
                   REGION(0x109, 0x10a, BAD, 0, CLAIM(2), SHARED),
                   REGION(0x10a, 0x10e, R, 0, 0, SHARED),
                   REGION(0x10e, 0x111, BAD, 0, CLAIM(3), SHARED),
                   REGION(0x111, 0x114, R, 0, CLAIM(0), SHARED),
                   REGION(0x114, 0x115, BAD, 0, CLAIM(4), SHARED),
                   REGION(0x115, 0x120, R, 0, 1, 0));
    release(&made);
}

/* ---- flags ----------------------------------------------------------------------------------- */

/*   |--a--|--b--|   |--c--|--d--|--e--|    b is like a; d has other attributes, e is another kind.
 *                                          In order, and out of order.                       */
Test(memmap_normalize, shares_a_region_among_neighbours_that_are_alike)
{
    struct made in_order = MAKE(PAGES(0x100, 0x102, B, WB), PAGES(0x102, 0x104, B, WB),
                                PAGES(0x106, 0x107, B, WB), PAGES(0x107, 0x108, B, UC),
                                PAGES(0x108, 0x109, L, UC));
    struct made out_of_order = MAKE(PAGES(0x102, 0x104, B, WB), PAGES(0x100, 0x102, B, WB),
                                    PAGES(0x108, 0x109, L, UC), PAGES(0x107, 0x108, B, UC),
                                    PAGES(0x106, 0x107, B, WB));

    EXPECT_REGIONS(&in_order, REGION(0x100, 0x104, B, WB, 0, SHARED), REGION(0x106, 0x107, B, WB, 2, 0),
                   REGION(0x107, 0x108, B, UC, 3, 0), REGION(0x108, 0x109, L, UC, 4, 0));
    EXPECT_REGIONS(&out_of_order, REGION(0x100, 0x104, B, WB, 1, SHARED),
                   REGION(0x106, 0x107, B, WB, 4, 0), REGION(0x107, 0x108, B, UC, 3, 0),
                   REGION(0x108, 0x109, L, UC, 2, 0));
    release(&in_order);
    release(&out_of_order);
}

/*   reserved |--------|           |--------|
 *   usable        |--|               |--------|   the region of both pieces has the flags of both
 *   reserved  |-|                                                                            */
Test(memmap_normalize, unites_the_flags_of_the_pieces_of_a_region)
{
    struct made made = MAKE(PAGES(0x100, 0x108, R, 0), PAGES(0x105, 0x107, U, 0),
                            PAGES(0x101, 0x102, R, 0), PAGES(0x110, 0x118, R, 0),
                            PAGES(0x112, 0x11a, U, 0), PAGES(0x120, 0x124, R, 0),
                            PAGES(0x120, 0x122, U, 0));

    EXPECT_REGIONS(&made, REGION(0x100, 0x108, R, 0, 0, SHARED | CONFLICT),
                   REGION(0x110, 0x118, R, 0, 3, SHARED | CONFLICT), REGION(0x118, 0x11a, U, 0, 4, 0),
                   REGION(0x120, 0x124, R, 0, 5, SHARED | CONFLICT));
    release(&made);
}

/*   loader |------|     |------|                a claim over one kind of entry is no conflict,
 *   boot               |---|                    over two it is
 *   claims   |kk|        |k|       |kk|
 *                                   |bad|                                                    */
Test(memmap_normalize, sees_a_conflict_only_between_entries)
{
    static const struct memmap_region entries[] = {PAGES(0x100, 0x108, L, WB),
                                                   PAGES(0x111, 0x118, L, WB),
                                                   PAGES(0x110, 0x114, B, WB)};
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x102, .end_pfn = 0x104, .kind = KERNEL},
        {.first_pfn = 0x112, .end_pfn = 0x113, .kind = KERNEL},
        {.first_pfn = 0x120, .end_pfn = 0x122, .kind = KERNEL},
        {.first_pfn = 0x121, .end_pfn = 0x123, .kind = BAD},
    };
    struct made made = make_of_pages(entries, 3, claims, 4, 40);

    EXPECT_REGIONS(&made, REGION(0x100, 0x102, L, WB, 0, 0), REGION(0x102, 0x104, KERNEL, WB,
            CLAIM(0), SHARED),
                   REGION(0x104, 0x108, L, WB, 0, 0), REGION(0x110, 0x112, B, WB, 2, SHARED | CONFLICT),
                   REGION(0x112, 0x113, KERNEL, WB, CLAIM(1), SHARED | CONFLICT),
                   REGION(0x113, 0x114, B, WB, 2, SHARED | CONFLICT), REGION(0x114, 0x118, L, WB, 1, 0),
                   REGION(0x120, 0x121, KERNEL, 0, CLAIM(2), 0),
                       REGION(0x121, 0x123, BAD, 0, CLAIM(3), SHARED));
    cr_assert_eq(made.report.claimed.pages, 3);
    cr_assert_eq(made.report.stated.pages, 16);
    release(&made);
}

/* ---- attributes ------------------------------------------------------------------------------ */

/*   WB UC XP  |-----------|              a bit goes when the last entry that has it ends,
 *   WB XP        |--|                    a capability comes back when the last without it does
 *   WB UC RO           |-----------|                                                         */
Test(memmap_normalize, counts_attributes_of_the_entries_that_cover_a_page)
{
    struct made made = MAKE(PAGES(0x100, 0x108, B, WB | UC | XP), PAGES(0x102, 0x104, B, WB | XP),
                            PAGES(0x106, 0x10c, B, WB | UC | RO), PAGES(0x110, 0x112, B, WB | UC));

    EXPECT_REGIONS(&made, REGION(0x100, 0x102, B, WB | UC | XP, 0, 0),
                   REGION(0x102, 0x104, B, WB | XP, 0, SHARED),
                       REGION(0x104, 0x106, B, WB | UC | XP, 0, 0),
                   REGION(0x106, 0x108, B, WB | UC | XP | RO, 0, SHARED),
                   REGION(0x108, 0x10c, B, WB | UC | RO, 2, 0), REGION(0x110, 0x112, B, WB | UC, 3, 0));
    release(&made);
}

/* Each bit, alone: in one of two entries it is there where it restricts (or is unknown) only. */
Test(memmap_normalize, unites_restrictions_and_intersects_capabilities_bit_by_bit)
{
    /* UC WC WT WB UCE WP, more reliable, crypto. */
    static const uint64_t capabilities = UINT64_C(0x9101f);

    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t one = UINT64_C(1) << bit;
        struct made both = MAKE(PAGES(0x100, 0x104, R, one), PAGES(0x102, 0x106, R, one));
        struct made mixed = MAKE(PAGES(0x100, 0x104, R, one), PAGES(0x102, 0x106, R, 0));
        EXPECT_REGIONS(&both, REGION(0x100, 0x106, R, one, 0, SHARED));
        if ((capabilities & one) != 0)
            EXPECT_REGIONS(&mixed, REGION(0x100, 0x102, R, one, 0, 0),
                           REGION(0x102, 0x106, R, 0, 0, SHARED));
        else
            EXPECT_REGIONS(&mixed, REGION(0x100, 0x104, R, one, 0, SHARED),
                           REGION(0x104, 0x106, R, 0, 1, 0));
        release(&both);
        release(&mixed);
    }
}

/*   XP  |-----|            pages of a claim alone have no attributes, though every entry has some;
 *   claim  |-----|         empty entries and their attributes do not count                  */
Test(memmap_normalize, gives_pages_of_claims_alone_no_attributes)
{
    static const struct memmap_region entries[] = {PAGES(0x100, 0x104, B, WB | XP),
                                                   PAGES(0x200, 0x200, B, UC | RO)};
    static const struct memmap_claim claim = {.first_pfn = 0x102, .end_pfn = 0x106, .kind = KERNEL};
    struct made made = make_of_pages(entries, 2, &claim, 1, 40);

    EXPECT_REGIONS(&made, REGION(0x100, 0x102, B, WB | XP, 0, 0),
                   REGION(0x102, 0x104, KERNEL, WB | XP, CLAIM(0), SHARED),
                   REGION(0x104, 0x106, KERNEL, 0, CLAIM(0), 0));
    release(&made);
}

/* ---- findings -------------------------------------------------------------------------------- */

/*   0  usable   |----------|              2 lies over both kinds: an overlap and a contradiction
 *   1  reserved      |----------|
 *   2  usable           |---|
 *   3  usable                  |-----|    begins where 0 ends: over reserved alone
 *   4  bad                            |-|  touches                                            */
Test(memmap_normalize, counts_an_entry_that_covers_pages_of_its_kind_and_of_others)
{
    struct made made = MAKE(PAGES(0x100, 0x10a, U, WB), PAGES(0x105, 0x10e, R, 0),
                            PAGES(0x107, 0x109, U, WB), PAGES(0x10a, 0x112, U, WB),
                            PAGES(0x112, 0x113, BAD, 0));

    expect_finding(&made, MEMMAP_OVERLAP, 1, 2);
    expect_finding(&made, MEMMAP_CONTRADICTION, 3, 1);
    expect_finding(&made, MEMMAP_DUPLICATE, 0, 0);
    release(&made);
}

Test(memmap_normalize, finds_nothing_wrong_in_claims)
{
    static const struct memmap_claim claims[] = {
        {.first_pfn = 0x100, .end_pfn = 0x104, .kind = B},
        {.first_pfn = 0x100, .end_pfn = 0x104, .kind = B},
        {.first_pfn = 0x102, .end_pfn = 0x106, .kind = R},
    };
    static const struct memmap_region entry = PAGES(0x100, 0x104, B, WB);
    struct made made = make_of_pages(&entry, 1, claims, 3, 40);

    EXPECT_REGIONS(&made, REGION(0x100, 0x102, B, WB, 0, SHARED),
                   REGION(0x102, 0x104, R, WB, CLAIM(2), SHARED),
                   REGION(0x104, 0x106, R, 0, CLAIM(2), 0));
    for (unsigned finding = 0; finding < MEMMAP_FINDING_COUNT; finding++)
        expect_finding(&made, finding, 0, 0);
    release(&made);
}

/* ---- many at one place ----------------------------------------------------------------------- */

/* What begins together is sorted by each key, by merging where it is many; what lies behind stays. */
Test(memmap_normalize, orders_any_number_of_entries_that_begin_together)
{
    enum { MOST = 70 };
    struct memmap_region entries[2 * MOST + 1];

    for (uint32_t count = 2; count <= MOST; count++) {
        struct made made;
        for (uint32_t i = 0; i < count; i++)
            entries[i] = (struct memmap_region)PAGES(0x100, 0x100 + count - i, R, 0);
        entries[count] = (struct memmap_region)PAGES(0x200, 0x201, B, WB);
        made = make_of_pages(entries, count + 1, NULL, 0, 40);
        EXPECT_REGIONS(&made, REGION(0x100, 0x100 + count, R, 0, count - 1, SHARED),
                       REGION(0x200, 0x201, B, WB, count, 0));
        expect_finding(&made, MEMMAP_OVERLAP, count - 1, count - 2);
        expect_finding(&made, MEMMAP_DUPLICATE, 0, 0);
        release(&made);
        memcpy(entries + count + 1, entries, count * sizeof *entries);
        made = make_of_pages(entries, 2 * count + 1, NULL, 0, 40);
        EXPECT_REGIONS(&made, REGION(0x100, 0x100 + count, R, 0, count - 1, SHARED),
                       REGION(0x200, 0x201, B, WB, count, 0));
        expect_finding(&made, MEMMAP_DUPLICATE, count, 2 * count);
        release(&made);
    }
}
