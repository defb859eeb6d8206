/* SPDX-License-Identifier: MIT */
/* frames: sizing, building, adding, accepting; odd maps. */
#include "test_frames_fixture.h"

/* The metadata size of one usable region. */
static uint64_t size_of(uint64_t first_pfn, uint64_t end_pfn)
{
    struct memmap_region region = USABLE(first_pfn, end_pfn);

    return frames_metadata_size(&region, 1, 0);
}

/* 64 bytes (hardened: 192) a block of 512 touched, 32 a group of 64 blocks, 32 a row of 64 giants, 16 a region. */
Test(frames_metadata_size, follows_the_memory)
{
    cr_assert_eq(size_of(256, 320), LINE_BYTES + 32 + 32 + 16);
    cr_assert_eq(size_of(500, 513), 2 * LINE_BYTES + 32 + 32 + 16);
    cr_assert_eq(size_of(G4 - 1, G4 + 1), 2 * (LINE_BYTES + 32 + 32) + 16, "4 GiB splits");
    cr_assert_eq(size_of(0, 1), 0, "nothing to manage");
    cr_assert_eq(size_of(PFN_END - 1, PFN_END), LINE_BYTES + 32 + 32 + 16);
    cr_assert_eq(size_of(GIB_FRAMES, 2 * GIB_FRAMES), 512 * LINE_BYTES + 8 * 32 + 32 + 16);
    cr_assert_eq(size_of(64 * GIB_FRAMES, 128 * GIB_FRAMES), 64 * (512 * LINE_BYTES + 256) + 32 + 16);
}

Test(frames_metadata_size, does_not_follow_the_highest_address)
{
    static const struct memmap_region window[] = {
        USABLE(256, 131072), REGION(UINT64_C(1) << 28, (UINT64_C(1) << 28) + 1000, MEMMAP_RESERVED)};
    static const struct memmap_region far[] = {
        USABLE(256, 320), USABLE(UINT64_C(1) << 40, (UINT64_C(1) << 40) + 64)};

    cr_assert_eq(frames_metadata_size(window, 2, 0), size_of(256, 131072));
    cr_assert_eq(frames_metadata_size(far, 2, 0), 2 * size_of(256, 320));
}

Test(frames_metadata_size, counts_later_kinds_and_bridges_small_gaps)
{
    static const struct memmap_region map[] = {USABLE(512, 1024), LATER(1024 + 4 * 512, 4096),
                                               LATER(4096 + 5 * 512, 7168)};
    const uint64_t first = LINE_BYTES + 32 + 32 + 16;

    cr_assert_eq(frames_metadata_size(map, 3, 0), first);
    cr_assert_eq(frames_metadata_size(map, 2, LATER_KINDS), first + 6 * LINE_BYTES + 16);
    cr_assert_eq(frames_metadata_size(map, 3, LATER_KINDS), first + 6 * LINE_BYTES + 16 + first);
}

/* Up to four spans lie in struct frames itself. */
Test(frames_metadata_size, counts_spans_beyond_four)
{
    struct memmap_region map[5];

    for (uint64_t i = 0; i < 5; i++)
        map[i] = (struct memmap_region)USABLE((i + 1) << 20, ((i + 1) << 20) + 1);
    cr_assert_eq(frames_metadata_size(map, 4, 0), 4 * (LINE_BYTES + 32 + 32 + 16));
    cr_assert_eq(frames_metadata_size(map, 5, 0), 5 * (LINE_BYTES + 32 + 32 + 16 + 40));
}

Test(frames_metadata_size, is_0_where_the_map_is_not_normal)
{
    static const struct memmap_region swapped[] = {USABLE(500, 600), USABLE(300, 400)};

    cr_assert_eq(frames_metadata_size(swapped, 2, 0), 0);
    cr_assert_eq(size_of(7, 7), 0);
    cr_assert_eq(size_of(7, PFN_END + 1), 0);
    cr_assert_eq(frames_metadata_size(NULL, 0, 0), 0);
}

/* 126, and 128: 4,096 regions, at odd places. Exactly enough is enough, one byte less is not. */
Test(frames_init, needs_exactly_the_promised_size)
{
    static struct memmap_region map[4096];
    struct machine m;
    struct frames frames;
    uint64_t size_bytes, total = 0;

    for (size_t i = 0; i < COUNT_OF(map); i++) {
        uint64_t first = i * 5000 + i % 64;
        map[i] = (struct memmap_region)USABLE(first, first + 1 + i % 300);
    }
    size_bytes = frames_metadata_size(map, COUNT_OF(map), 0);
    machine_init(&m, map, COUNT_OF(map), size_bytes);
    for (size_t i = 1; i < COUNT_OF(map); i++, total += 1 + (i - 1) % 300)
        cr_assert_eq(frames_alloc_at(&m.frames, map[i].first_pfn, 1 + i % 300), FRAMES_OK);
    cr_assert_eq(free_count(&m), 0, "region 0 is page 0");
    cr_assert_eq(total_count(&m), total);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    memset(&frames, JUNK, sizeof frames);
    cr_assert_eq(frames_init(&frames, map, COUNT_OF(map), 0, m.memory, size_bytes - 1),
                 FRAMES_NO_ROOM);
    for (size_t i = 0; i < sizeof frames; i++)
        cr_assert_eq(((uint8_t *)&frames)[i], JUNK, "untouched");
    for (size_t i = 1; i < COUNT_OF(map); i++)
        cr_assert_eq(frames_free(&m.frames, NULL, map[i].first_pfn, 1 + i % 300), FRAMES_OK);
    cr_assert_eq(free_count(&m), total);
    machine_end(&m);
}

Test(frames_init, manages_every_usable_page_but_page_zero_and_no_other)
{
    MACHINE(m, USABLE(0, 3), LATER(3, 300), USABLE(300, 310),
            REGION(310, 320, MEMMAP_LOADER_RECLAIMABLE), USABLE(320, 325));

    cr_assert_eq(total_count(&m), 2 + 10 + 5);
    cr_assert_eq(free_count(&m), 17);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 300);
    cr_assert_eq(take(&m, REQUEST(.count = 5)), 320);
    cr_assert_eq(take(&m, REQUEST(.count = 2, .flags = FRAMES_LOW)), 1);
    machine_end(&m);
}

/* A kind that a later version of the map may have. */
Test(frames_init, leaves_unknown_kinds_alone)
{
    MACHINE(m, USABLE(300, 400), REGION(400, 500, 31), REGION(500, 600, MEMMAP_KIND_COUNT), USABLE(700, 701));

    cr_assert_eq(total_count(&m), 101);
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 450, 1));
    machine_end(&m);
}

Test(frames_init, refuses_a_map_that_is_not_normal_and_leaves_all_untouched)
{
    static const struct memmap_region bad[][2] = {
        {USABLE(300, 400), USABLE(399, 500)}, {USABLE(300, 400), USABLE(200, 250)},
        {USABLE(300, 400), USABLE(500, 500)}, {USABLE(300, 400), USABLE(500, 499)},
        {USABLE(300, 400), LATER(350, 500)}, {USABLE(300, 400), USABLE(500, PFN_END + 1)}};
    struct frames frames;
    MACHINE(m, USABLE(300, 400));

    memset(&frames, JUNK, sizeof frames);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        REFUSES(m, 0, FRAMES_BAD_REQUEST,
                frames_init(&frames, bad[i], 2, LATER_KINDS, m.memory, m.size_bytes));
    REFUSES(m, 0, FRAMES_BAD_REQUEST,
            frames_init(&frames, m_map, 1, 0, m.memory + 32, m.size_bytes));
    for (size_t i = 0; i < sizeof frames; i++)
        cr_assert_eq(((uint8_t *)&frames)[i], JUNK);
    machine_end(&m);
}

/* 128: nothing usable, and one page. */
Test(frames_init, works_with_nothing_and_with_one_page)
{
    struct frames frames;
    struct frames_stats stats;
    uint64_t pfn;
    MACHINE(m, USABLE(777, 778));

    cr_assert_eq(take(&m, REQUEST(0)), 777);
    cr_assert_eq(take(&m, REQUEST(0)), PFN_END);
    machine_end(&m);
    cr_assert_eq(frames_init(&frames, NULL, 0, 0, NULL, 0), FRAMES_OK);
    cr_assert_eq(frames_check(&frames), FRAMES_OK);
    cr_assert_eq(frames_alloc(&frames, NULL, REQUEST(0), &pfn), FRAMES_EMPTY);
    cr_assert_eq(frames_free(&frames, NULL, 777, 1), FRAMES_OUT_OF_RANGE);
    cr_assert_eq(frames_alloc_at(&frames, 777, 1), FRAMES_OUT_OF_RANGE);
    cr_assert_eq(frames_reserve(&frames, 0, 777, &pfn), FRAMES_OK);
    cr_assert_eq(frames_add(&frames, 777, 778, 0, NULL, 0), FRAMES_NO_ROOM);
    cr_assert_eq(frames_add(&frames, 0, 1, 0, NULL, 0), FRAMES_OK, "page 0 alone adds nothing");
    frames_stats(&frames, &stats);
    cr_assert_eq(stats.total_count, 0);
}

/* 128: regions at 2^40 and up to the end of the address space. */
Test(frames_init, reaches_the_end_of_the_address_space)
{
    const uint64_t far = UINT64_C(1) << 40;
    MACHINE(m, USABLE(UINT64_C(1) << 40, (UINT64_C(1) << 40) + 10), USABLE(PFN_END - 70, PFN_END));

    cr_assert_eq(frames_alloc_at(&m.frames, PFN_END - 70, 70), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, PFN_END - 1, 1), FRAMES_IN_USE);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), far);
    cr_assert_eq(frames_free(&m.frames, NULL, PFN_END - 1, 1), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.first_pfn = far)), PFN_END - 1);
    machine_end(&m);
}

/* ---- adding ------------------------------------------------------------------------------- */

/* Regions meet inside blocks: 1000 | 1100 | 1700, and 2048 is a block's bound. */
Test(frames_add, takes_what_was_set_aside_for_without_memory)
{
    MACHINE(m, USABLE(1000, 1100), LATER(1100, 1700), USABLE(1700, 2048), LATER(40000, 50000));

    cr_assert_eq(frames_add_size(&m.frames, 1100, 1700), 0);
    cr_assert_eq(frames_add(&m.frames, 1100, 1700, 0, NULL, 0), FRAMES_OK);
    cr_assert_eq(total_count(&m), 1048);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    cr_assert_eq(frames_add(&m.frames, 40000, 50000, 0, NULL, 0), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 10000)), 40000);
    cr_assert_eq(take(&m, REQUEST(.count = 1048)), 1000);
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 1048), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.order = 10)), 1024, "blocks of two regions");
    machine_end(&m);
}

Test(frames_add, brings_bookkeeping_in_the_memory_given)
{
    static _Alignas(64) uint8_t memory[4][65536];
    MACHINE(m, USABLE(1000, 1100));
    static const struct {
        uint64_t first, end;
    } added[] = {{900, 990}, {1100, 3000}, {G4 - 600, G4 + 600}, {200000, 300000}};
    uint64_t total = 100;

    for (size_t i = 0; i < COUNT_OF(added); i++) {
        uint64_t size_bytes = frames_add_size(&m.frames, added[i].first, added[i].end);
        memset(memory[i], JUNK, sizeof memory[i]);
        cr_assert(size_bytes > 0 && size_bytes < sizeof memory[i]);
        REFUSES(m, 0, FRAMES_NO_ROOM, frames_add(&m.frames, added[i].first, added[i].end, 0,
                                                 memory[i], size_bytes - 1));
        REFUSES(m, 0, FRAMES_NO_ROOM,
                frames_add(&m.frames, added[i].first, added[i].end, 0, NULL, size_bytes));
        cr_assert_eq(frames_add(&m.frames, added[i].first, added[i].end, 0, memory[i], size_bytes),
                     FRAMES_OK);
        cr_assert_eq(memory[i][size_bytes], JUNK);
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        total += added[i].end - added[i].first;
        cr_assert_eq(total_count(&m), total);
        cr_assert_eq(free_count(&m), total);
    }
    cr_assert_eq(take(&m, REQUEST(.count = 600)), G4);
    cr_assert_eq(take(&m, REQUEST(.count = 100000, .first_pfn = 3000)), 200000);
    cr_assert_eq(frames_alloc_at(&m.frames, 1000, 2000), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 2000), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 995, 1), FRAMES_NOT_OURS);
    cr_assert_eq(frames_free(&m.frames, NULL, 200000, 100000), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, &m.cache, 299999, 1), FRAMES_ALREADY_FREE);
    cr_assert_eq(frames_free(&m.frames, NULL, G4, 600), FRAMES_OK);
    cr_assert_eq(free_count(&m), total);
    machine_end(&m);
}

Test(frames_add, refuses_overlap_and_nonsense)
{
    static _Alignas(64) uint8_t memory[4096];
    MACHINE(m, USABLE(1000, 1100), USABLE(2000, 2100), LATER(2200, 2300));

    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 900, 1001, 0, memory, 4096));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 1099, 1200, 0, memory, 4096));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 0, PFN_END, 0, memory, 4096));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 1050, 1051, 0, memory, 4096));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1500, 0, memory, 4096));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1400, 0, memory, 4096));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, PFN_END + 1, 0, memory, 4096));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1600, FRAMES_LOW, memory, 4096));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1600, 0, memory + 8, 4000));
    cr_assert_eq(frames_add_size(&m.frames, 1500, 1400), 0);
    cr_assert_eq(frames_add_size(&m.frames, 1500, PFN_END + 1), 0);
    cr_assert_eq(frames_add(&m.frames, 2200, 2300, 0, NULL, 0), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 2299, 2301, 0, memory, 4096));
    REFUSES(m, 0, FRAMES_NO_ROOM, frames_add(&m.frames, 2400, 2500, 0, NULL, 0));
    cr_assert_eq(frames_add(&m.frames, 2400, 2500, 0, memory, 4096), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 2499, 2501, 0, memory, 4096));
    machine_end(&m);
}
