/* SPDX-License-Identifier: MIT */
/* frames: the cache that parks the free frames of one block of 64. */
#include "test_frames_fixture.h"

/*
 *   1024       1088     1100
 *   [ block      | 12 .. )    a cache claims 1088..1099 first, then 1024..1087
 */
Test(frames_cache, claims_the_free_frames_of_one_block)
{
    struct frames_stats stats;
    MACHINE(m, USABLE(1024, 1100));

    cr_assert_eq(take_cached(&m, REQUEST(0)), 1099);
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.parked_count, 11);
    cr_assert_eq(stats.free_count, 75, "parked ones included");
    cr_assert_eq(stats.free_4g_count, 64, "parked ones not included");
    for (uint64_t pfn = 1098; pfn >= 1024; pfn--)
        cr_assert_eq(take_cached(&m, REQUEST(0)), pfn);
    cr_assert_eq(m.frames.parked_count, 0);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, &m.cache, REQUEST(0), &(uint64_t){0}));
    machine_end(&m);
}

Test(frames_cache, serves_only_single_frames_without_alignment_and_limits)
{
    MACHINE(m, USABLE(1024, 1024 + 128));

    cr_assert_eq(take_cached(&m, REQUEST(0)), 1151); /* parks 1088..1150 */
    cr_assert_eq(take_cached(&m, REQUEST(.count = 2)), 1086);
    cr_assert_eq(take_cached(&m, REQUEST(.order = 1)), 1084);
    cr_assert_eq(take_cached(&m, REQUEST(.align_count = 2)), 1082);
    cr_assert_eq(take_cached(&m, REQUEST(.first_pfn = 1)), 1081);
    cr_assert_eq(take_cached(&m, REQUEST(.end_pfn = PFN_END - 1)), 1080);
    cr_assert_eq(take_cached(&m, REQUEST(.count = 1, .align_count = 1, .end_pfn = PFN_END)), 1150);
    cr_assert_eq(take_cached(&m, REQUEST(.order = 0)), 1149);
    machine_end(&m);
}

Test(frames_cache, leaves_parked_to_those_without_it_until_it_is_drained)
{
    MACHINE(m, USABLE(1024, 1088));

    cr_assert_eq(take_cached(&m, REQUEST(0)), 1087);
    REFUSES(m, 0, FRAMES_PARKED, frames_alloc(&m.frames, NULL, REQUEST(0), &(uint64_t){0}));
    REFUSES(m, 0, FRAMES_PARKED,
            frames_alloc(&m.frames, &m.cache, REQUEST(.count = 2), &(uint64_t){0}));
    REFUSES(m, 0, FRAMES_IN_USE, frames_alloc_at(&m.frames, 1024, 1));
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1086, "the cache's own");
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 62);
    cr_assert_eq(m.frames.parked_count, 0);
    cr_assert_eq(m.frames.free_count, 62);
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 0);
    cr_assert_eq(take(&m, REQUEST(.count = 62)), 1024);
    machine_end(&m);
}

Test(frames_cache, parks_a_freed_frame_of_its_block_only)
{
    MACHINE(m, USABLE(1024, 1152));

    cr_assert_eq(frames_alloc_at(&m.frames, 1078, 10), FRAMES_OK);
    for (uint64_t pfn = 1151; pfn >= 1088; pfn--)
        cr_assert_eq(take_cached(&m, REQUEST(0)), pfn);
    cr_assert_eq(m.frames.parked_count, 0);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1080, 1), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 0, "another block");
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1100, 2), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 0, "a run");
    cr_assert_eq(frames_free(&m.frames, NULL, 1110, 1), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 0, "no cache");
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1120, 1), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, &m.cache, 1090, 0), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 2);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1120);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1090);
    machine_end(&m);
}

/* 122: what is parked in the cache at hand was freed already. */
Test(frames_free, refuses_a_frame_that_is_parked_in_the_cache_given)
{
    MACHINE(m, USABLE(1000, 1152));

    cr_assert_eq(take(&m, REQUEST(.count = 84)), 1068);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1067); /* parks 1024..1066 */
    cr_assert_eq(frames_alloc_at(&m.frames, 1000, 24), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1066, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1024, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1066, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1000, 25));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1066, 1));
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1000, 24), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1067, 85), FRAMES_OK);
    cr_assert_eq(m.frames.free_count, 152 - 43);
    machine_end(&m);
}

/* The cache's block is 1024..1087, with 1024 and 1087 parked; runs end and begin right there. */
Test(frames_free, tells_parked_frames_from_their_neighbours)
{
    MACHINE(m, USABLE(960, 1152));

    cr_assert_eq(frames_alloc_at(&m.frames, 960, 64), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 1025, 62), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 1088, 64), FRAMES_OK);
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1087);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1087, 1), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 2);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1087, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1086, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1023, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 960, 192));
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1088, 64), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 960, 64), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1025, 62), FRAMES_OK);
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 2);
    cr_assert_eq(take(&m, REQUEST(.count = 192)), 960);
    machine_end(&m);
}

/* A cache that never claimed anything has no block, not block 0. */
Test(frames_cache, never_holds_low_memory)
{
    MACHINE(m, USABLE(1, 200));

    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, &m.cache, REQUEST(0), &(uint64_t){0}));
    cr_assert_eq(take_cached(&m, REQUEST(.flags = FRAMES_LOW)), 199);
    cr_assert_eq(m.frames.parked_count, 0);
    cr_assert_eq(frames_alloc_at(&m.frames, 5, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 5, 1), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 0);
    machine_end(&m);
}

/*
 * Two regions share block 1024: the cache holds the upper one's part. What is freed of the
 * lower part is parked too, and goes back to its own region.
 */
Test(frames_cache, gives_each_region_its_own_frames_back)
{
    MACHINE(m, USABLE(1030, 1050), USABLE(1050, 1060));

    cr_assert_eq(take_cached(&m, REQUEST(0)), 1059);
    cr_assert_eq(frames_alloc_at(&m.frames, 1040, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1040, 1), FRAMES_OK);
    cr_assert_eq(m.frames.parked_count, 10);
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 10);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1059, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 1050);
    cr_assert_eq(take(&m, REQUEST(.count = 20)), 1030);
    machine_end(&m);
}

/* 121 with caches: nothing is lost between two of them. */
Test(frames_cache_drain, loses_nothing)
{
    struct frames_cache other;
    uint64_t count = 0;
    uint64_t pfn;
    MACHINE(m, USABLE(1001, 1999), USABLE(G4 + 3, G4 + 77));

    frames_cache_init(&other);
    for (int i = 0; i < 300; i++, count += 2) {
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
        cr_assert_eq(frames_alloc(&m.frames, &other, REQUEST(0), &pfn), FRAMES_OK);
    }
    cr_assert_eq(m.frames.free_count + m.frames.parked_count + count, 998 + 74);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    (void)frames_cache_drain(&m.frames, &other);
    (void)frames_cache_drain(&m.frames, &m.cache);
    cr_assert_eq(m.frames.free_count, 998 + 74 - count);
    while (take(&m, REQUEST(0)) != PFN_END)
        count++;
    cr_assert_eq(count, 998 + 74);
    machine_end(&m);
}
