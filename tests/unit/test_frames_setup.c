/* SPDX-License-Identifier: MIT */
/* frames: sizing, building, adding, counting, checking; big and odd maps. */
#include <sys/mman.h>

#include "frames/arenas.h"
#include "frames/bitmap.h"
#include "test_frames_fixture.h"

/* The metadata size of one usable region. */
static uint64_t size_of(uint64_t first_pfn, uint64_t end_pfn)
{
    struct memmap_region region = USABLE(first_pfn, end_pfn);

    return frames_metadata_size(&region, 1, 0, 0);
}

Test(frames_metadata_size, is_40_bytes_an_arena_and_8_a_word_touched)
{
    cr_assert_eq(size_of(256, 320), 40 + 8);
    cr_assert_eq(size_of(300, 400), 40 + 3 * 8);
    cr_assert_eq(size_of(200, 400), 40 + 8 + 40 + 3 * 8, "1 MiB splits");
    cr_assert_eq(size_of(G4 - 1, G4 + 1), 40 + 8 + 40 + 8, "4 GiB splits");
    cr_assert_eq(size_of(0, 65), 40 + 2 * 8, "page 0 left out");
    cr_assert_eq(size_of(0, 1), 0, "nothing to manage");
    cr_assert_eq(size_of(PFN_END - 1, PFN_END), 40 + 8);
    cr_assert_eq(size_of(256, 256 + (UINT64_C(1) << 18)), 40 + (1 << 15), "32 KiB a GiB");
}

Test(frames_metadata_size, follows_usable_memory_not_the_highest_address)
{
    static const struct memmap_region map[] = {
        USABLE(256, 320), REGION(1000, UINT64_C(1) << 40, MEMMAP_MMIO),
        USABLE(UINT64_C(1) << 40, (UINT64_C(1) << 40) + 64)};

    cr_assert_eq(frames_metadata_size(map, 3, 0, 0), 2 * (40 + 8));
}

Test(frames_metadata_size, is_0_where_it_would_wrap_or_the_map_is_not_normal)
{
    static const struct memmap_region swapped[] = {USABLE(500, 600), USABLE(300, 400)};
    static const struct memmap_region one[] = {USABLE(500, 600)};

    cr_assert_eq(frames_metadata_size(one, 1, SIZE_MAX, 1), 0);
    cr_assert_eq(frames_metadata_size(one, 1, SIZE_MAX / 126 + 1, 1), 0);
    cr_assert_eq(frames_metadata_size(one, 1, 1, UINT64_MAX), 0);
    cr_assert_neq(frames_metadata_size(one, 1, 1, UINT64_MAX - 126), 0);
    cr_assert_eq(frames_metadata_size(swapped, 2, 0, 0), 0);
    cr_assert_eq(size_of(7, 7), 0);
    cr_assert_eq(size_of(7, PFN_END + 1), 0);
    cr_assert_eq(frames_metadata_size(NULL, 0, 0, 0), 0);
}

/* 126, and 128: 4,096 regions, at odd places. Exactly enough is enough, one byte less is not. */
Test(frames_init, needs_exactly_the_promised_size)
{
    static struct memmap_region map[4096];
    struct machine m;
    struct frames frames;
    uint64_t size_bytes;

    for (size_t i = 0; i < COUNT_OF(map); i++)
        map[i] = (struct memmap_region)USABLE(i * 1000 + i % 64, i * 1000 + i % 64 + 1 + i % 300);
    size_bytes = frames_metadata_size(map, COUNT_OF(map), 0, 0);
    machine_init(&m, map, COUNT_OF(map), size_bytes);
    cr_assert_eq(m.frames.metadata_used_bytes, size_bytes);
    for (size_t i = 1; i < COUNT_OF(map); i++)
        cr_assert_eq(frames_alloc_at(&m.frames, map[i].first_pfn, 1 + i % 300), FRAMES_OK);
    cr_assert_eq(m.frames.free_count, 0, "region 0 is page 0");
    machine_save(&m);
    memset(&frames, JUNK, sizeof frames);
    cr_assert_eq(frames_init(&frames, map, COUNT_OF(map), m.memory, size_bytes - 1),
                 FRAMES_NO_ROOM);
    for (size_t i = 0; i < sizeof frames; i++)
        cr_assert_eq(((uint8_t *)&frames)[i], JUNK, "untouched");
    cr_assert(machine_is_as_saved(&m, 0));
    machine_end(&m);
}

Test(frames_init, manages_every_usable_page_but_page_zero_and_no_other)
{
    MACHINE(m, USABLE(0, 3), REGION(3, 300, MEMMAP_BOOT_RECLAIMABLE), USABLE(300, 310),
            REGION(310, 320, MEMMAP_LOADER_RECLAIMABLE), USABLE(320, 325));

    cr_assert_eq(m.frames.total_count, 2 + 10 + 5);
    cr_assert_eq(m.frames.free_count, 17);
    cr_assert_eq(take(&m, REQUEST(.count = 5)), 320);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 300);
    cr_assert_eq(take(&m, REQUEST(.count = 2, .flags = FRAMES_LOW)), 1);
    machine_end(&m);
}

Test(frames_init, refuses_a_map_that_is_not_normal_and_leaves_all_untouched)
{
    static const struct memmap_region bad[][2] = {
        {USABLE(300, 400), USABLE(399, 500)}, {USABLE(300, 400), USABLE(200, 250)},
        {USABLE(300, 400), USABLE(500, 500)}, {USABLE(300, 400), USABLE(500, 499)},
        {USABLE(300, 400), USABLE(500, PFN_END + 1)}};
    struct frames frames;
    MACHINE(m, USABLE(300, 400));

    memset(&frames, JUNK, sizeof frames);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        REFUSES(m, 0, FRAMES_BAD_REQUEST,
                frames_init(&frames, bad[i], 2, m.memory, m.size_bytes));
    REFUSES(m, 0, FRAMES_BAD_REQUEST, frames_init(&frames, m_map, 1, m.memory + 4, m.size_bytes));
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
    cr_assert_eq(frames_init(&frames, NULL, 0, NULL, 0), FRAMES_OK);
    cr_assert_eq(frames_check(&frames), FRAMES_OK);
    cr_assert_eq(frames_alloc(&frames, NULL, REQUEST(0), &pfn), FRAMES_EMPTY);
    cr_assert_eq(frames_free(&frames, NULL, 777, 1), FRAMES_OUT_OF_RANGE);
    cr_assert_eq(frames_alloc_at(&frames, 777, 1), FRAMES_OUT_OF_RANGE);
    cr_assert_eq(frames_reserve(&frames, 0, 777, &pfn), FRAMES_OK);
    cr_assert_eq(frames_add(&frames, 777, 778), FRAMES_NO_ROOM);
    cr_assert_eq(frames_add(&frames, 0, 1), FRAMES_OK, "page 0 alone adds nothing");
    frames_stats(&frames, &stats);
    cr_assert_eq(stats.total_count, 0);
}

/* 128: regions at 2^40 and up to the end of the address space. */
Test(frames_init, reaches_the_end_of_the_address_space)
{
    const uint64_t far = UINT64_C(1) << 40;
    MACHINE(m, USABLE(UINT64_C(1) << 40, (UINT64_C(1) << 40) + 10), USABLE(PFN_END - 70, PFN_END));

    cr_assert_eq(take(&m, REQUEST(0)), PFN_END - 1);
    cr_assert_eq(take(&m, REQUEST(.order = 6)), PFN_END, "none");
    cr_assert_eq(frames_free(&m.frames, NULL, PFN_END - 1, 1), FRAMES_OK);
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, PFN_END - 1, 2));
    cr_assert_eq(take(&m, REQUEST(.order = 6)), PFN_END - 64);
    cr_assert_eq(take(&m, REQUEST(.count = 7, .end_pfn = far + 10)), far + 3);
    machine_end(&m);
}

Test(frames_add, adds_between_below_and_above_split_at_the_bounds)
{
    static const struct memmap_region map[] = {USABLE(1000, 1100)};
    struct machine m;

    machine_init(&m, map, 1, frames_metadata_size(map, 1, 4, G4 + 100 + 150 + 10 + 1));
    cr_assert_eq(frames_add(&m.frames, 1100, G4 + 100), FRAMES_OK);
    cr_assert_eq(frames_add(&m.frames, 150, 300), FRAMES_OK);
    cr_assert_eq(frames_add(&m.frames, 990, 1000), FRAMES_OK);
    cr_assert_eq(frames_add(&m.frames, 0, 2), FRAMES_OK);
    cr_assert_eq(m.frames.total_count, 100 + (G4 + 100 - 1100) + 150 + 10 + 1);
    cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 101, .first_pfn = G4 - 50)), PFN_END);
    cr_assert_eq(take(&m, REQUEST(.count = 100)), G4);
    cr_assert_eq(take(&m, REQUEST(.count = 44, .end_pfn = 300)), 256);
    cr_assert_eq(take(&m, REQUEST(.count = 106, .end_pfn = 300, .flags = FRAMES_LOW)), 150);
    cr_assert_eq(frames_alloc_at(&m.frames, 990, 1000), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 1, 1), FRAMES_OK);
    machine_end(&m);
}

Test(frames_add, refuses_overlap_nonsense_and_lack_of_room)
{
    static const struct memmap_region map[] = {USABLE(1000, 1100), USABLE(2000, 2100)};
    struct machine m;

    machine_init(&m, map, 2, frames_metadata_size(map, 2, 0, 0) + 40 + 8 + 7);
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 900, 1001));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 1099, 1200));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 0, PFN_END));
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 1050, 1051));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1500));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, 1400));
    REFUSES(m, 1, FRAMES_BAD_REQUEST, frames_add(&m.frames, 1500, PFN_END + 1));
    REFUSES(m, 0, FRAMES_NO_ROOM, frames_add(&m.frames, 1535, 1537));
    cr_assert_eq(frames_add(&m.frames, 1536, 1600), FRAMES_OK);
    REFUSES(m, 0, FRAMES_NO_ROOM, frames_add(&m.frames, 1700, 1701));
    cr_assert_eq(take(&m, REQUEST(.count = 64, .end_pfn = 1700)), 1536);
    machine_end(&m);
}

/* The dearest places there are: both ends of each region alone in their words, both bounds. */
Test(frames_add, finds_room_for_the_extras_wherever_they_lie)
{
    static const struct memmap_region map[] = {USABLE(G4 + 6400, G4 + 6401)};
    struct machine m;

    machine_init(&m, map, 1, frames_metadata_size(map, 1, 4, G4 + 1 - 255 + 3 * 66));
    cr_assert_eq(frames_add(&m.frames, 255, G4 + 1), FRAMES_OK);
    for (uint64_t i = 1; i <= 3; i++)
        cr_assert_eq(frames_add(&m.frames, G4 + i * 640 - 1, G4 + i * 640 + 65), FRAMES_OK);
    cr_assert_leq(m.size_bytes - m.frames.metadata_used_bytes, 8);
    machine_end(&m);
}

/*
 *   1024      1088 1090       1100   1535 1537   G4+1  G4+4
 *   [ 64 free | 2 | x x x x ]  [x x x x][..)      [ ... )        x is handed out
 */
Test(frames_stats, counts_zones_runs_and_aligned_blocks)
{
    struct frames_stats stats;
    MACHINE(m, USABLE(10, 11), USABLE(1024, 1100), USABLE(1500, 1537), USABLE(G4 + 1, G4 + 4));

    cr_assert_eq(frames_alloc_at(&m.frames, 1090, 10), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 1500, 35), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 11, 1), FRAMES_OUT_OF_RANGE);
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.total_count, 1 + 76 + 37 + 3);
    cr_assert_eq(stats.free_count, 1 + 66 + 2 + 3);
    cr_assert_eq(stats.parked_count, 0);
    cr_assert_eq(stats.free_low_count, 1);
    cr_assert_eq(stats.free_4g_count, 66 + 2);
    cr_assert_eq(stats.free_high_count, 3);
    cr_assert_eq(stats.largest_run_count, 66);
    cr_assert_eq(stats.refused_count, 1);
    for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++) {
        uint64_t expected = order == 0 ? 4 : order == 1 ? 2 : order == 6 ? 1 : 0;
        cr_assert_eq(stats.free_by_order[order], expected, "order %u", order);
    }
    machine_end(&m);
}

/* One field at a time is wrong. */
Test(frames_check, finds_what_does_not_add_up)
{
    uint64_t *fields[24];
    size_t count = 0;
    MACHINE(m, USABLE(1, 10), USABLE(300, 400), USABLE(1000, 1100));

    for (size_t i = 0; i < 3; i++) {
        struct frames_arena *arena = &m.frames.arenas[i];
        uint64_t *own[] = {&arena->first_pfn, &arena->end_pfn, (uint64_t *)(void *)&arena->words,
                           &arena->free_count, arena->words};
        memcpy(&fields[count], own, sizeof own);
        count += COUNT_OF(own);
    }
    fields[count++] = &m.frames.total_count;
    fields[count++] = &m.frames.free_count;
    fields[count++] = &m.frames.parked_count;
    fields[count++] = &m.frames.metadata_used_bytes;
    for (size_t i = 0; i < count; i++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            *fields[i] ^= UINT64_C(1) << bit;
            cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "field %zu bit %u", i, bit);
            *fields[i] ^= UINT64_C(1) << bit;
        }
    }
    m.frames.top_arena = 1; /* while the third has free frames */
    cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT);
    m.frames.top_arena = 3;
    cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT);
    m.frames.top_arena = 2;
    m.frames.arenas[1].hint_pfn = 400;
    cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT);
    m.frames.arenas[1].hint_pfn = 399;
    machine_end(&m);
}

Test(frames_next, walks_usable_frames_upwards_above_1_mib)
{
    static const uint64_t expected[] = {256, 257, 400, 401, 402, PFN_END - 1};
    static const struct memmap_region map[] = {
        USABLE(0, 100), USABLE(200, 258), REGION(300, 310, MEMMAP_RESERVED), USABLE(400, 402),
        USABLE(402, 403), USABLE(PFN_END - 1, PFN_END)};
    uint64_t cursor = 0;
    uint64_t pfn;

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        cr_assert(frames_next(map, COUNT_OF(map), &cursor, &pfn));
        cr_assert_eq(pfn, expected[i]);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_not(frames_next(map, COUNT_OF(map), &cursor, &pfn));
        cr_assert_eq(cursor, PFN_END);
        cr_assert_eq(pfn, PFN_END - 1, "untouched");
    }
    cr_assert_not(frames_next(NULL, 0, &cursor, &pfn));
}

/* A machine of 900 GiB: 236 million frames, 28 MiB of metadata. */
Test(frames_init, manages_900_gib)
{
    static const struct memmap_region map[] = {
        USABLE(0, 160), USABLE(256, 0x80000), USABLE(G4, G4 + UINT64_C(898) * 262144)};
    uint64_t size_bytes = frames_metadata_size(map, 3, 0, 0);
    void *metadata = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                          -1, 0);
    struct frames frames;
    struct frames_stats stats;
    uint64_t pfn;

    cr_assert_eq(size_bytes, 3 * 40 + 3 * 8 + (0x80000 - 256) / 8 + UINT64_C(898) * 32768);
    cr_assert_neq(metadata, MAP_FAILED);
    cr_assert_eq(frames_init(&frames, map, 3, metadata, size_bytes), FRAMES_OK);
    cr_assert_eq(frames.free_count, 159 + 0x80000 - 256 + UINT64_C(898) * 262144);
    for (uint64_t i = 0; i < 898; i++) {
        cr_assert_eq(frames_alloc(&frames, NULL, REQUEST(.order = 18), &pfn), FRAMES_OK);
        cr_assert_eq(pfn, G4 + (897 - i) * 262144);
    }
    cr_assert_eq(frames_alloc(&frames, NULL, REQUEST(0), &pfn), FRAMES_OK);
    cr_assert_eq(pfn, 0x80000 - 1);
    for (uint64_t i = 0; i < 898; i++)
        cr_assert_eq(frames_free_order(&frames, NULL, G4 + i * 262144, 18), FRAMES_OK);
    cr_assert_eq(frames_check(&frames), FRAMES_OK);
    frames_stats(&frames, &stats);
    cr_assert_eq(stats.free_by_order[18], 898, "the last frame below 2 GiB is out");
    cr_assert_eq(stats.largest_run_count, UINT64_C(898) * 262144);
    munmap(metadata, size_bytes);
}

/* Every range of a few words: the four functions against a bit at a time. */
Test(bitmap, agrees_with_a_bit_at_a_time)
{
    uint64_t words[4] = {UINT64_C(0x8001), UINT64_MAX, 0, UINT64_C(0xf00000000000000f)};

    for (uint64_t first = 0; first <= 256; first++) {
        for (uint64_t end = first; end <= 256; end += 1 + end % 3) {
            uint64_t copy[4], count = 0, last[2] = {999, 999}, got[2] = {999, 999}, word = 9;
            memcpy(copy, words, sizeof words);
            for (uint64_t bit = first; bit < end; bit++) {
                bool value = words[bit / 64] >> (bit % 64) & 1;
                count += value;
                last[value] = bit;
                copy[bit / 64] ^= UINT64_C(1) << (bit % 64);
            }
            cr_assert_eq(bitmap_count(words, first, end), count);
            cr_assert_eq(bitmap_last(words, first, end, false, &got[0]), last[0] != 999);
            cr_assert_eq(bitmap_last(words, first, end, true, &got[1]), last[1] != 999);
            cr_assert_arr_eq(got, last, sizeof last);
            bool full = first <= 64 && end >= 128;
            cr_assert_eq(bitmap_last_full_word(words, first, end, &word), full);
            cr_assert_eq(word, full ? 1 : 9);
            bitmap_fill(copy, first, end, false);
            cr_assert_eq(bitmap_count(copy, 0, 256), bitmap_count(words, 0, 256) - count);
            bitmap_fill(copy, first, end, true);
            cr_assert_eq(bitmap_count(copy, 0, 256),
                         bitmap_count(words, 0, 256) - count + end - first);
        }
    }
}
