/* SPDX-License-Identifier: MIT */
/* pool: where its memory comes from: pool_init, pool_grow, pool_grow_map. */
#include "test_pool.h"

#define REFUSED_CONFIG(f, status, ...)                                  \
    do {                                                                \
        struct pool_config config_ = fixture_config((f), 16, 8);        \
        __VA_ARGS__;                                                    \
        REFUSES((f), (status), pool_init(&(f)->pool, &config_));        \
    } while (0)

Test(pool_init, refuses_configurations_that_make_no_sense)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t a = take(f, 5);

    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.block_size = 0);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.block_size = POOL_BLOCK_BYTES_MAX + 1);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.align_bytes = 3, config_.block_size = 48);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.align_bytes = 32);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.id = POOL_ID_MAX + 1);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.slots = NULL);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.slot_count = 0);
    REFUSED_CONFIG(f, POOL_BAD_CONFIG, config_.slot_count = POOL_SLOTS_MAX + 1);
    REFUSED_CONFIG(f, POOL_BAD_ARENA, config_.arena = NULL);
    REFUSED_CONFIG(f, POOL_BAD_ARENA, config_.arena_bytes = SIZE_MAX);
    REFUSED_CONFIG(f, POOL_BAD_ARENA, config_.block_count = (size_t)POOL_BLOCKS_MAX + 1);
    REFUSED_CONFIG(f, POOL_ARENA_TOO_SMALL, config_.arena_bytes = 8 * 16 - 1);
    REFUSED_CONFIG(f, POOL_ARENA_TOO_SMALL, config_.arena_bytes = 15);
    REFUSED_CONFIG(f, POOL_ARENA_TOO_SMALL, config_.arena_bytes = 8 * 16 + 14, config_.align_bytes = 16);
    cr_assert_eq(where(f, a), 0, "what was before is still there");
    free(f);
}

Test(pool_init, fits_exactly)
{
    struct fixture *f = fixture_raw();
    struct pool_config config = fixture_config(f, 16, 8);

    config.arena_bytes = 8 * 16;
    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    fill(f, take(f, 8 * 16 - 1), 0x77);
    cr_assert(f->arena[8 * 16 - 1] == 0x77 && f->arena[8 * 16] == 0x5a);
    free(f);
}

/* Again: everything before is freed and stale, and stays so when handles are given anew. */
Test(pool_init, frees_what_was_before)
{
    struct fixture *f = fixture_make(64, 10);
    struct pool_config config = fixture_config(f, 32, 12);
    pool_handle_t a = take(f, 5), b = take(f, 80), c;

    give(f, a);
    a = take(f, 6);
    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    GOOD(f);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, a));
    c = take(f, 32 * 12 - 1);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, a));
    REFUSES(f, POOL_STALE, pool_free(&f->pool, b));
    give(f, c);
    free(f);
}

/* (0, 0) gives the memory back; nothing works until it has some again, and old handles never do. */
Test(pool_init, releases_everything_when_both_are_0)
{
    struct fixture *f = fixture_make(64, 10);
    struct pool_config config = fixture_config(f, 64, 10), release = {.block_size = 0};
    pool_handle_t a = take(f, 5), handle;
    struct pool_step step;
    struct pool_stats stats;

    cr_assert_eq(pool_init(&f->pool, &release), POOL_OK);
    memset(f->slots, 0x11, sizeof f->slots);
    memset(f->arena, 0x22, sizeof f->arena);
    GOOD(f);
    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 0, &handle));
    REFUSES(f, POOL_BAD_HANDLE, pool_free(&f->pool, a));
    REFUSES(f, POOL_BAD_CONFIG, pool_grow(&f->pool, f->arena, ARENA_BYTES));
    REFUSES(f, POOL_OK, pool_compact_step(&f->pool, 1, &step));
    cr_assert(step.is_done && pool_compact(&f->pool) == 0);
    pool_stats(&f->pool, &stats);
    cr_assert(stats.block_count == 0 && stats.handle_count == 0 && stats.region_count == 0);
    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    take(f, 5);
    REFUSES(f, POOL_STALE, pool_free(&f->pool, a));
    free(f);
}

Test(pool_init, refuses_while_something_is_pinned)
{
    struct fixture *f = fixture_make(64, 10);
    pool_handle_t a = take(f, 5);

    pin(f, a);
    REFUSED_CONFIG(f, POOL_PINNED, (void)config_);
    REFUSED_CONFIG(f, POOL_PINNED, config_ = (struct pool_config){.block_size = 0});
    unpin(f, a);
    give(f, a);
    free(f);
}

/* The header lies before the bound, so that the payload begins on it; also behind a long header. */
Test(pool_init, aligns_payloads)
{
    static const size_t aligns[] = {1, 2, 4, 8, 16, 32};
    struct fixture *f = fixture_raw();

    for (size_t i = 0; i < sizeof aligns / sizeof aligns[0]; i++) {
        for (size_t skew = 0; skew < 3; skew++) {
            struct pool_config config = fixture_config(f, 32, 200);
            pool_handle_t small, large;
            config.arena = f->arena + skew;
            config.arena_bytes = 200 * 32 + aligns[i] - 1;
            config.align_bytes = aligns[i];
            cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
            small = take(f, 31);
            large = take(f, 2000);
            cr_assert_eq((uintptr_t)pin(f, small) % aligns[i], 0);
            cr_assert_eq((uintptr_t)pin(f, large) % aligns[i], 0);
            fill(f, large, 9);
            GOOD(f);
            unpin(f, small);
            unpin(f, large);
        }
    }
    free(f);
}

/* ---- growing ------------------------------------------------------------------------------ */

/* No arena at first; then two regions of 8 and 4 blocks. A run lies in one of them. */
Test(pool_grow, adds_regions_that_no_run_crosses)
{
    struct fixture *f = fixture_raw();
    struct pool_config config = fixture_config(f, 16, 0);
    pool_handle_t a, b, handle;

    config.arena = NULL;
    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    GOOD(f);
    REFUSES(f, POOL_NO_ROOM, pool_alloc(&f->pool, 1, &handle));
    cr_assert_eq(pool_grow(&f->pool, f->arena + 64, 8 * 16), POOL_OK);
    cr_assert_eq(pool_grow(&f->pool, f->arena + 512, 4 * 16 + 15), POOL_OK);
    GOOD(f);
    REFUSES(f, POOL_FRAGMENTED, pool_alloc(&f->pool, 8 * 16, &handle));
    a = take(f, 8 * 16 - 1);
    b = take(f, 4 * 16 - 1);
    cr_assert(where(f, a) == 0 && where(f, b) == 8);
    fill(f, b, 3);
    cr_assert(f->arena[512 + 1] == 3 && f->arena[512 + 63] == 3 && f->arena[512 + 64] == 0x5a);
    GOOD(f);
    free(f);
}

Test(pool_grow, refuses_memory_that_cannot_be)
{
    struct fixture *f = fixture_make(16, 8);

    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, NULL, 100));
    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, f->arena + 1024, SIZE_MAX));
    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, f->arena + 1024, (size_t)1 << 46));
    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, f->arena + 127, 1024));
    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, f->arena, 16));
    REFUSES(f, POOL_ARENA_TOO_SMALL, pool_grow(&f->pool, f->arena + 1024, 15));
    cr_assert_eq(pool_grow(&f->pool, f->arena + 128, 16), POOL_OK);
    REFUSES(f, POOL_BAD_ARENA, pool_grow(&f->pool, f->arena + 130, 32));
    free(f);
}

Test(pool_grow, refuses_more_regions_than_it_has_room_for)
{
    struct fixture *f = fixture_make(16, 8);
    pool_handle_t handles[SLOT_COUNT];
    unsigned count = 0;

    for (unsigned i = 1; i < POOL_REGIONS; i++)
        cr_assert_eq(pool_grow(&f->pool, f->arena + 128 * i, 128), POOL_OK);
    REFUSES(f, POOL_NO_REGION, pool_grow(&f->pool, f->arena + 128 * POOL_REGIONS, 128));
    free(f);
    f = fixture_make(16, 200);
    while (pool_alloc(&f->pool, 1, &handles[count]) == POOL_OK)
        count++;
    REFUSES(f, POOL_NO_SLOT, pool_grow(&f->pool, f->arena + 200 * 16, 128));
    free(f);
}

/* ---- growing over a map ------------------------------------------------------------------- */

#define PAGES 4u

/* Pages 16, 17 | 18 reserved | 19 | 20 mmio | 21.. of memory that stands for 16..32. */
struct machine {
    struct fixture *f;
    uint8_t *memory; /* page 16 */
    struct memmap_region regions[8];
    struct memmap map;
    struct pool_growth growth;
};

static void machine_make(struct machine *m)
{
    struct pool_config config;

    m->f = fixture_raw();
    m->memory = aligned_alloc(4096, 16 * 4096);
    m->regions[0] = (struct memmap_region){.first_pfn = 0, .end_pfn = 1, .kind = MEMMAP_USABLE};
    m->regions[1] = (struct memmap_region){.first_pfn = 16, .end_pfn = 18, .kind = MEMMAP_USABLE};
    m->regions[2] = (struct memmap_region){.first_pfn = 18, .end_pfn = 19, .kind = MEMMAP_RESERVED};
    m->regions[3] = (struct memmap_region){.first_pfn = 19, .end_pfn = 20, .kind = MEMMAP_USABLE};
    m->regions[4] = (struct memmap_region){.first_pfn = 20, .end_pfn = 21, .kind = MEMMAP_MMIO};
    m->regions[5] = (struct memmap_region){.first_pfn = 21, .end_pfn = 32, .kind = MEMMAP_USABLE};
    m->map = (struct memmap){m->regions, 6, 8};
    m->growth = (struct pool_growth){.page_count = 5,
                                     .direct_map_offset = (uint64_t)(uintptr_t)m->memory - 16 * 4096,
                                     .kind = MEMMAP_KERNEL,
                                     .origin = MEMMAP_ORIGIN_CLAIM};
    config = fixture_config(m->f, 64, 0);
    cr_assert_eq(pool_init(&m->f->pool, &config), POOL_OK);
}

static void machine_end(struct machine *m)
{
    free(m->memory);
    free(m->f);
}

/* 16-18, 19-20 and 21-23 become the kernel's. */
Test(pool_grow_map, takes_regions_whole_and_the_first_pages_of_the_last)
{
    static const uint64_t bounds[][3] = {{0, 1, MEMMAP_USABLE}, {16, 18, MEMMAP_KERNEL}, {18, 19, MEMMAP_RESERVED},
                                         {19, 20, MEMMAP_KERNEL}, {20, 21, MEMMAP_MMIO}, {21, 23, MEMMAP_KERNEL},
                                         {23, 32, MEMMAP_USABLE}};
    struct machine m;

    machine_make(&m);
    cr_assert_eq(pool_grow_map(&m.f->pool, &m.map, &m.growth), POOL_OK);
    cr_assert_eq(m.map.count, 7);
    for (unsigned i = 0; i < 7; i++)
        cr_assert(m.regions[i].first_pfn == bounds[i][0] && m.regions[i].end_pfn == bounds[i][1] &&
                      m.regions[i].kind == bounds[i][2], "region %u", i);
    GOOD(m.f);
    fill(m.f, take(m.f, 2000), 5);
    cr_assert_eq(m.f->pool.region_count, 3);
    cr_assert_eq(m.f->pool.block_count, 5 * 64);
    machine_end(&m);
}

/* Shorter regions are passed over, and the last one is not cut shorter either. */
Test(pool_grow_map, honours_the_least_length_and_the_end)
{
    struct machine m;

    machine_make(&m);
    m.growth.least_page_count = 3;
    m.growth.page_count = 1;
    cr_assert_eq(pool_grow_map(&m.f->pool, &m.map, &m.growth), POOL_OK);
    cr_assert_eq(m.f->pool.block_count, 3 * 64);
    cr_assert(m.regions[5].kind == MEMMAP_KERNEL && m.regions[5].end_pfn == 24);
    m.growth.least_page_count = 0;
    m.growth.page_count = 2;
    m.growth.end_pfn = 17;
    REFUSES(m.f, POOL_NO_PAGES, pool_grow_map(&m.f->pool, &m.map, &m.growth));
    m.growth.page_count = 1;
    cr_assert_eq(pool_grow_map(&m.f->pool, &m.map, &m.growth), POOL_OK);
    cr_assert(m.regions[1].kind == MEMMAP_KERNEL && m.regions[1].end_pfn == 17);
    m.growth.end_pfn = 16;
    REFUSES(m.f, POOL_NO_PAGES, pool_grow_map(&m.f->pool, &m.map, &m.growth));
    machine_end(&m);
}

#define REFUSES_MAP(m, status)                                                          \
    do {                                                                                \
        struct memmap_region before_map_[8];                                            \
        memcpy(before_map_, (m).regions, sizeof before_map_);                           \
        REFUSES((m).f, (status), pool_grow_map(&(m).f->pool, &(m).map, &(m).growth));   \
        cr_assert(memcmp(before_map_, (m).regions, sizeof before_map_) == 0);           \
        cr_assert_eq((m).map.count, 6);                                                 \
    } while (0)

Test(pool_grow_map, refuses_without_change)
{
    struct machine m;

    machine_make(&m);
    m.growth.page_count = 0;
    REFUSES_MAP(m, POOL_BAD_RANGE);
    m.growth.page_count = 15;
    REFUSES_MAP(m, POOL_NO_PAGES);
    m.growth.page_count = 5;
    m.growth.kind = MEMMAP_PERSISTENT;
    REFUSES_MAP(m, POOL_BAD_RANGE);
    m.growth.kind = MEMMAP_ACPI_NVS;
    REFUSES_MAP(m, POOL_BAD_RANGE);
    m.growth.kind = MEMMAP_STACK;
    m.map.capacity = 6;
    REFUSES_MAP(m, POOL_MAP_FULL);
    m.map.capacity = 8;
    m.growth.direct_map_offset = UINT64_C(0) - 16 * 4096;
    REFUSES_MAP(m, POOL_BAD_ARENA);
    m.growth.direct_map_offset = (uint64_t)(uintptr_t)m.memory - 16 * 4096;
    m.f->pool.unused_count = 2;
    REFUSES_MAP(m, POOL_NO_SLOT);
    m.f->pool.unused_count = SLOT_COUNT;
    m.f->pool.region_count = POOL_REGIONS - 2;
    REFUSES_MAP(m, POOL_NO_REGION);
    m.f->pool = (struct pool){.slots = NULL};
    REFUSES_MAP(m, POOL_BAD_CONFIG);
    machine_end(&m);
}

/* 21-32 and 19-20 whole, of 16-18 the last page; first without room in the map for the cut. */
Test(pool_grow_map, takes_from_the_top_the_last_pages_of_the_last_region)
{
    static const uint64_t bounds[][3] = {{0, 1, MEMMAP_USABLE}, {16, 17, MEMMAP_USABLE}, {17, 18, MEMMAP_KERNEL},
                                         {18, 19, MEMMAP_RESERVED}, {19, 20, MEMMAP_KERNEL},
                                         {20, 21, MEMMAP_MMIO}, {21, 32, MEMMAP_KERNEL}};
    struct machine m;

    machine_make(&m);
    m.growth.from_top = true;
    m.growth.page_count = 13;
    m.map.capacity = 6;
    REFUSES_MAP(m, POOL_MAP_FULL);
    m.map.capacity = 8;
    cr_assert_eq(pool_grow_map(&m.f->pool, &m.map, &m.growth), POOL_OK);
    cr_assert_eq(m.map.count, 7);
    for (unsigned i = 0; i < 7; i++)
        cr_assert(m.regions[i].first_pfn == bounds[i][0] && m.regions[i].end_pfn == bounds[i][1] &&
                      m.regions[i].kind == bounds[i][2], "region %u", i);
    GOOD(m.f);
    cr_assert_eq(m.f->pool.block_count, 13 * 64);
    m.growth.page_count = 2;
    REFUSES(m.f, POOL_NO_PAGES, pool_grow_map(&m.f->pool, &m.map, &m.growth));
    machine_end(&m);
}

/* A block of two pages does not fit into a region of one. */
Test(pool_grow_map, needs_regions_as_long_as_a_block)
{
    struct machine m;
    struct pool_config config;

    machine_make(&m);
    config = fixture_config(m.f, 8192, 0);
    cr_assert_eq(pool_init(&m.f->pool, &config), POOL_OK);
    REFUSES_MAP(m, POOL_ARENA_TOO_SMALL);
    m.growth.least_page_count = 2;
    cr_assert_eq(pool_grow_map(&m.f->pool, &m.map, &m.growth), POOL_OK);
    cr_assert_eq(m.f->pool.block_count, 2);
    machine_end(&m);
}
