/* SPDX-License-Identifier: MIT */
/* frames: handing out and giving back, by hand-written examples. Numbers name the cases of the fault catalogue. */
#include "test_frames_fixture.h"

Test(frames_status_name, names_every_status)
{
    cr_assert_str_eq(frames_status_name(FRAMES_OK), "ok");
    cr_assert_str_eq(frames_status_name(FRAMES_EMPTY), "empty");
    cr_assert_str_eq(frames_status_name(FRAMES_PARKED), "parked");
    cr_assert_str_eq(frames_status_name(FRAMES_BAD_REQUEST), "bad-request");
    cr_assert_str_eq(frames_status_name(FRAMES_OUT_OF_RANGE), "out-of-range");
    cr_assert_str_eq(frames_status_name(FRAMES_MISALIGNED), "misaligned");
    cr_assert_str_eq(frames_status_name(FRAMES_ALREADY_FREE), "already-free");
    cr_assert_str_eq(frames_status_name(FRAMES_IN_USE), "in-use");
    cr_assert_str_eq(frames_status_name(FRAMES_NO_ROOM), "no-room");
    cr_assert_str_eq(frames_status_name(FRAMES_CORRUPT), "corrupt");
    cr_assert_str_eq(frames_status_name((enum frames_status)99), "unknown");
}

/*
 *   0    1 MiB        256+8    4 GiB-2    4 GiB+2     4 GiB+64  +66
 *   [..2)  [256 ...... 264)      [ .......... )          [ ..... )       usable
 *    low       2nd last        3rd   then 2nd              first
 */
Test(frames_alloc, takes_high_regions_first_and_low_memory_only_when_asked)
{
    static const uint64_t order[] = {G4 + 65, G4 + 64, G4 + 1, G4, G4 - 1, G4 - 2, 257, 256};
    MACHINE(m, USABLE(1, 2), USABLE(256, 258), USABLE(G4 - 2, G4 + 2), USABLE(G4 + 64, G4 + 66));

    for (size_t i = 0; i < COUNT_OF(order); i++)
        cr_assert_eq(take(&m, REQUEST(0)), order[i]);
    cr_assert_eq(take(&m, REQUEST(0)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.flags = FRAMES_LOW)), 1);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, NULL, REQUEST(0), &(uint64_t){0}));
    machine_end(&m);
}

Test(frames_alloc, aligns_an_order_to_its_size_and_a_count_only_when_asked)
{
    MACHINE(m, USABLE(300, 1100));

    cr_assert_eq(take(&m, REQUEST(.order = 9)), 512);
    cr_assert_eq(take(&m, REQUEST(.order = 6)), 448);
    cr_assert_eq(take(&m, REQUEST(.count = 3, .order = 9)), 445, "order is for count 0");
    cr_assert_eq(take(&m, REQUEST(.count = 3, .align_count = 16)), 432);
    cr_assert_eq(take(&m, REQUEST(.order = 2, .align_count = 64)), 384);
    cr_assert_eq(take(&m, REQUEST(.order = 4, .align_count = 2)), 368);
    cr_assert_eq(take(&m, REQUEST(.count = 76)), 1024, "after the hint, from the top");
    machine_end(&m);
}

Test(frames_alloc, keeps_within_the_limits)
{
    MACHINE(m, USABLE(256, 600), USABLE(G4 + 10, G4 + 500));

    cr_assert_eq(take(&m, REQUEST(.end_pfn = 300)), 299);
    cr_assert_eq(take(&m, REQUEST(.count = 2, .end_pfn = G4)), 297, "downwards from the hint");
    cr_assert_eq(take(&m, REQUEST(.count = 5, .first_pfn = 400, .end_pfn = 405)), 400);
    cr_assert_eq(take(&m, REQUEST(.count = 5, .first_pfn = 400, .end_pfn = 409)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = G4, .end_pfn = G4 + 11)), G4 + 10);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = 600, .end_pfn = G4 + 10)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = PFN_END - 1)), PFN_END);
    machine_end(&m);
}

/* Free frames on both sides of a bound never make a run over it. */
Test(frames_alloc, gives_no_run_over_1_mib_4_gib_or_two_regions)
{
    MACHINE(m, USABLE(254, 258), USABLE(400, 402), USABLE(402, 404), USABLE(G4 - 2, G4 + 2));

    cr_assert_eq(take(&m, REQUEST(.count = 3, .flags = FRAMES_LOW)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), G4);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), G4 - 2);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), 402);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), 400);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), 256);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 2, .flags = FRAMES_LOW)), 254);
    machine_end(&m);
}

/* 123: contiguous 0, 1, all, all + 1, wrap. */
Test(frames_alloc, gives_runs_from_one_to_all_and_none_longer)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1000, 1777));

    cr_assert_eq(take(&m, REQUEST(.count = 0)), 1776, "count 0 is order 0");
    cr_assert_eq(frames_free(&m.frames, NULL, 1776, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 777)), 1000);
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 777), FRAMES_OK);
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, NULL, REQUEST(.count = 778), &pfn));
    REFUSES(m, 0, FRAMES_EMPTY, frames_alloc(&m.frames, NULL, REQUEST(.count = UINT64_MAX), &pfn));
    REFUSES(m, 0, FRAMES_EMPTY,
            frames_alloc(&m.frames, NULL, REQUEST(.align_count = UINT64_C(1) << 63), &pfn));
    machine_end(&m);
}

Test(frames_alloc, refuses_a_bad_request_and_counts_it)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1000, 1777));

    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc(&m.frames, NULL, REQUEST(.order = 19), &pfn));
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
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc(&m.frames, NULL, REQUEST(.flags = 2), &pfn));
    cr_assert_eq(m.frames.refused_count, 7);
    machine_end(&m);
}

/* Every free run [first, end) of a 256-frame region, words' bounds at 64, 128 and 192; some
 * are asked for with a word's alignment. */
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

/* Every other frame is free, but for one block: the scan must not stop at the scattered ones. */
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

/* The hint stands in the middle of the only free run: neither half would do. */
Test(frames_alloc, finds_a_run_over_the_hint)
{
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(take(&m, REQUEST(.count = 1024)), 1024);
    cr_assert_eq(frames_free(&m.frames, NULL, 1500, 300), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1400, 100), FRAMES_OK); /* hint: 1499 */
    cr_assert_eq(take(&m, REQUEST(.count = 401)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 400)), 1400);
    machine_end(&m);
}

/* What was taken or given back last is where the next search begins. */
Test(frames_alloc, looks_downwards_from_the_frame_last_taken_or_given_back)
{
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_at(&m.frames, 1300, 10), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(0)), 2047);
    cr_assert_eq(frames_free(&m.frames, NULL, 1303, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(0)), 1303);
    cr_assert_eq(take(&m, REQUEST(0)), 1299);
    cr_assert_eq(frames_free(&m.frames, NULL, 1303, 5), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 2)), 1306);
    cr_assert_eq(take(&m, REQUEST(.count = 8)), 1291);
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
        cr_assert_eq(m.frames.free_count, 0);
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(frames_free(&m.frames, NULL, taken[(i * 1009) % count], 1), FRAMES_OK);
        cr_assert_eq(m.frames.free_count, count);
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
    cr_assert_eq(m.frames.free_count, 409);
    machine_end(&m);
}

Test(frames_alloc_at, says_what_stands_in_the_way)
{
    MACHINE(m, USABLE(0, 300), USABLE(400, 500));

    cr_assert_eq(frames_alloc_at(&m.frames, 450, 1), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_alloc_at(&m.frames, 440, 20));
    REFUSES(m, 0, FRAMES_IN_USE, frames_alloc_at(&m.frames, 450, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 0, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 299, 2));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 290, 150));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 450, 51));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_alloc_at(&m.frames, 450, UINT64_MAX - 449));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_alloc_at(&m.frames, 450, 0));
    machine_end(&m);
}

/* 122: double free, never handed out, reserved, kernel, page 0, beyond the end, wrap. */
Test(frames_free, refuses_what_was_not_handed_out_and_counts_it)
{
    MACHINE(m, USABLE(0, 300), REGION(300, 400, MEMMAP_KERNEL), USABLE(400, 500),
            REGION(500, 600, MEMMAP_RESERVED));

    cr_assert_eq(frames_alloc_at(&m.frames, 450, 10), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 455, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 455, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 450, 10));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 455, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 400, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 0, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, &m.cache, 0, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 350, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 499, 2));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 500, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, PFN_END, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 450, UINT64_MAX - 449));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, UINT64_MAX, UINT64_MAX));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_free(&m.frames, NULL, 450, 0));
    cr_assert_eq(m.frames.refused_count, 13);
    machine_end(&m);
}

Test(frames_free, takes_a_run_back_whole_or_in_parts)
{
    MACHINE(m, USABLE(400, 600));

    cr_assert_eq(take(&m, REQUEST(.count = 200)), 400);
    cr_assert_eq(frames_free(&m.frames, NULL, 440, 100), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 400, 40), FRAMES_OK);
    cr_assert_eq(m.frames.free_count, 140);
    cr_assert_eq(frames_free(&m.frames, NULL, 540, 60), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 200)), 400);
    machine_end(&m);
}

Test(frames_free_order, takes_an_aligned_block_back)
{
    MACHINE(m, USABLE(512, 1024));

    cr_assert_eq(take(&m, REQUEST(.order = 9)), 512);
    REFUSES(m, 1, FRAMES_MISALIGNED, frames_free_order(&m.frames, NULL, 516, 3));
    REFUSES(m, 1, FRAMES_MISALIGNED, frames_free_order(&m.frames, NULL, 512, 10));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_free_order(&m.frames, NULL, 512, 19));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_free_order(&m.frames, NULL, 512, UINT32_MAX));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free_order(&m.frames, NULL, 1024, 9));
    cr_assert_eq(frames_free_order(&m.frames, NULL, 768, 8), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 512, 9));
    cr_assert_eq(frames_free_order(&m.frames, NULL, 512, 8), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.order = 9)), 512);
    machine_end(&m);
}

/* 125: the metadata lies in memory that is managed. */
Test(frames_reserve, keeps_the_metadata_out_of_circulation)
{
    uint64_t count = 0;
    MACHINE(m, USABLE(400, 600), USABLE(600, 700));

    cr_assert_eq(frames_reserve(&m.frames, 598, 603, &count), FRAMES_OK);
    cr_assert_eq(count, 5);
    for (uint64_t pfn; (pfn = take(&m, REQUEST(0))) != PFN_END; count++)
        cr_assert(pfn < 598 || pfn >= 603, "%" PRIu64, pfn);
    cr_assert_eq(count, 300);
    machine_end(&m);
}

Test(frames_reserve, takes_only_what_is_free_and_reaches_over_holes)
{
    uint64_t count = 0;
    MACHINE(m, USABLE(0, 10), USABLE(400, 410), USABLE(G4 - 5, G4 + 5));

    cr_assert_eq(frames_alloc_at(&m.frames, 404, 3), FRAMES_OK);
    cr_assert_eq(frames_reserve(&m.frames, 5, 408, &count), FRAMES_OK);
    cr_assert_eq(count, 5 + 5);
    cr_assert_eq(frames_reserve(&m.frames, 100, 300, &count), FRAMES_OK);
    cr_assert_eq(count, 0);
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_reserve(&m.frames, 7, 7, &count));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_reserve(&m.frames, 8, 7, &count));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_reserve(&m.frames, 8, PFN_END + 1, &count));
    cr_assert_eq(frames_reserve(&m.frames, 0, PFN_END, &count), FRAMES_OK);
    cr_assert_eq(count, 4 + 2 + 10);
    cr_assert_eq(m.frames.free_count, 0);
    machine_end(&m);
}
