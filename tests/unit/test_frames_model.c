/* SPDX-License-Identifier: MIT */
/*
 * frames against a model with a byte a frame: random requests with orders, counts, limits,
 * flags and three caches. The model knows for each call which status it must give and in
 * which arena the run must lie; all else (no overlap, alignment, limits, caches, counts,
 * nothing changed on an error) follows from its bytes.
 */
#include "test_frames_fixture.h"

#if defined(__SANITIZE_ADDRESS__)
#define OPERATIONS 100000
#else
#define OPERATIONS 1000000
#endif
#define SEED         UINT64_C(0x67726f6d61)
#define CACHE_COUNT  3
#define SLOT_COUNT   1200
#define SLOT_MISSING SIZE_MAX

enum { FREE, USED, PARKED }; /* PARKED + i: in cache i */

/* What the map below must become. Adjoining arenas share blocks of 64 here and there. */
static const struct memmap_region map[] = {
    USABLE(0, 40), USABLE(200, 300), USABLE(300, 380), REGION(380, 500, MEMMAP_KERNEL),
    USABLE(500, 501), USABLE(600, 900), USABLE(G4 - 100, G4 + 150),
    USABLE(UINT64_C(1) << 30, (UINT64_C(1) << 30) + 290), USABLE(PFN_END - 70, PFN_END)};
static const struct span {
    uint64_t first_pfn, end_pfn;
} spans[] = {{1, 40}, {200, 256}, {256, 300}, {300, 380}, {500, 501}, {600, 900},
             {G4 - 100, G4}, {G4, G4 + 150}, {UINT64_C(1) << 30, (UINT64_C(1) << 30) + 290},
             {PFN_END - 70, PFN_END}};

static struct model {
    struct machine machine;
    struct frames_cache caches[CACHE_COUNT];
    uint64_t block_pfn[CACHE_COUNT]; /* the block a cache holds; 0 none */
    uint8_t slots[SLOT_COUNT];       /* a byte a frame, span after span */
    uint64_t refused_count;
    uint64_t random;
    int operation;
} model;

#define MUST(condition)                                                                     \
    cr_assert(condition, "seed %#" PRIx64 ", operation %d: %s", SEED, model.operation, #condition)

static uint64_t random_below(uint64_t limit)
{
    model.random ^= model.random << 13;
    model.random ^= model.random >> 7;
    model.random ^= model.random << 17;
    return (model.random >> 11) % limit;
}

static size_t slot_of(uint64_t pfn)
{
    size_t slot = 0;

    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        if (pfn >= spans[i].first_pfn && pfn < spans[i].end_pfn)
            return slot + (pfn - spans[i].first_pfn);
        slot += spans[i].end_pfn - spans[i].first_pfn;
    }
    return SLOT_MISSING;
}

static size_t span_of(uint64_t pfn)
{
    size_t i = 0;

    while (pfn < spans[i].first_pfn || pfn >= spans[i].end_pfn)
        i++;
    return i;
}

/* A frame of the map or next to it. */
static uint64_t random_pfn(void)
{
    const struct span *span = &spans[random_below(COUNT_OF(spans))];

    return span->first_pfn - 1 + random_below(span->end_pfn - span->first_pfn + 2);
}

/* Mostly a few, at times many, at times none. */
static uint64_t random_count(void)
{
    uint64_t limit = (uint64_t[]){3, 3, 3, 3, 3, 3, 40, 200}[random_below(8)];
    return limit == 40 ? random_below(limit) : 1 + random_below(limit);
}

static uint64_t count_state(uint8_t state)
{
    uint64_t count = 0;

    for (size_t i = 0; i < SLOT_COUNT; i++)
        count += model.slots[i] == state;
    return count;
}

static uint64_t parked_count(void)
{
    return count_state(PARKED) + count_state(PARKED + 1) + count_state(PARKED + 2);
}

static void set_range(uint64_t first_pfn, uint64_t count, uint8_t state)
{
    memset(&model.slots[slot_of(first_pfn)], state, count);
}

/* Is there room in this span? Looks at every start, with the length of the free run there. */
static bool span_has_room(size_t index, const struct frames_request *request, uint64_t count,
                          uint64_t align_count)
{
    uint64_t end_pfn = request->end_pfn == 0 ? PFN_END : request->end_pfn;
    size_t slot = slot_of(spans[index].first_pfn) - spans[index].first_pfn;
    uint64_t run = 0;

    for (uint64_t pfn = spans[index].end_pfn; pfn-- > spans[index].first_pfn;) {
        run = model.slots[slot + pfn] == FREE && pfn < end_pfn ? run + 1 : 0;
        if (run >= count && pfn % align_count == 0 && pfn >= request->first_pfn)
            return true;
    }
    return false;
}

/* The span that must serve the request, or COUNT_OF(spans). */
static size_t serving_span(const struct frames_request *request, uint64_t count, uint64_t align)
{
    for (size_t i = COUNT_OF(spans); i-- > 0;) {
        if (spans[i].end_pfn <= FRAMES_LOW_END && (request->flags & FRAMES_LOW) == 0)
            break;
        if (span_has_room(i, request, count, align))
            return i;
    }
    return COUNT_OF(spans);
}

/* The cache served pfn, or claimed the block of pfn first. */
static void follow_cache(size_t cache, uint64_t pfn)
{
    struct frames_request any = {0};
    uint64_t block_pfn = pfn & ~UINT64_C(63);

    if (count_state(PARKED + cache) > 0) {
        MUST(model.slots[slot_of(pfn)] == PARKED + cache);
    } else {
        size_t span = serving_span(&any, 1, 1);
        MUST(span_of(pfn) == span && model.slots[slot_of(pfn)] == FREE);
        model.block_pfn[cache] = block_pfn;
        for (uint64_t i = block_pfn; i < block_pfn + 64; i++) {
            if (i >= spans[span].first_pfn && i < spans[span].end_pfn &&
                model.slots[slot_of(i)] == FREE)
                model.slots[slot_of(i)] = PARKED + cache;
        }
    }
    model.slots[slot_of(pfn)] = USED;
}

static struct frames_request random_request(void)
{
    struct frames_request request = {.count = random_count()};

    if (random_below(3) == 0)
        request = (struct frames_request){.order = random_below(10)};
    if (random_below(4) == 0)
        request.align_count = UINT64_C(1) << random_below(9);
    if (random_below(4) == 0)
        request.first_pfn = random_pfn();
    if (random_below(4) == 0)
        request.end_pfn = random_pfn();
    request.flags = random_below(3) == 0 ? FRAMES_LOW : 0;
    if (random_below(100) == 0)
        request.align_count = 5 + random_below(3);
    return request;
}

static enum frames_status try_alloc(struct frames_cache *cache, size_t cache_index)
{
    struct frames_request any = {0};
    struct frames_request request = random_below(2) == 0 ? any : random_request();
    uint64_t count = request.count == 0 ? UINT64_C(1) << request.order : request.count;
    uint64_t align = request.align_count == 0 ? 1 : request.align_count;
    uint64_t pfn = 12345;
    enum frames_status status;
    size_t span;

    align = request.count == 0 && count > align ? count : align;
    status = frames_alloc(&model.machine.frames, cache, &request, &pfn);
    if ((request.align_count & (request.align_count - 1)) != 0 ||
        (request.end_pfn != 0 && request.first_pfn >= request.end_pfn) ||
        request.first_pfn >= PFN_END) {
        MUST(status == FRAMES_BAD_REQUEST && pfn == 12345);
        model.refused_count++;
        return status;
    }
    if (cache != NULL && count == 1 && align == 1 && request.first_pfn == 0 &&
        (request.end_pfn == 0 || request.end_pfn >= PFN_END) &&
        (count_state(PARKED + cache_index) > 0 || serving_span(&any, 1, 1) < COUNT_OF(spans))) {
        MUST(status == FRAMES_OK);
        follow_cache(cache_index, pfn);
        return status;
    }
    span = serving_span(&request, count, align);
    if (span == COUNT_OF(spans)) {
        MUST(status == (parked_count() > 0 ? FRAMES_PARKED : FRAMES_EMPTY) && pfn == 12345);
        return status;
    }
    MUST(status == FRAMES_OK && pfn % align == 0 && pfn >= request.first_pfn);
    MUST(pfn >= spans[span].first_pfn && pfn + count <= spans[span].end_pfn);
    MUST(request.end_pfn == 0 || pfn + count <= request.end_pfn);
    for (uint64_t i = 0; i < count; i++)
        MUST(model.slots[slot_of(pfn + i)] == FREE);
    set_range(pfn, count, USED);
    return status;
}

/* What a range holds; `foreign` frames are parked in other caches than the one at hand. */
struct look {
    uint64_t free, own, foreign, missing;
};

static struct look look_at(uint64_t first_pfn, uint64_t count, size_t cache)
{
    struct look look = {0};

    for (uint64_t pfn = first_pfn; pfn < first_pfn + count; pfn++) {
        size_t slot = slot_of(pfn);
        if (slot == SLOT_MISSING)
            look.missing++;
        else if (model.slots[slot] >= PARKED)
            *(model.slots[slot] == PARKED + cache ? &look.own : &look.foreign) += 1;
        else
            look.free += model.slots[slot] == FREE;
    }
    return look;
}

static enum frames_status try_free(struct frames_cache *cache, size_t index)
{
    bool by_order = random_below(4) == 0;
    unsigned order = random_below(4);
    uint64_t pfn = random_pfn();
    uint64_t count = by_order ? 1u << order : random_count();
    uint64_t block_pfn = cache == NULL ? 0 : model.block_pfn[index];
    enum frames_status status;
    enum frames_status expected;
    struct look look;

    if (block_pfn != 0 && random_below(2) == 0)
        pfn = block_pfn + random_below(64);
    look = look_at(pfn, count, cache == NULL ? CACHE_COUNT : index);
    if (look.foreign > 0)
        return FRAMES_OK; /* looks handed out: a wrong free that is not refused */
    if (count == 0 || (by_order && pfn % count != 0))
        expected = count == 0 ? FRAMES_BAD_REQUEST : FRAMES_MISALIGNED;
    else if (look.missing > 0)
        expected = FRAMES_OUT_OF_RANGE;
    else
        expected = look.free + look.own > 0 ? FRAMES_ALREADY_FREE : FRAMES_OK;
    status = by_order ? frames_free_order(&model.machine.frames, cache, pfn, order)
                      : frames_free(&model.machine.frames, cache, pfn, count);
    MUST(status == expected);
    if (status != FRAMES_OK)
        model.refused_count++;
    else if (count == 1 && block_pfn != 0 && pfn / 64 == block_pfn / 64)
        set_range(pfn, 1, PARKED + index);
    else
        set_range(pfn, count, FREE);
    return status;
}

static enum frames_status try_alloc_at(void)
{
    uint64_t pfn = random_pfn();
    uint64_t count = random_count();
    struct look look = look_at(pfn, count, 0);
    enum frames_status status = frames_alloc_at(&model.machine.frames, pfn, count);

    if (count == 0 || look.missing > 0) {
        MUST(status == (count == 0 ? FRAMES_BAD_REQUEST : FRAMES_OUT_OF_RANGE));
        model.refused_count++;
        return status;
    }
    MUST(status == (look.free == count ? FRAMES_OK : FRAMES_IN_USE));
    if (status == FRAMES_OK)
        set_range(pfn, count, USED);
    return status;
}

static void reserve_some(void)
{
    uint64_t first_pfn = random_pfn();
    uint64_t count = 1 + random_below(100);
    uint64_t reserved = 0;
    struct look look = look_at(first_pfn, count, 0);

    if (first_pfn + count > PFN_END)
        return;
    MUST(frames_reserve(&model.machine.frames, first_pfn, first_pfn + count, &reserved) ==
         FRAMES_OK);
    MUST(reserved == look.free);
    for (uint64_t pfn = first_pfn; pfn < first_pfn + count; pfn++) {
        if (slot_of(pfn) != SLOT_MISSING && model.slots[slot_of(pfn)] == FREE)
            set_range(pfn, 1, USED);
    }
}

static void drain(size_t cache)
{
    uint64_t count = count_state(PARKED + cache);

    MUST(frames_cache_drain(&model.machine.frames, &model.caches[cache]) == count);
    model.block_pfn[cache] = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (model.slots[i] == PARKED + cache)
            model.slots[i] = FREE;
    }
}

/* Is the aligned block of 2^order frames inside one span and all free? */
static bool block_is_free(size_t span, uint64_t pfn, unsigned order)
{
    uint64_t first_pfn = pfn >> order << order;
    uint64_t end_pfn = first_pfn + (UINT64_C(1) << order);

    if (first_pfn < spans[span].first_pfn || end_pfn > spans[span].end_pfn)
        return false;
    for (; first_pfn < end_pfn; first_pfn++) {
        if (model.slots[slot_of(first_pfn)] != FREE)
            return false;
    }
    return true;
}

static void compare_counts(void)
{
    uint64_t by_order[FRAMES_MAX_ORDER + 1] = {0};
    struct frames_stats stats;

    for (size_t span = 0; span < COUNT_OF(spans); span++) {
        for (uint64_t pfn = spans[span].first_pfn; pfn < spans[span].end_pfn; pfn++) {
            for (unsigned order = 0; order < 10 && block_is_free(span, pfn, order); order++)
                by_order[order] += pfn % (1u << order) == 0 && !block_is_free(span, pfn, order + 1);
        }
    }
    frames_stats(&model.machine.frames, &stats);
    MUST(memcmp(stats.free_by_order, by_order, sizeof by_order) == 0);
    MUST(stats.parked_count == parked_count());
    MUST(stats.free_count == count_state(FREE) + parked_count());
    MUST(stats.refused_count == model.refused_count);
    MUST(stats.free_low_count + stats.free_4g_count + stats.free_high_count == count_state(FREE));
    MUST(frames_check(&model.machine.frames) == FRAMES_OK);
}

/* One random operation; times of mostly taking and mostly giving take turns. */
static void operate(void)
{
    size_t index = random_below(CACHE_COUNT);
    struct frames_cache *cache = random_below(3) == 0 ? NULL : &model.caches[index];
    uint64_t what = random_below(100) + (model.operation / 1024 % 2 == 0 ? 0 : 35);
    struct frames_cache cache_before = model.caches[index];
    uint64_t refused_before = model.refused_count;
    enum frames_status status = FRAMES_OK;

    machine_save(&model.machine);
    if (what < 60)
        status = try_alloc(cache, index);
    else if (what < 125)
        status = try_free(cache, index);
    else if (what < 130)
        status = try_alloc_at();
    else if (what < 131)
        reserve_some();
    else
        drain(index);
    MUST(status == FRAMES_OK ||
         (machine_is_as_saved(&model.machine, model.refused_count - refused_before) &&
          memcmp(&cache_before, &model.caches[index], sizeof cache_before) == 0));
}

Test(frames, agree_with_a_byte_a_frame_over_a_million_operations, .timeout = 120)
{
    size_t total = 0;

    for (size_t i = 0; i < COUNT_OF(spans); i++)
        total += spans[i].end_pfn - spans[i].first_pfn;
    memset(model.slots, USED, sizeof model.slots);
    memset(model.slots, FREE, total);
    cr_assert_leq(total, SLOT_COUNT);
    model.random = SEED;
    machine_init(&model.machine, map, COUNT_OF(map),
                 frames_metadata_size(map, COUNT_OF(map), 0, 0));
    for (size_t i = 0; i < CACHE_COUNT; i++)
        frames_cache_init(&model.caches[i]);
    for (model.operation = 0; model.operation < OPERATIONS; model.operation++) {
        operate();
        if (model.operation % 512 == 0)
            compare_counts();
    }
    machine_end(&model.machine);
}
