/* SPDX-License-Identifier: MIT */
/* frames: giving back and reserving, by hand-written examples. */
#include "test_frames_fixture.h"

/* 122: double free, never handed out, kernel, page 0, a hole, beyond the end, wrap. */
Test(frames_free, refuses_what_was_not_handed_out_and_counts_it)
{
    MACHINE(m, USABLE(0, 300), REGION(300, 400, MEMMAP_KERNEL), USABLE(400, 500),
            REGION(500, 600, MEMMAP_RESERVED), USABLE(1024, 2048), USABLE(300000, 300001));

    cr_assert_eq(frames_alloc_at(&m.frames, 450, 10), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 455, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 455, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 450, 10));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 455, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 400, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 1500, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 1024, 10));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 0, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, &m.cache, 0, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 350, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 499, 2));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 500, 1));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 200000, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 300001, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 300000, 2));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, PFN_END, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 450, UINT64_MAX - 449));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, UINT64_MAX, UINT64_MAX));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, UINT64_MAX, 1));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_free(&m.frames, NULL, 450, 0));
    machine_end(&m);
}

Test(frames_free, takes_a_run_back_whole_or_in_parts)
{
    MACHINE(m, USABLE(400, 600));

    cr_assert_eq(take(&m, REQUEST(.count = 200)), 400);
    cr_assert_eq(frames_free(&m.frames, NULL, 440, 100), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 400, 40), FRAMES_OK);
    cr_assert_eq(free_count(&m), 140);
    cr_assert_eq(frames_free(&m.frames, NULL, 540, 60), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 200)), 400);
    machine_end(&m);
}

/* A giant is handed out as a whole and comes back frame by frame, and is a giant again. */
Test(frames_free, takes_a_giant_back_in_single_frames)
{
    uint64_t pfn;
    struct memmap_region region = USABLE(G4, G4 + GIB_FRAMES);
    struct machine m;

    machine_init(&m, &region, 1, frames_metadata_size(&region, 1, 0));
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 18, &pfn), FRAMES_OK);
    for (uint64_t i = 0; i < GIB_FRAMES; i++)
        cr_assert_eq(frames_free(&m.frames, &m.cache, G4 + (i * 5077) % GIB_FRAMES, 1), FRAMES_OK);
    cr_assert_leq(frames_cache_drain(&m.frames, &m.cache), 128);
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 18, &pfn), FRAMES_OK);
    machine_end(&m);
}

Test(frames_free_order, takes_an_aligned_block_back)
{
    MACHINE(m, USABLE(512, 1024));

    cr_assert_eq(frames_alloc_at(&m.frames, 512, 256), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 768, 256), FRAMES_OK);
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

/* A failed large request, then the frame it met: LLFree's C version hands it out twice. */
Test(frames_alloc_at, gives_exactly_its_own_frames_back_when_it_fails)
{
    static const uint64_t obstacles[] = {0, 1, 63, 64, 511, 512, 1023, 5000, 32767, 32768, 262143};
    struct memmap_region region = USABLE(G4, G4 + 2 * GIB_FRAMES);
    struct machine m;

    for (size_t i = 0; i < COUNT_OF(obstacles); i++) {
        machine_init(&m, &region, 1, frames_metadata_size(&region, 1, 0));
        cr_assert_eq(frames_alloc_at(&m.frames, G4 + obstacles[i], 1), FRAMES_OK);
        for (uint64_t count = 1024; count <= 2 * GIB_FRAMES; count *= 2) {
            if (obstacles[i] >= count)
                continue;
            cr_assert_eq(frames_alloc_at(&m.frames, G4, count), FRAMES_IN_USE);
            cr_assert_not(range_take(&m.frames, m.frames.spans, G4, G4 + count), "without a look");
            cr_assert_eq(free_count(&m), 2 * GIB_FRAMES - 1);
            cr_assert_eq(frames_alloc_at(&m.frames, G4 + obstacles[i], 1), FRAMES_IN_USE);
            cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        }
        machine_end(&m);
    }
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
    cr_assert_eq(free_count(&m), 0);
    machine_end(&m);
}
