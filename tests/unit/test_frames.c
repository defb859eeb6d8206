/* SPDX-License-Identifier: MIT */
/* frames: handing out, by hand-written examples. Numbers: cases of the fault catalogue. */
#include "test_frames_fixture.h"

Test(frames_status_name, names_every_status)
{
    static const char *const names[] = {"ok", "empty", "parked", "no-fit", "bad-request",
                                        "out-of-range", "not-ours", "misaligned", "already-free",
                                        "in-use", "refused", "no-room", "wrong-order",
                                        "corrupt"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        cr_assert_str_eq(frames_status_name((enum frames_status)i), names[i]);
    cr_assert_str_eq(frames_status_name((enum frames_status)COUNT_OF(names)), "unknown");
    cr_assert_str_eq(frames_status_name((enum frames_status)-1), "unknown");
}

/*
 *   0    1 MiB        256+2    4 GiB-2    4 GiB+2     4 GiB+64  +66
 *   [..2)  [256 ...... 258)      [ .......... )          [ ..... )       usable
 *    low       2nd last           2nd  |  first              first
 */
Test(frames_alloc, takes_high_memory_first_and_low_memory_only_when_asked)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1, 2), USABLE(256, 258), USABLE(G4 - 2, G4 + 2), USABLE(G4 + 64, G4 + 66));

    for (int i = 0; i < 4; i++)
        cr_assert_geq(take(&m, REQUEST(0)), G4);
    for (int i = 0; i < 4; i++) {
        pfn = take(&m, REQUEST(0));
        cr_assert(pfn >= 256 && pfn < G4, "%" PRIu64, pfn);
    }
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc(&m.frames, NULL, REQUEST(0), &pfn));
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc(&m.frames, &m.cache, REQUEST(0), &pfn));
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc_order(&m.frames, NULL, 0, &pfn));
    cr_assert_eq(take(&m, REQUEST(.flags = FRAMES_LOW)), 1);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, NULL, REQUEST(0), &pfn));
    machine_end(&m);
}

/* Every order in a map that has room for each exactly once, and once more in pieces of it. */
Test(frames_alloc, aligns_every_order_to_its_size)
{
    uint64_t first = 3 * GIB_FRAMES - (GIB_FRAMES - 1) / 2;
    struct memmap_region region = USABLE(first, first + 3 * GIB_FRAMES);
    struct machine m;

    machine_init(&m, &region, 1, frames_metadata_size(&region, 1, 0));
    for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++) {
        uint64_t count = UINT64_C(1) << order;
        uint64_t pfn = PFN_END;
        cr_assert_eq(frames_alloc_order(&m.frames, NULL, order, &pfn), FRAMES_OK, "%u", order);
        cr_assert_eq(pfn % count, 0);
        cr_assert(pfn >= first && pfn + count <= region.end_pfn);
        cr_assert_eq(range_count_free(&m.frames, pfn, pfn + count), 0);
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, order), FRAMES_OK);
        cr_assert_eq(free_count(&m), 3 * GIB_FRAMES);
    }
    machine_end(&m);
}

Test(frames_alloc, aligns_a_count_only_when_asked)
{
    MACHINE(m, USABLE(301, 1100));

    cr_assert_eq(take(&m, REQUEST(.count = 1024, .align_count = 1)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 799)), 301);
    cr_assert_eq(frames_free(&m.frames, NULL, 301, 799), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 100, .align_count = 512)), 512);
    cr_assert_eq(take(&m, REQUEST(.count = 3, .align_count = 1024)), 1024);
    cr_assert_eq(take(&m, REQUEST(.count = 3, .order = 9)) % 512 != 0, 1, "order is for count 0");
    cr_assert_eq(take(&m, REQUEST(.order = 2, .align_count = 64)) % 64, 0);
    cr_assert_eq(take(&m, REQUEST(.order = 4, .align_count = 2)) % 16, 0);
    machine_end(&m);
}

Test(frames_alloc, keeps_within_the_limits)
{
    MACHINE(m, USABLE(256, 600), USABLE(G4 + 10, G4 + 500), USABLE(G4 + 512, G4 + 4096));

    cr_assert_lt(take(&m, REQUEST(.end_pfn = 300)), 300);
    cr_assert_lt(take(&m, REQUEST(.count = 2, .end_pfn = G4)), 599);
    cr_assert_eq(take(&m, REQUEST(.count = 5, .first_pfn = 400, .end_pfn = 405)), 400);
    cr_assert_eq(take(&m, REQUEST(.count = 5, .first_pfn = 400, .end_pfn = 409)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = G4, .end_pfn = G4 + 11)), G4 + 10);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = 600, .end_pfn = G4 + 10)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = PFN_END - 1)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.order = 9, .first_pfn = G4 + 1, .end_pfn = G4 + 1024)), G4 + 512);
    cr_assert_eq(take(&m, REQUEST(.order = 9, .end_pfn = G4 + 1535)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.order = 3, .first_pfn = G4 + 1025, .end_pfn = G4 + 1041)),
                 G4 + 1032);
    machine_end(&m);
}

/* Free frames on both sides of a bound never make a run over it; regions that adjoin do. */
Test(frames_alloc, gives_no_run_over_1_mib_or_4_gib)
{
    uint64_t low;
    MACHINE(m, USABLE(254, 258), USABLE(400, 402), USABLE(402, 404), USABLE(G4 - 2, G4 + 2));

    cr_assert_eq(take(&m, REQUEST(.count = 5, .flags = FRAMES_LOW)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 4, .flags = FRAMES_LOW)), 400);
    cr_assert_eq(take(&m, REQUEST(.count = 3, .flags = FRAMES_LOW)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), G4);
    low = take(&m, REQUEST(.count = 2));
    cr_assert(low == 256 || low == G4 - 2);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), 256 + G4 - 2 - low);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 2, .flags = FRAMES_LOW)), 254);
    machine_end(&m);
}

/* 123: contiguous 0, 1, all, all + 1, wrap. */
Test(frames_alloc, gives_runs_from_one_to_all_and_none_longer)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1000, 1777));

    pfn = take(&m, REQUEST(.count = 0));
    cr_assert_neq(pfn, PFN_END, "count 0 is order 0");
    cr_assert_eq(frames_free(&m.frames, NULL, pfn, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 777)), 1000);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, NULL, REQUEST(.count = 778), &pfn));
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 777), FRAMES_OK);
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc(&m.frames, NULL, REQUEST(.count = 778), &pfn));
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc(&m.frames, NULL, REQUEST(.count = UINT64_MAX), &pfn));
    REFUSES(m, 0, FRAMES_NO_FIT,
            frames_alloc(&m.frames, NULL, REQUEST(.align_count = UINT64_C(1) << 63), &pfn));
    machine_end(&m);
}

Test(frames_alloc, refuses_a_bad_request_and_counts_it)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1000, 1777));

    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc(&m.frames, NULL, REQUEST(.order = 19), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc_order(&m.frames, &m.cache, 19, &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, NULL, REQUEST(.order = UINT32_MAX), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, &m.cache, REQUEST(.align_count = 3), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, NULL, REQUEST(.align_count = UINT64_MAX), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, NULL, REQUEST(.first_pfn = 5, .end_pfn = 5), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, NULL, REQUEST(.first_pfn = PFN_END), &pfn));
    REFUSES(m, 1, FRAMES_BAD_REQUEST,
            frames_alloc(&m.frames, NULL, REQUEST(.flags = FRAMES_UNACCEPTED), &pfn));
    machine_end(&m);
}

/* Every free run [first, end) of a 256-frame region, words' bounds at 64, 128 and 192. */
Test(frames_alloc, finds_a_run_wherever_it_lies)
{
    MACHINE(m, USABLE(1024, 1280));

    for (uint64_t first = 1024; first < 1280; first++) {
        uint64_t align = first % 128 == 64 ? 64 : 1;
        for (uint64_t end = first + 1; end <= 1280; end++) {
            cr_assert_eq(take(&m, REQUEST(.count = 256)), 1024);
            cr_assert_eq(frames_free(&m.frames, NULL, first, end - first), FRAMES_OK);
            cr_assert_eq(take(&m, REQUEST(.count = end - first + 1)), PFN_END);
            cr_assert_eq(take(&m, REQUEST(.count = end - first, .align_count = align)), first);
            cr_assert_eq(frames_free(&m.frames, NULL, 1024, 256), FRAMES_OK);
        }
    }
    machine_end(&m);
}

/* Runs over blocks', groups' and giants' bounds, all else in use. */
Test(frames_alloc, finds_a_run_over_every_bound)
{
    static const uint64_t bounds[] = {512, 32768, GIB_FRAMES, 2 * GIB_FRAMES};
    static const uint64_t reaches[] = {1, 63, 64, 511, 512, 513, 40000, 200000};
    struct memmap_region region = USABLE(G4, G4 + 3 * GIB_FRAMES);
    struct machine m;

    machine_init(&m, &region, 1, frames_metadata_size(&region, 1, 0));
    cr_assert_eq(take(&m, REQUEST(.count = 3 * GIB_FRAMES)), G4);
    for (size_t b = 0; b < COUNT_OF(bounds); b++) {
        for (size_t r = 0; r < COUNT_OF(reaches); r++) {
            uint64_t below = reaches[r] < bounds[b] ? reaches[r] : bounds[b];
            uint64_t first = G4 + bounds[b] - below;
            uint64_t count = below + reaches[COUNT_OF(reaches) - 1 - r];
            cr_assert_eq(frames_free(&m.frames, NULL, first, count), FRAMES_OK);
            cr_assert_eq(take(&m, REQUEST(.count = count + 1)), PFN_END);
            cr_assert_eq(take(&m, REQUEST(.count = count)), first, "%zu %zu", b, r);
            cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        }
    }
    cr_assert_eq(free_count(&m), 0);
    machine_end(&m);
}

/* Every other frame is free, but for one block: the search must not stop at the scattered ones. */
Test(frames_alloc, finds_the_one_block_between_scattered_frames)
{
    MACHINE(m, USABLE(1 << 12, 1 << 13));

    for (unsigned order = 1; order <= 11; order++) {
        uint64_t block = (5000u >> order) << order;
        cr_assert_eq(take(&m, REQUEST(.order = 12)), 1 << 12);
        for (uint64_t pfn = 1 << 12; pfn < 1 << 13; pfn++) {
            if (pfn % 2 == 0 || (pfn >= block && pfn < block + (1u << order)))
                cr_assert_eq(frames_free(&m.frames, NULL, pfn, 1), FRAMES_OK);
        }
        cr_assert_eq(take(&m, REQUEST(.order = order)), block);
        cr_assert_eq(take(&m, REQUEST(.order = order)), PFN_END);
        for (uint64_t pfn = 1 << 12; pfn < 1 << 13; pfn++) {
            if (pfn % 2 == 1 || (pfn >= block && pfn < block + (1u << order)))
                cr_assert_eq(frames_free(&m.frames, NULL, pfn, 1), FRAMES_OK);
        }
    }
    machine_end(&m);
}

/* More free runs than there are places to list them, after "there are none" was established. */
Test(frames_alloc, finds_every_one_of_many_runs)
{
    const uint64_t first = 1 << 16, end = first + 256 * 512;
    MACHINE(m, USABLE(1 << 16, (1 << 16) + 256 * 512));

    cr_assert_eq(take(&m, REQUEST(.count = end - first)), first);
    for (unsigned order = 4; order <= 8; order++) {
        uint64_t size = UINT64_C(1) << order;
        unsigned count = 0;
        cr_assert_eq(take(&m, REQUEST(.order = order)), PFN_END);
        for (uint64_t pfn = first; pfn < end; pfn += 4 * size, count++)
            cr_assert_eq(frames_free(&m.frames, NULL, pfn, size), FRAMES_OK);
        for (; count > 0; count--)
            cr_assert_eq(take(&m, REQUEST(.order = order)) % (4 * size), 0, "%u left", count);
        cr_assert_eq(take(&m, REQUEST(.order = order)), PFN_END);
        cr_assert_eq(free_count(&m), 0);
    }
    machine_end(&m);
}

/* The quarter of a word that singles come from is not written down; it is found all the same. */
Test(frames_alloc, finds_the_run_that_singles_come_from)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1 << 16, 1 << 17));

    cr_assert_eq(take(&m, REQUEST(.count = 1 << 16)), 1 << 16);
    cr_assert_eq(frames_free(&m.frames, NULL, 70000, 16), FRAMES_OK);
    pfn = take(&m, REQUEST(0));
    cr_assert_eq(take(&m, REQUEST(.order = 4)), PFN_END);
    cr_assert_eq(frames_free(&m.frames, NULL, pfn, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.order = 4)), 70000);
    machine_end(&m);
}

/* Single frames leave whole blocks alone as long as a block in part use has one. */
Test(frames_alloc, splits_no_whole_block_before_it_must)
{
    struct frames_stats stats;
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 1024 + 64 * 512));

    for (uint64_t i = 0; i < 3 * 512; i++)
        cr_assert_neq(take(&m, REQUEST(0)), PFN_END);
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.free_count, 61 * 512);
    for (uint64_t i = 0; i < 61; i++)
        cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_EMPTY);
    machine_end(&m);
}

/* The block that singles come from is kept apart; a large request still gets it when it is full. */
Test(frames_alloc, gathers_the_block_kept_for_singles_when_nothing_else_is_left)
{
    uint64_t pfn, single;
    MACHINE(m, USABLE(1024, 2048));

    single = take(&m, REQUEST(0));
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, single, 1), FRAMES_OK);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
    cr_assert_eq(pfn, single & ~UINT64_C(511));
    machine_end(&m);
}

/* 121: exact count, then none; all back, the same again. */
Test(frames_alloc, exhausts_and_refills_to_the_same_count)
{
    static uint64_t taken[3000];
    MACHINE(m, USABLE(0, 100), USABLE(200, 700), REGION(700, 900, MEMMAP_RESERVED),
            USABLE(1000, 1900), USABLE(G4 - 300, G4 + 555), REGION(G4 + 555, G4 + 600, MEMMAP_BAD));

    for (int round = 0; round < 3; round++) {
        size_t count = 0;
        for (uint64_t pfn; (pfn = take(&m, REQUEST(.flags = FRAMES_LOW))) != PFN_END;)
            taken[count++] = pfn;
        cr_assert_eq(count, 99 + 500 + 900 + 855);
        cr_assert_eq(free_count(&m), 0);
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(frames_free(&m.frames, NULL, taken[(i * 1009) % count], 1), FRAMES_OK);
        cr_assert_eq(free_count(&m), count);
    }
    machine_end(&m);
}

Test(frames_alloc_at, takes_exactly_the_range_over_adjoining_regions_and_bounds)
{
    MACHINE(m, USABLE(0, 300), USABLE(300, 400), USABLE(G4 - 5, G4 + 5));

    cr_assert_eq(frames_alloc_at(&m.frames, 1, 399), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, G4 - 5, 10), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.flags = FRAMES_LOW)), PFN_END);
    cr_assert_eq(frames_free(&m.frames, NULL, 1, 399), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, G4 - 5, 10), FRAMES_OK);
    cr_assert_eq(free_count(&m), 409);
    machine_end(&m);
}

Test(frames_alloc_at, says_what_stands_in_the_way)
{
    MACHINE(m, USABLE(0, 300), USABLE(400, 500));

    cr_assert_eq(frames_alloc_at(&m.frames, 450, 1), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_alloc_at(&m.frames, 440, 20));
    REFUSES(m, 0, FRAMES_IN_USE, frames_alloc_at(&m.frames, 450, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_alloc_at(&m.frames, 0, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_alloc_at(&m.frames, 299, 2));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_alloc_at(&m.frames, 290, 150));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 450, 51));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 450, UINT64_MAX - 449));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc_at(&m.frames, 450, 0));
    machine_end(&m);
}
