/* SPDX-License-Identifier: MIT */
/* Page 0 is never usable, whatever it is part of; the last page of an address width is like any. */
#include "test_memmap_engine.h"

/* In order, so each goes straight through. */
Test(memmap_normalize, takes_page_0_from_entries_in_order)
{
    struct made one_page = MAKE(PAGES(0, 1, U, WB));
    struct made two_pages = MAKE(PAGES(0, 2, U, WB));
    struct made with_more = MAKE(PAGES(0, 1, U, WB), PAGES(1, 3, U, WB));
    struct made with_its_like = MAKE(PAGES(0, 1, U, WB), PAGES(1, 3, R, WB));
    struct made of_another_kind = MAKE(PAGES(0, 2, B, WB));
    struct made not_from_1_on = MAKE(PAGES(1, 2, U, WB));

    EXPECT_REGIONS(&one_page, REGION(0, 1, R, WB, 0, 0));
    EXPECT_REGIONS(&two_pages, REGION(0, 1, R, WB, 0, 0), REGION(1, 2, U, WB, 0, 0));
    EXPECT_REGIONS(&with_more, REGION(0, 1, R, WB, 0, 0), REGION(1, 3, U, WB, 1, 0));
    EXPECT_REGIONS(&with_its_like, REGION(0, 3, R, WB, 0, SHARED));
    EXPECT_REGIONS(&of_another_kind, REGION(0, 2, B, WB, 0, 0));
    EXPECT_REGIONS(&not_from_1_on, REGION(1, 2, U, WB, 0, 0));
    release(&one_page);
    release(&two_pages);
    release(&with_more);
    release(&with_its_like);
    release(&of_another_kind);
    release(&not_from_1_on);
}

/* Out of order, so each is swept: page 0 in a span alone, and in clusters. */
Test(memmap_normalize, takes_page_0_from_spans_alone_and_in_clusters)
{
    struct made alone = MAKE(PAGES(8, 9, R, 0), PAGES(0, 2, U, WB));
    struct made alone_and_short = MAKE(PAGES(1, 3, R, WB), PAGES(0, 1, U, WB));
    struct made twice = MAKE(PAGES(0, 4, U, WB), PAGES(0, 4, U, WB));
    struct made in_pieces = MAKE(PAGES(0, 4, U, WB), PAGES(0, 2, U, WB | UC | XP));
    struct made a_short_piece = MAKE(PAGES(0, 4, U, WB), PAGES(0, 1, U, WB | XP));
    struct made grown = MAKE(PAGES(0, 1, U, WB), PAGES(0, 1, U, WB), PAGES(1, 3, R, WB));

    EXPECT_REGIONS(&alone, REGION(0, 1, R, WB, 1, 0), REGION(1, 2, U, WB, 1, 0),
                   REGION(8, 9, R, 0, 0, 0));
    EXPECT_REGIONS(&alone_and_short, REGION(0, 3, R, WB, 1, SHARED));
    EXPECT_REGIONS(&twice, REGION(0, 1, R, WB, 0, SHARED), REGION(1, 4, U, WB, 0, SHARED));
    EXPECT_REGIONS(&in_pieces, REGION(0, 1, R, WB | XP, 1, SHARED), REGION(1, 2, U, WB | XP, 1, SHARED),
                   REGION(2, 4, U, WB, 0, 0));
    EXPECT_REGIONS(&a_short_piece, REGION(0, 1, R, WB | XP, 1, SHARED), REGION(1, 4, U, WB, 0, 0));
    EXPECT_REGIONS(&grown, REGION(0, 3, R, WB, 0, SHARED));
    release(&alone);
    release(&alone_and_short);
    release(&twice);
    release(&in_pieces);
    release(&a_short_piece);
    release(&grown);
}

Test(memmap_normalize, leaves_page_0_to_a_claim_unless_it_makes_it_usable)
{
    static const struct memmap_claim kernel = {.first_pfn = 0, .end_pfn = 2, .kind = KERNEL};
    static const struct memmap_claim usable = {.first_pfn = 0, .end_pfn = 2, .kind = U};
    static const struct memmap_region entry = PAGES(0, 4, U, WB);
    struct made over_entry = make_of_pages(&entry, 1, &kernel, 1, 40);
    struct made alone = make_of_pages(&entry, 0, &kernel, 1, 40);
    struct made usable_alone = make_of_pages(&entry, 0, &usable, 1, 40);

    EXPECT_REGIONS(&over_entry, REGION(0, 2, KERNEL, WB, CLAIM(0), SHARED), REGION(2, 4, U, WB, 0, 0));
    EXPECT_REGIONS(&alone, REGION(0, 2, KERNEL, 0, CLAIM(0), 0));
    EXPECT_REGIONS(&usable_alone, REGION(0, 1, R, 0, CLAIM(0), 0), REGION(1, 2, U, 0, CLAIM(0), 0));
    release(&over_entry);
    release(&alone);
    release(&usable_alone);
}

/*   |-----------|       up to the end of the width, whatever it is
 *             |--|
 *               |k|                                                                        */
Test(memmap_normalize, ends_at_the_last_page_of_every_width)
{
    for (unsigned bits = 32; bits <= 64; bits++) {
        uint64_t end = UINT64_C(1) << (bits - 12);
        const struct memmap_region entries[] = {PAGES(end - 2, end, U, WB),
                                                PAGES(end - 8, end - 1, U, WB)};
        const struct memmap_claim claim = {.first_pfn = end - 1, .end_pfn = end, .kind = KERNEL};
        struct made made = make_of_pages(entries, 2, &claim, 1, bits);
        EXPECT_REGIONS(&made, REGION(end - 8, end - 1, U, WB, 1, SHARED),
                       REGION(end - 1, end, KERNEL, WB, CLAIM(0), SHARED));
        expect_finding(&made, MEMMAP_BEYOND_WIDTH, 0, 0);
        release(&made);
    }
}
