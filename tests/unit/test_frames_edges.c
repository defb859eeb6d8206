/* SPDX-License-Identifier: MIT */
/* frames: what is rare in giving back, in caches, and in what is only advice. */
#include "frames/cache.h"
#include "test_frames_fixture.h"

/* ---- giving back -------------------------------------------------------------------------- */

/* 122, in blocks that are managed as a whole, at each stage of their life. */
Test(frames_free, refuses_what_is_free_at_every_level)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 3072), USABLE(G4, G4 + 2 * GIB_FRAMES));

    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, G4 + 5, 1)); /* a whole giant */
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, G4 + 5, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, G4 + 512, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, G4 + 512, 3));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, G4 + 1024, 10));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, G4, 18));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 1030, 1)); /* a block never used */
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1032, 3));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1024, 9));
    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 512), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1024, 512), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 1030, 1)); /* whole, used before */
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1030, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1032, 3));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1024, 9));
    cr_assert_eq(frames_alloc_at(&m.frames, 1030, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 1031, 1)); /* in part use */
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1031, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1032, 3));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1024, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1024, 10));
    pfn = take_cached(&m, REQUEST(0)); /* the cache has frames of another word now */
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1040, 1));
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    machine_end(&m);
}

/* Orders that reach over the end of what is managed, aligned or not. */
Test(frames_free_order, refuses_what_is_not_all_managed)
{
    MACHINE(m, USABLE(1024, 1536), USABLE(4096 + 512, 8192), USABLE(200000, 200001));

    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 512), FRAMES_OK);
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 1024, 10));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 4096, 12));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 1536, 9));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 1536, 3));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 102400, 10));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free_order(&m.frames, NULL, 1536, 0));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free_order(&m.frames, NULL, 1 << 18, 9));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free_order(&m.frames, &m.cache, 200001, 0));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free_order(&m.frames, NULL, 1 << 18, 18));
    REFUSES(m, 1, FRAMES_MISALIGNED, frames_free_order(&m.frames, NULL, 1025, 9));
    REFUSES(m, 1, FRAMES_MISALIGNED, frames_free_order(&m.frames, NULL, 1025, 6));
    machine_end(&m);
}

/* What range_give promises where a frame of the range is free already: nothing is free twice. */
Test(range_give, stops_at_what_is_free)
{
    MACHINE(m, USABLE(1024, 4096), USABLE(G4, G4 + GIB_FRAMES));

    cr_assert_not(range_give(&m.frames, G4, G4 + 1024), "a whole giant");
    cr_assert_not(range_give(&m.frames, 20000, 20001), "nothing there");
    cr_assert_not(range_give(&m.frames, 1024, 1025), "a block never used");
    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 2048), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1536, 512), FRAMES_OK);
    cr_assert_not(range_give(&m.frames, 1536, 1600), "a whole block");
    cr_assert_not(range_give(&m.frames, 1536, 2048), "all of it");
    cr_assert_not(range_give(&m.frames, 1024, 2560), "the second of three");
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1100, 1), FRAMES_OK);
    cr_assert_not(range_give(&m.frames, 1090, 1110), "in a word");
    cr_assert_eq(free_count(&m), 1024 + GIB_FRAMES + 512 + 1, "nothing before it in its word was given");
    machine_end(&m);
}

Test(range_count_free, is_0_where_nothing_is_managed)
{
    MACHINE(m, USABLE(1024, 1536), USABLE(100000, 100512));

    cr_assert_eq(range_count_free(&m.frames, 50000, 50600), 0);
    cr_assert_eq(range_count_free(&m.frames, 1024, 1536), 512);
    machine_end(&m);
}

/* ---- caches ------------------------------------------------------------------------------- */

/*
 *   take: 1024..1087    give: 1536..1599     both hold frames, then only one of them
 */
Test(frames_cache, knows_what_it_parks_in_both_masks)
{
    static const struct {
        uint64_t first, count;
    } runs[] = {{1024, 4}, {1028, 524}, {1552, 8}, {1560, 488}, {2048, 512}, {2560, 1536}};
    MACHINE(m, USABLE(1024, 4096));

    for (size_t i = 0; i < COUNT_OF(runs); i++)
        cr_assert_eq(frames_alloc_at(&m.frames, runs[i].first, runs[i].count), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1030, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1540, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1541, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 2);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1541, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1541, 3));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1029, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1028, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1541 & ~1, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1024, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1536, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1024, 10));
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 1024, 2), FRAMES_OK, "the same word, others");
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 1552, 3), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 2048, 9), FRAMES_OK, "another block");
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 2);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1024, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1536, 9));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1024, 10));
    machine_end(&m);
}

/* The same with orders that were handed out as such, which the hardened build must see. */
Test(frames_cache, lets_orders_pass_that_it_has_nothing_of)
{
    uint64_t single, pairs[2], blocks[2];
    MACHINE(m, USABLE(1024, 8192));

    single = take_cached(&m, REQUEST(0));
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(frames_alloc_order(&m.frames, &m.cache, 1, &pairs[i]), FRAMES_OK);
        cr_assert_eq(frames_alloc_order(&m.frames, &m.cache, 9, &blocks[i]), FRAMES_OK);
    }
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, pairs[0], 1), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, blocks[0], 9), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, single, 0), FRAMES_OK);
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 64);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, pairs[1], 1), FRAMES_OK, "with empty masks");
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, blocks[1], 9), FRAMES_OK);
    cr_assert_eq(free_count(&m), 7168);
    machine_end(&m);
}

/* Back to the word at hand, also by the function behind the inline one. */
Test(frames_free_order, parks_in_the_word_at_hand)
{
    MACHINE(m, USABLE(1024, 2048));

    for (uint64_t pfn = 1024; pfn < 1088; pfn++)
        cr_assert_eq(frames_alloc_at(&m.frames, pfn, 1), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 1030, 0), FRAMES_OK);
    cr_assert_eq(frames_free_order_long(&m.frames, &m.cache, 1031, 0), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1031, 0));
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1030);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1031);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 1040, 0), FRAMES_OK, "where it was empty");
    cr_assert_eq(frames_parked_count(&m.frames), 1);
    machine_end(&m);
}

/* The first frame of another word goes to the tree; when its own word is used up the next one of
 * that other word is parked all the same, beside what is taken from. */
Test(frames_cache, parks_the_second_frame_of_a_word_when_the_first_word_is_used_up)
{
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 1024), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1100, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1500, 1), FRAMES_OK);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1100);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1501, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1501, 1));
    cr_assert_eq(frames_parked_count(&m.frames), 1);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1101, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1101, 1));
    cr_assert_eq(free_count(&m), 3);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1101, "what is at hand first");
    machine_end(&m);
}

/* A block with holes: what the cache claimed of it is refused like everything that is parked. */
Test(frames_cache, refuses_what_it_claimed_of_a_block_with_holes)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1030, 1050), USABLE(1051, 1060));

    pfn = take_cached(&m, REQUEST(0));
    for (uint64_t other = 1030; other < 1060; other++) {
        if (other != pfn && other != 1050)
            REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, other, 1));
    }
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    machine_end(&m);
}

/* As long as most blocks around are whole a cache uses its block up before it begins another. */
Test(frames_cache, uses_a_block_up_while_most_others_are_whole)
{
    struct frames_stats stats;
    MACHINE(m, USABLE(65536, 2 * 65536));

    for (int i = 0; i < 512 * 3; i++)
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
    (void)frames_cache_drain(&m.frames, &m.cache);
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.free_count, 65536 - 512 * 3);
    cr_assert_eq(stats.largest_run_count, 65536 - 512 * 3, "in one piece");
    machine_end(&m);
}

/* Memory that was added with bookkeeping of its own goes through a cache, too. */
Test(frames_cache, parks_frames_of_memory_that_was_added)
{
    static _Alignas(64) uint8_t memory[65536];
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 1025));

    cr_assert_eq(take(&m, REQUEST(0)), 1024);
    cr_assert_eq(frames_add(&m.frames, 1 << 20, (1 << 20) + 600, 0, memory, sizeof memory), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, (1 << 20) + 512, 88), FRAMES_OK);
    pfn = take_cached(&m, REQUEST(0));
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, pfn, 1));
    cr_assert_eq(frames_free(&m.frames, &m.cache, (1 << 20) + 520, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, (1 << 20) + 521, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, (1 << 20) + 521, 1));
    machine_end(&m);
}

/* ---- advice ------------------------------------------------------------------------------- */

/* Hints of memory that is not there, or of a block in use; cursors and doubts of any value. */
Test(frames_alloc, believes_no_hint)
{
    static const uint64_t lies[] = {0, 3000, 30000, G4 - 1, PFN_END - 1};
    MACHINE(m, USABLE(1024, 4096), USABLE(G4, G4 + 1024));

    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        for (unsigned order = 0; order <= 10; order++) {
            uint64_t pfn;
            cr_assert_eq(frames_alloc_at(&m.frames, 3000, 1), FRAMES_OK);
            for (unsigned k = 0; k < FRAMES_CLASSES; k++) {
                m.frames.hints[k] = lies[i];
                m.frames.cursors[k] = lies[COUNT_OF(lies) - 1 - i];
            }
            for (unsigned k = 0; k < FRAMES_RECENT_ORDERS; k++)
                m.frames.doubts[0][k] = m.frames.doubts[1][k] = lies[i];
            cr_assert_eq(frames_alloc_order(&m.frames, NULL, order, &pfn), FRAMES_OK);
            cr_assert_eq(pfn % (1u << order), 0);
            cr_assert_eq(take(&m, REQUEST(.order = order, .align_count = 1024)) % 1024, 0);
            cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, order), FRAMES_OK);
            cr_assert_eq(frames_reserve(&m.frames, 0, PFN_END, &pfn), FRAMES_OK);
            machine_end(&m);
            machine_init(&m, m_map, COUNT_OF(m_map), frames_metadata_size(m_map, 2, LATER_KINDS));
        }
    }
    machine_end(&m);
}

/* More was freed and taken elsewhere than a request looks at: it finds the rest all the same. */
Test(frames_alloc, finds_a_frame_behind_many_recent_ones_that_are_gone)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 1024), FRAMES_OK);
    for (pfn = 1024; pfn < 1024 + 400; pfn += 2)
        cr_assert_eq(frames_free(&m.frames, NULL, pfn, 1), FRAMES_OK);
    for (pfn = 1024 + 2; pfn < 1024 + 400; pfn += 2)
        cr_assert_eq(frames_alloc_at(&m.frames, pfn, 1), FRAMES_OK);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 0, &pfn), FRAMES_OK);
    cr_assert_eq(pfn, 1024);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 0, &pfn), FRAMES_EMPTY);
    machine_end(&m);
}

/* Giants that reach into the limits are opened in vain: they are given whole all the same. */
Test(frames_alloc, opens_giants_in_vain_where_limits_cut_them)
{
    uint64_t pfn;
    MACHINE(m, USABLE(G4, G4 + 2 * GIB_FRAMES));

    cr_assert_eq(take(&m, REQUEST(.order = 15, .first_pfn = G4 + GIB_FRAMES - 40000,
                                  .end_pfn = G4 + GIB_FRAMES + 32000)), G4 + GIB_FRAMES - 32768);
    cr_assert_eq(take(&m, REQUEST(.order = 15, .first_pfn = G4 + GIB_FRAMES - 32000,
                                  .end_pfn = G4 + GIB_FRAMES + 32000)), PFN_END);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 18, &pfn), FRAMES_OK);
    cr_assert_eq(pfn, G4 + GIB_FRAMES);
    machine_end(&m);
}

/* Below 1 MiB nothing is remembered for the next request. */
Test(frames_alloc, does_not_give_low_memory_again_that_was_freed_last)
{
    uint64_t pfn, high, low;
    MACHINE(m, USABLE(1, 160), USABLE(300, 301));

    high = take(&m, REQUEST(0));
    low = take(&m, REQUEST(.flags = FRAMES_LOW));
    cr_assert(high == 300 && low < 160);
    cr_assert_eq(frames_free(&m.frames, NULL, low, 1), FRAMES_OK);
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc_order(&m.frames, NULL, 0, &pfn));
    machine_end(&m);
}
