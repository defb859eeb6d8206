/* SPDX-License-Identifier: MIT */
/* frames: sizing, building, adding, accepting, counting, checking; big and odd maps. */
#include <sys/mman.h>
#include <unistd.h>

#include "frames/bitmap.h"
#include "test_frames_fixture.h"

/* The metadata size of one usable region. */
static uint64_t size_of(uint64_t first_pfn, uint64_t end_pfn)
{
    struct memmap_region region = USABLE(first_pfn, end_pfn);

    return frames_metadata_size(&region, 1, 0);
}

/* 64 bytes a block of 512 touched, 32 a group of 64 blocks, 32 a row of 64 giants, 16 a region. */
Test(frames_metadata_size, follows_the_memory)
{
    cr_assert_eq(size_of(256, 320), 64 + 32 + 32 + 16);
    cr_assert_eq(size_of(500, 513), 2 * 64 + 32 + 32 + 16);
    cr_assert_eq(size_of(G4 - 1, G4 + 1), 2 * (64 + 32 + 32) + 16, "4 GiB splits");
    cr_assert_eq(size_of(0, 1), 0, "nothing to manage");
    cr_assert_eq(size_of(PFN_END - 1, PFN_END), 64 + 32 + 32 + 16);
    cr_assert_eq(size_of(GIB_FRAMES, 2 * GIB_FRAMES), 32768 + 8 * 32 + 32 + 16);
    cr_assert_eq(size_of(64 * GIB_FRAMES, 128 * GIB_FRAMES), 64 * (32768 + 256) + 32 + 16);
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
    const uint64_t first = 64 + 32 + 32 + 16;

    cr_assert_eq(frames_metadata_size(map, 3, 0), first);
    cr_assert_eq(frames_metadata_size(map, 2, LATER_KINDS), first + 6 * 64 + 16);
    cr_assert_eq(frames_metadata_size(map, 3, LATER_KINDS), first + 6 * 64 + 16 + first);
}

/* Up to four spans lie in struct frames itself. */
Test(frames_metadata_size, counts_spans_beyond_four)
{
    struct memmap_region map[5];

    for (uint64_t i = 0; i < 5; i++)
        map[i] = (struct memmap_region)USABLE((i + 1) << 20, ((i + 1) << 20) + 1);
    cr_assert_eq(frames_metadata_size(map, 4, 0), 4 * (64 + 32 + 32 + 16));
    cr_assert_eq(frames_metadata_size(map, 5, 0), 5 * (64 + 32 + 32 + 16 + 40));
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
    cr_assert_eq(frames_add(&m.frames, 2200, 2300, 0, NULL, 0), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 2299, 2301, 0, memory, 4096));
    REFUSES(m, 0, FRAMES_NO_ROOM, frames_add(&m.frames, 2400, 2500, 0, NULL, 0));
    cr_assert_eq(frames_add(&m.frames, 2400, 2500, 0, memory, 4096), FRAMES_OK);
    REFUSES(m, 0, FRAMES_IN_USE, frames_add(&m.frames, 2499, 2501, 0, memory, 4096));
    machine_end(&m);
}

/* ---- unaccepted memory -------------------------------------------------------------------- */

struct acceptor {
    uint64_t first[16], count[16];
    unsigned calls;
    uint64_t refused_pfn; /* a range with this frame is refused */
};

static bool accept(void *context, uint64_t first_pfn, uint64_t count)
{
    struct acceptor *acceptor = context;

    acceptor->first[acceptor->calls % 16] = first_pfn;
    acceptor->count[acceptor->calls++ % 16] = count;
    return acceptor->refused_pfn < first_pfn || acceptor->refused_pfn >= first_pfn + count;
}

/*
 *   1000      1024      1536      2048      2560  2600
 *   [ at once   | 1st use | 1st use | 1st use | at once )
 */
Test(frames_accept, is_asked_once_a_block_before_its_first_use)
{
    struct acceptor acceptor = {.refused_pfn = PFN_END};
    uint64_t pfn;
    MACHINE(m, USABLE(500, 510), LATER(1000, 2600));

    frames_set_accept(&m.frames, accept, &acceptor);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 500);
    cr_assert_eq(frames_add(&m.frames, 1000, 2600, FRAMES_UNACCEPTED, NULL, 0), FRAMES_OK);
    cr_assert_eq(acceptor.calls, 2);
    cr_assert_eq(acceptor.first[0], 1000);
    cr_assert_eq(acceptor.count[0], 24);
    cr_assert_eq(acceptor.first[1], 2560);
    cr_assert_eq(acceptor.count[1], 40);
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
        cr_assert_eq(acceptor.calls, 3);
        cr_assert_eq(acceptor.first[2], pfn);
        cr_assert_eq(acceptor.count[2], 512);
        cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, 9), FRAMES_OK);
    }
    cr_assert_eq(take(&m, REQUEST(.count = 1600)), 1000);
    cr_assert_eq(acceptor.calls, 5);
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 1600), FRAMES_OK);
    for (int i = 0; i < 1600; i++)
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
    cr_assert_eq(acceptor.calls, 5);
    machine_end(&m);
}

Test(frames_accept, never_hands_out_what_it_refuses)
{
    struct acceptor acceptor = {.refused_pfn = 1800};
    uint64_t pfn, count = 0;
    MACHINE(m, USABLE(500, 510), LATER(1024, 2560), LATER(40000, 40100));

    frames_set_accept(&m.frames, accept, &acceptor);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 500);
    cr_assert_eq(frames_add(&m.frames, 1024, 2560, FRAMES_UNACCEPTED, NULL, 0), FRAMES_OK);
    cr_assert_eq(acceptor.calls, 0);
    cr_assert_eq(frames_alloc_at(&m.frames, 1500, 500), FRAMES_IN_USE);
    acceptor.calls = 0;
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, 9), FRAMES_OK);
    acceptor.calls = 0;
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc_order(&m.frames, NULL, 10, &pfn));
    for (; take(&m, REQUEST(0)) != PFN_END; count++)
        acceptor.calls = 0;
    cr_assert_eq(count, 1024);
    acceptor.calls = 0;
    cr_assert_eq(frames_reserve(&m.frames, 1024, 2560, &count), FRAMES_OK, "it ends");
    cr_assert_eq(count, 0);
    acceptor.calls = 0;
    acceptor.refused_pfn = 40050;
    REFUSES(m, 0, FRAMES_REFUSED,
            frames_add(&m.frames, 40000, 40100, FRAMES_UNACCEPTED, NULL, 0));
    machine_end(&m);
}

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
        {m.cache.take_word, UINT64_C(1) << 63},     {&m.cache.give_mask, 1},
    };
    for (size_t i = 0; i < COUNT_OF(spoils); i++) {
        cr_assert_eq(frames_check(&m.frames), FRAMES_OK);
        *spoils[i].word ^= spoils[i].flip;
        cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "spoil %zu", i);
        *spoils[i].word ^= spoils[i].flip;
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
    cr_assert_leq(size_bytes, (gib_count + 2) * 33024 + gib_count + 1024);
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
