/* SPDX-License-Identifier: MIT */
/* frames: counting, checking, big machines; ranges of bits and runs in words. */
#include <sys/mman.h>
#include <unistd.h>

#include "frames/bitmap.h"
#include "test_frames_fixture.h"

/* ---- statistics --------------------------------------------------------------------------- */

/*
 *   1024      1088 1090       1100   1535 1537   G4+1  G4+4
 *   [ 64 free | 2 | x x x x ]  [x x x x][..)      [ ... )        x is handed out
 */
Test(frames_stats, counts_zones_runs_and_aligned_blocks)
{
    struct frames_stats stats;
    MACHINE(m, USABLE(10, 11), USABLE(250, 260), USABLE(1024, 1100), USABLE(1500, 1537),
            USABLE(G4 + 1, G4 + 4));

    cr_assert_eq(frames_alloc_at(&m.frames, 1090, 10), FRAMES_OK);
    cr_assert_eq(frames_alloc_at(&m.frames, 1500, 35), FRAMES_OK);
    cr_assert_eq(frames_free(&m.frames, NULL, 11, 1), FRAMES_NOT_OURS);
    frames_stats(&m.frames, &stats);
    cr_assert_eq(stats.total_count, 1 + 10 + 76 + 37 + 3);
    cr_assert_eq(stats.free_count, 1 + 10 + 66 + 2 + 3);
    cr_assert_eq(stats.parked_count, 0);
    cr_assert_eq(stats.zones[FRAMES_ZONE_LOW].free_count, 7);
    cr_assert_eq(stats.zones[FRAMES_ZONE_4G].free_count, 4 + 66 + 2);
    cr_assert_eq(stats.zones[FRAMES_ZONE_HIGH].free_count, 3);
    cr_assert_eq(stats.largest_run_count, 66);
    cr_assert_eq(stats.refused_count, 1);
    for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++) {
        static const uint64_t low[19] = {1, 1, 1}, middle[19] = {2, 1, 1, 0, 0, 0, 1}, high[19] = {1, 1};
        cr_assert_eq(stats.zones[FRAMES_ZONE_LOW].free_by_order[order], low[order], "%u", order);
        cr_assert_eq(stats.zones[FRAMES_ZONE_4G].free_by_order[order], middle[order], "%u", order);
        cr_assert_eq(stats.zones[FRAMES_ZONE_HIGH].free_by_order[order], high[order], "%u", order);
    }
    machine_end(&m);
}

/* Each promise of the check, broken one at a time. */
Test(frames_check, finds_what_does_not_add_up)
{
    uint64_t pfn;
    MACHINE(m, USABLE(300, 400), USABLE(1024, 1024 + 8 * 512), USABLE(262144, 3 * 262144));
    struct block open, whole, part, giant;

    pfn = take(&m, REQUEST(.end_pfn = 262144 - 1, .first_pfn = 1024));
    (void)take_cached(&m, REQUEST(0));
    open = block_of(frames_find_span(&m.frames, pfn >> 9), pfn >> 9);
    whole = block_of(open.span, pfn >> 9 == 3 ? 4 : 3);
    part = block_of(frames_find_span(&m.frames, 0), 0);
    giant = block_of(frames_find_span(&m.frames, 512), 512);
    cr_assert(row_says(&giant, GIANT) && group_says(&whole, WHOLE) && group_says(&open, SOME));
    struct {
        _Atomic uint64_t *word;
        uint64_t flip;
    } spoils[] = {
        {&open.group->words[SOME], open.bit},       {&open.group->words[LINED], open.bit},
        {&open.group->words[MANAGED], open.bit},    {&open.group->words[WHOLE], open.bit},
        {&whole.group->words[MANAGED], whole.bit},  {&whole.group->words[SOME], whole.bit},
        {&part.group->words[MANAGED], part.bit},    {&part.group->words[WHOLE], part.bit},
        {&part.line->words[4], UINT64_C(1)},        {&part.line->words[0], UINT64_C(1) << 63},
        {&open.row->words[SOME], open.giant_bit},   {&open.row->words[WHOLE], open.giant_bit},
        {&open.row->words[GIANT], open.giant_bit},  {&giant.row->words[SOME], giant.giant_bit},
        {&giant.row->words[WHOLE], giant.giant_bit},
        {&m.frames.moves, 1},                       {&m.frames.seekers, 1},
        {m.cache.take_word, m.cache.take_mask},     {&m.cache.give_mask, 1},
    };
    for (size_t i = 0; i < COUNT_OF(spoils); i++) {
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        *spoils[i].word ^= spoils[i].flip;
        cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "spoil %zu", i);
        *spoils[i].word ^= spoils[i].flip;
    }
    machine_end(&m);
}

/* A giant that is said to be free as a whole, but is not there as a whole. */
Test(frames_check, finds_a_giant_that_is_not_managed)
{
    MACHINE(m, USABLE(300, 400), LATER(GIB_FRAMES + 512, 2 * GIB_FRAMES), LATER(2 * GIB_FRAMES, 3 * GIB_FRAMES));

    for (uint64_t gib = 1; gib < 3; gib++) {
        uint64_t number = (gib * GIB_FRAMES + 512) / 512;
        struct block giant = block_of(frames_find_span(&m.frames, number), number);
        giant.row->words[GIANT] ^= giant.giant_bit;
        cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "GiB %" PRIu64, gib);
        giant.row->words[GIANT] ^= giant.giant_bit;
    }
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

/* ---- big machines ------------------------------------------------------------------------- */

static uint64_t resident_pages(void *memory, uint64_t size_bytes)
{
    uint64_t pages = size_bytes / 4096, count = 0;
    unsigned char *map = malloc(pages);

    cr_assert_eq(mincore(memory, pages * 4096, map), 0);
    for (uint64_t i = 0; i < pages; i++)
        count += map[i] & 1;
    free(map);
    return count;
}

/* 900 GiB and 16 TiB: only what is used is touched, and giants come and go. */
static void big_machine(uint64_t gib_count)
{
    const struct memmap_region map[] = {USABLE(0, 160), USABLE(256, 0x80000),
                                        USABLE(G4, G4 + gib_count * GIB_FRAMES)};
    uint64_t size_bytes = frames_metadata_size(map, 3, 0);
    uint64_t total = 159 + 0x80000 - 256 + gib_count * GIB_FRAMES;
    struct frames_stats stats;
    struct frames frames;
    uint64_t pfn;
    void *metadata = mmap(NULL, size_bytes + 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    cr_assert_neq(metadata, MAP_FAILED);
    cr_assert_leq(size_bytes, (gib_count + 2) * (512 * LINE_BYTES + 256) + gib_count + 1024);
    cr_assert_eq(frames_init(&frames, map, 3, 0, metadata, size_bytes), FRAMES_OK);
    frames_stats(&frames, &stats);
    cr_assert_eq(stats.free_count, total);
    cr_assert_eq(stats.largest_run_count, gib_count * GIB_FRAMES);
    cr_assert_leq(resident_pages(metadata, size_bytes), 8, "%" PRIu64,
                  resident_pages(metadata, size_bytes));
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(frames_alloc(&frames, NULL, REQUEST(0), &pfn), FRAMES_OK);
    cr_assert_leq(resident_pages(metadata, size_bytes), 12);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(frames_alloc_order(&frames, NULL, 18, &pfn), FRAMES_OK);
    frames_stats(&frames, &stats);
    cr_assert_eq(stats.free_count, total - 1000 - 3 * GIB_FRAMES);
    cr_assert_eq(frames_check(&frames), FRAMES_OK);
    munmap(metadata, size_bytes + 4096);
}

Test(frames_init, touches_only_what_is_used_of_900_gib)
{
    big_machine(898);
}

Test(frames_init, touches_only_what_is_used_of_16_tib)
{
    big_machine(16384);
}

/* Every range of a few words, against a bit at a time. */
Test(bitmap, agrees_with_a_bit_at_a_time)
{
    uint64_t words[4] = {UINT64_C(0x8001), UINT64_MAX, 0, UINT64_C(0xf00000000000000f)};

    for (uint64_t first = 0; first <= 256; first++) {
        for (uint64_t end = first; end <= 256; end += 1 + end % 3) {
            uint64_t expected[2][4], got[2][4], count = 0;
            for (int value = 0; value < 2; value++) {
                memcpy(expected[value], words, sizeof words);
                memcpy(got[value], words, sizeof words);
                for (uint64_t bit = first; bit < end; bit++) {
                    uint64_t mask = UINT64_C(1) << (bit % 64);
                    count += value && (words[bit / 64] & mask) != 0;
                    expected[value][bit / 64] &= ~mask;
                    expected[value][bit / 64] |= value ? mask : 0;
                }
                bitmap_fill(got[value], first, end, value);
            }
            cr_assert_arr_eq(got, expected, sizeof got);
            cr_assert_eq(bitmap_count(words, first, end), count);
        }
    }
}

/* Every count, at every start, in words of every density: against a bit at a time. */
Test(run_find, agrees_with_a_bit_at_a_time)
{
    uint64_t word = UINT64_C(0x9e3779b97f4a7c15);

    for (int round = 0; round < 400; round++) {
        uint64_t dense = word | word << 1 | word >> 7;
        uint64_t bits = round % 4 == 0 ? word : round % 4 == 1 ? dense : dense | dense << 3 | dense >> 11;
        for (unsigned count = 1; count <= 64; count++) {
            for (unsigned align = 1; align <= 64; align *= 2) {
                unsigned expected = 99, got = 99;
                for (unsigned first = 0; first + count <= 64 && expected == 99; first += align) {
                    if ((bits >> first & bit_mask_low(count)) == bit_mask_low(count))
                        expected = first;
                }
                cr_assert_eq(run_find(bits, count, aligned_starts(align), &got), expected != 99);
                cr_assert_eq(got, expected);
            }
        }
        word = word * UINT64_C(6364136223846793005) + 1442695040888963407u;
    }
}
