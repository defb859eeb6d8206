/* SPDX-License-Identifier: MIT */
/* frames: the caches that park single frames. */
#include "test_frames_fixture.h"

/* A cache claims what is free of one word, hands that out, then claims the next. */
Test(frames_cache, claims_what_is_free_of_one_word)
{
    struct frames_stats stats;
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 1100));

    pfn = take_cached(&m, REQUEST(0));
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.parked_count, pfn < 1088 ? 63 : 11);
    cr_assert_eq(frames_parked_count(&m.frames), stats.parked_count);
    cr_assert_eq(stats.free_count, 75, "parked ones included");
    cr_assert_eq(stats.zones[FRAMES_ZONE_4G].free_count, 75 - stats.parked_count);
    for (int i = 0; i < 75; i++)
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, &m.cache, REQUEST(0), &pfn));
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc_order(&m.frames, &m.cache, 0, &pfn));
    machine_end(&m);
}

Test(frames_cache, serves_only_single_frames_without_alignment_and_limits)
{
    uint64_t parked;
    MACHINE(m, USABLE(1024, 1024 + 128));

    (void)take_cached(&m, REQUEST(0));
    parked = frames_parked_count(&m.frames);
    (void)take_cached(&m, REQUEST(.count = 2));
    (void)take_cached(&m, REQUEST(.order = 1));
    (void)take_cached(&m, REQUEST(.align_count = 2));
    (void)take_cached(&m, REQUEST(.first_pfn = 257));
    (void)take_cached(&m, REQUEST(.end_pfn = PFN_END - 1));
    cr_assert_eq(frames_parked_count(&m.frames), parked);
    (void)take_cached(&m, REQUEST(.count = 1, .align_count = 1, .end_pfn = PFN_END));
    (void)take_cached(&m, REQUEST(.first_pfn = 256));
    (void)take_cached(&m, REQUEST(.order = 0));
    cr_assert_eq(frames_parked_count(&m.frames), parked - 3);
    machine_end(&m);
}

/* Every CPU's cache holds all there is: "parked" with the count, and draining helps. */
Test(frames_cache, says_parked_with_the_count_until_drained)
{
    struct frames_cache others[4];
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 1024 + 5 * 64));

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        frames_cache_init(&m.frames, &others[i]);
        cr_assert_eq(frames_alloc(&m.frames, &others[i], REQUEST(0), &pfn), FRAMES_OK);
    }
    (void)take_cached(&m, REQUEST(0));
    cr_assert_eq(frames_parked_count(&m.frames), 5 * 63);
    cr_assert_eq(frames_alloc(&m.frames, NULL, REQUEST(0), &pfn), FRAMES_PARKED);
    cr_assert_eq(frames_alloc(&m.frames, NULL, REQUEST(.order = 1), &pfn), FRAMES_PARKED);
    cr_assert_eq(frames_alloc_at(&m.frames, pfn + 1, 1), FRAMES_IN_USE);
    cr_assert_eq(frames_cache_drain(&m.frames, &others[2]), 63);
    cr_assert_eq(frames_cache_drain(&m.frames, &others[2]), 0);
    cr_assert_eq(frames_parked_count(&m.frames), 4 * 63);
    cr_assert_eq(frames_alloc(&m.frames, NULL, REQUEST(0), &pfn), FRAMES_OK);
    cr_assert_eq(frames_alloc(&m.frames, NULL, REQUEST(.order = 1), &pfn), FRAMES_OK);
    cr_assert_eq(frames_alloc(&m.frames, &others[1], REQUEST(.order = 6), &pfn), FRAMES_PARKED);
    cr_assert_eq(frames_parked_count(&m.frames), 3 * 63, "its own was drained");
    machine_end(&m);
}

/* The first word is kept to take from; of the others, frames are parked from the second on. */
Test(frames_cache, parks_what_is_given_back_one_word_at_a_time)
{
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 1024), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1100, 2), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 0, "a run");
    cr_assert_eq(frames_free(&m.frames, NULL, 1110, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 0, "no cache");
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1120, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1090, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 2);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1500, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 2, "another word, perhaps never again");
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1501, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 3);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1300, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 2, "1501 is flushed");
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1090);
    cr_assert_eq(free_count(&m), 7);
    machine_end(&m);
}

/* What was taken from the claimed word goes back to it. */
Test(frames_cache, takes_its_own_word_back)
{
    uint64_t pfn, other;
    MACHINE(m, USABLE(1024, 2048));

    pfn = take_cached(&m, REQUEST(0));
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 64);
    for (int i = 0; i < 64; i++)
        (void)take_cached(&m, REQUEST(0));
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    cr_assert_eq(take_cached(&m, REQUEST(0)), pfn);
    other = take_cached(&m, REQUEST(0));
    cr_assert_neq(other & ~UINT64_C(63), pfn & ~UINT64_C(63));
    machine_end(&m);
}

/* 122: what is parked in the cache at hand was freed already; so was what is free in the tree. */
Test(frames_free, refuses_a_frame_that_is_parked_in_the_cache_given)
{
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_at(&m.frames, 1024, 1024), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1100, 1), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1101, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1100, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1101, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1099, 2));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1024, 100));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &m.cache, 1088, 6));
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1100); /* claimed as the word to take from */
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1100, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1100, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1100, 2));
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1024, 76), FRAMES_OK);
    machine_end(&m);
}

#ifndef FRAMES_HARDENED
/* The default build's blind spot, and what comes of it: the frame is not handed out twice. */
Test(frames_cache_drain, keeps_a_frame_single_that_was_freed_behind_its_back)
{
    uint64_t pfn, count = 0;
    MACHINE(m, USABLE(1024, 1536));

    pfn = take_cached(&m, REQUEST(0));
    cr_assert_eq(frames_free(&m.frames, NULL, pfn + 1, 1), FRAMES_OK, "parked, but it cannot tell");
    cr_assert_eq(frames_cache_drain(&m.frames, &m.cache), 63);
    cr_assert_eq(m.frames.refused_count, 1);
    while (take(&m, REQUEST(0)) != PFN_END)
        count++;
    cr_assert_eq(count, 511);
    machine_end(&m);
}
#endif

Test(frames_cache, never_holds_low_memory)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1, 200), USABLE(300, 301));

    cr_assert_eq(take_cached(&m, REQUEST(0)), 300);
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc(&m.frames, &m.cache, REQUEST(0), &pfn));
    pfn = take_cached(&m, REQUEST(.flags = FRAMES_LOW));
    cr_assert_lt(pfn, 200);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    cr_assert_eq(frames_free(&m.frames, &m.cache, pfn, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    machine_end(&m);
}

/* A block managed in part: its frames are handed out through the cache, and go back to the tree. */
Test(frames_cache, holds_no_frame_of_a_hole)
{
    MACHINE(m, USABLE(1030, 1050), USABLE(1051, 1060));

    for (int i = 0; i < 29; i++)
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, &m.cache, 1050, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, &m.cache, 1024, 1));
    cr_assert_eq(frames_free(&m.frames, &m.cache, 1049, 1), FRAMES_OK);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, &m.cache, 1050, 1));
    cr_assert_eq(take_cached(&m, REQUEST(0)), 1049);
    machine_end(&m);
}

Test(frames_cache_init, drains_a_cache_that_is_in_service)
{
    MACHINE(m, USABLE(1024, 2048));

    (void)take_cached(&m, REQUEST(0));
    frames_cache_init(&m.frames, &m.cache);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    cr_assert_eq(free_count(&m), 1023);
    machine_end(&m);
}

Test(frames_cache_close, gives_everything_back_and_forgets_the_cache)
{
    struct frames_cache first, second, third;
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 2048));

    frames_cache_init(&m.frames, &first);
    frames_cache_init(&m.frames, &second);
    frames_cache_init(&m.frames, &third);
    cr_assert_eq(frames_alloc(&m.frames, &second, REQUEST(0), &pfn), FRAMES_OK);
    frames_cache_close(&m.frames, &second);
    memset(&second, JUNK, sizeof second);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    frames_cache_close(&m.frames, &third);
    memset(&third, JUNK, sizeof third);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    frames_cache_close(&m.frames, &first);
    frames_cache_close(&m.frames, &first);
    frames_cache_close(&m.frames, &m.cache);
    cr_assert_eq(free_count(&m), 1023);
    machine_end(&m);
}

/* 121 with caches: nothing is lost between two of them. */
Test(frames_cache_drain, loses_nothing)
{
    struct frames_cache other;
    uint64_t count = 0;
    uint64_t pfn;
    MACHINE(m, USABLE(1001, 1999), USABLE(G4 + 3, G4 + 77));

    frames_cache_init(&m.frames, &other);
    for (int i = 0; i < 300; i++, count += 2) {
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
        cr_assert_eq(frames_alloc(&m.frames, &other, REQUEST(0), &pfn), FRAMES_OK);
    }
    cr_assert_eq(free_count(&m) + count, 998 + 74);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    (void)frames_cache_drain(&m.frames, &other);
    (void)frames_cache_drain(&m.frames, &m.cache);
    cr_assert_eq(frames_parked_count(&m.frames), 0);
    cr_assert_eq(free_count(&m), 998 + 74 - count);
    while (take(&m, REQUEST(0)) != PFN_END)
        count++;
    cr_assert_eq(count, 998 + 74);
    machine_end(&m);
}
