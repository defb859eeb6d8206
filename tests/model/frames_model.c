/* SPDX-License-Identifier: MIT */
/*
 * common/frames against a model with a byte a frame: random sequences of every call, on several
 * maps, with junk in the metadata before. The model decides what each call must answer; where
 * the allocator is free to choose (which run), the choice is checked against the bytes.
 *
 *   frames_model [OPERATIONS [SEED]]      silent when all is well
 * frames_model_alloc.c asks for frames, frames_model_state.c is the model.
 */
#include "frames_model.h"

#define USABLE(first, end) {.first_pfn = (first), .end_pfn = (end), .kind = MEMMAP_USABLE}
#define LATER(first, end)  {.first_pfn = (first), .end_pfn = (end), .kind = MEMMAP_BOOT_RECLAIMABLE}

/* Both sides of every bound: words, blocks, groups, giants, spans, 1 MiB, 4 GiB, the end. */
static const struct memmap_region edges_map[] = {
    USABLE(0, 40), USABLE(200, 300), USABLE(300, 380), LATER(500, 501), USABLE(600, 900),
    LATER(900, 1024), USABLE(1024, 3000), USABLE(32768 - 70, 32768 + 600), LATER(40000, 41200),
    USABLE(G4 - 700, G4 + 650), USABLE(UINT64_C(1) << 30, (UINT64_C(1) << 30) + 2000),
    USABLE(PFN_END - 70, PFN_END)};
static const struct memmap_region giants_map[] = {
    USABLE(1, 160), USABLE(256, 3000), USABLE(G4 + 100, G4 + 2 * 262144 + 700)};
static const struct memmap_region blocks_map[] = {USABLE(262144 - 2048, 262144 + 2048)};
static const struct memmap_region single_map[] = {USABLE(77777, 77778)};

static const struct map maps[] = {{"edges", edges_map, COUNT_OF(edges_map), 600},
                                  {"blocks", blocks_map, COUNT_OF(blocks_map), 350},
                                  {"giants", giants_map, COUNT_OF(giants_map), 3},
                                  {"single", single_map, COUNT_OF(single_map), 47}};

/* ---- operations --------------------------------------------------------------------------- */

static void judge_free(enum frames_status status, uint64_t pfn, uint64_t count, bool any_free,
                       enum frames_status marks)
{
    enum frames_status expected = managed_status(pfn, count);

    if (expected == FRAMES_OK && any_free)
        expected = FRAMES_ALREADY_FREE;
    if (expected == FRAMES_OK && IS_HARDENED)
        expected = marks;
    MUST(status == expected);
    model.refused_count += status != FRAMES_OK;
    if (status == FRAMES_OK) {
        for (uint64_t i = 0; i < count; i++) {
            uint8_t *slot = slot_of(pfn + i);
            MUST(*slot == USED || *slot == RESERVED);
            *slot = FREE;
        }
        unjoin(pfn, count);
        model.free_count += count;
    }
}

/* A free of anything, except of what is parked elsewhere: one bit a frame cannot tell. */
static void try_free(uint64_t pfn, uint64_t count, bool by_order)
{
    struct frames_cache *cache = random_cache();
    unsigned order = count == 0 ? 0 : (unsigned)(63 - __builtin_clzll(count));
    bool any_free = false;
    enum frames_status marks;

    if (by_order)
        count = UINT64_C(1) << order;
    marks = judge_marks(pfn, count < 1000000 ? count : 0, by_order);
    for (uint64_t i = 0; i < count && count < 1000000; i++) {
        if (*slot_of(pfn + i) != FREE)
            continue;
        if (!IS_HARDENED && is_parked(pfn + i) && (cache == NULL || !is_in(cache, pfn + i)))
            return;
        any_free = true;
    }
    if (!by_order) {
        judge_free(frames_free(&model.frames, cache, pfn, count), pfn, count, any_free, marks);
    } else if (pfn % count != 0) {
        MUST(frames_free_order(&model.frames, cache, pfn, order) == FRAMES_MISALIGNED);
        model.refused_count++;
    } else {
        judge_free(frames_free_order(&model.frames, cache, pfn, order), pfn, count, any_free,
                   marks);
    }
}

static void free_a_live_one(void)
{
    size_t i = random_below(model.live_count);
    struct live live = model.live[i];
    uint64_t part = random_below(8) == 0 && live.count > 1 ? random_below(live.count) : 0;

    model.live[i] = model.live[--model.live_count];
    for (uint64_t k = 0; k < live.count; k++) {
        if (*slot_of(live.pfn + k) != USED)
            return;
    }
    if (part > 0)
        try_free(live.pfn + part, live.count - part, false);
    try_free(live.pfn, part > 0 ? part : live.count,
             part == 0 && (live.count & (live.count - 1)) == 0 && live.pfn % live.count == 0 &&
                 random_below(2) == 0);
}

static void try_alloc_at(void)
{
    uint64_t pfn = random_pfn();
    uint64_t count = random_count();
    enum frames_status expected = managed_status(pfn, count);
    enum frames_status status;

    for (uint64_t i = 0; i < count && expected == FRAMES_OK; i++) {
        if (*slot_of(pfn + i) != FREE || is_parked(pfn + i))
            expected = FRAMES_IN_USE;
    }
    status = frames_alloc_at(&model.frames, pfn, count);
    MUST(status == expected);
    model.refused_count += status != FRAMES_OK && status != FRAMES_IN_USE;
    if (status == FRAMES_OK) {
        set_range(pfn, count, FREE, USED);
        remember(pfn, count);
    }
}

static void try_reserve(void)
{
    uint64_t pfn = random_pfn();
    uint64_t count = random_count();
    uint64_t reserved = 777, expected = 0;
    enum frames_status status;

    if (random_below(20) != 0)
        return;
    for (uint64_t i = 0; i < count; i++)
        expected += *slot_of(pfn + i) == FREE && !is_parked(pfn + i);
    status = frames_reserve(&model.frames, pfn, pfn + count, &reserved);
    if (count == 0 || pfn + count > PFN_END) {
        MUST(status == FRAMES_BAD_REQUEST && reserved == 777);
        model.refused_count++;
        return;
    }
    MUST(status == FRAMES_OK && reserved == expected);
    for (uint64_t i = 0; i < count; i++) {
        if (*slot_of(pfn + i) == FREE && !is_parked(pfn + i))
            set_range(pfn + i, 1, FREE, RESERVED);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (*slot_of(pfn + i) == RESERVED && random_below(4) != 0)
            try_free(pfn + i, 1, false);
    }
}

static void try_add(void)
{
    size_t i = random_below(model.map->count);
    const struct memmap_region *region = &model.map->regions[i];
    struct frames *frames = &model.frames;

    if (random_below(50) != 0)
        return;
    if (region->kind == MEMMAP_USABLE || model.added[i]) {
        MUST(frames_add(frames, region->first_pfn + 1, region->end_pfn, 0, NULL, 0) ==
                 (region->end_pfn - region->first_pfn == 1 ? FRAMES_BAD_REQUEST : FRAMES_IN_USE));
        model.refused_count += region->end_pfn - region->first_pfn == 1;
        return;
    }
    MUST(frames_add_size(frames, region->first_pfn, region->end_pfn) == 0);
    MUST(frames_add(frames, region->first_pfn, region->end_pfn, 0, NULL, 0) == FRAMES_OK);
    model.added[i] = true;
    set_range(region->first_pfn, region->end_pfn - region->first_pfn, ABSENT, FREE);
}

/* ---- rounds ------------------------------------------------------------------------------- */

static void judge_all(void)
{
    struct frames_stats stats;
    uint64_t sum = 0;

    MUST(frames_check(&model.frames) == FRAMES_OK);
    frames_stats(&model.frames, &stats);
    MUST(stats.free_count == model.free_count && stats.parked_count == parked_count());
    MUST(stats.refused_count == model.refused_count);
    for (int zone = 0; zone < FRAMES_ZONE_COUNT; zone++) {
        uint64_t by_order = 0;
        for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++)
            by_order += stats.zones[zone].free_by_order[order] << order;
        MUST(by_order == stats.zones[zone].free_count);
        sum += by_order;
    }
    MUST(sum + stats.parked_count == stats.free_count);
}

static void step(void)
{
    uint64_t used = model.slot_count - model.free_count;
    unsigned choice = (unsigned)random_below(100);

    if (random_below(2000) == 0)
        model.fill_goal =
            random_below(3) == 0 ? model.slot_count : random_below(model.slot_count + 1);
    if (choice < 88)
        (used < model.fill_goal) == (choice < 66) || model.live_count == 0 ? try_alloc()
                                                                           : free_a_live_one();
    else if (choice < 93)
        try_free(random_pfn(), random_count(), random_below(3) == 0);
    else if (choice < 96)
        try_alloc_at();
    else if (choice < 97)
        try_reserve();
    else if (choice < 98)
        try_add();
    else
        (void)frames_cache_drain(&model.frames, &model.caches[random_below(CACHE_COUNT)]);
}

/* Everything goes back; then the largest blocks there can be are there again. */
static void give_all_back(void)
{
    for (size_t i = 0; i < CACHE_COUNT; i++)
        (void)frames_cache_drain(&model.frames, &model.caches[i]);
    for (size_t i = 0; i < model.span_count; i++) {
        for (uint64_t pfn = model.spans[i].first_pfn; pfn < model.spans[i].end_pfn; pfn++) {
            if (*slot_of(pfn) == USED || (*slot_of(pfn) == RESERVED && !IS_HARDENED))
                judge_free(frames_free(&model.frames, NULL, pfn, 1), pfn, 1, false, FRAMES_OK);
        }
    }
    judge_all();
}

static void begin(const struct map *map, void *metadata, uint64_t size_bytes)
{
    uint64_t zone_ends[] = {FRAMES_LOW_END, G4, PFN_END};

    model.map = map;
    model.span_count = 0;
    model.slot_count = 0;
    for (size_t i = 0; i < map->count; i++) {
        uint64_t first = map->regions[i].first_pfn == 0 ? 1 : map->regions[i].first_pfn;
        for (size_t z = 0; z < 3 && first < map->regions[i].end_pfn; z++) {
            uint64_t region_end = map->regions[i].end_pfn;
            uint64_t end = region_end < zone_ends[z] ? region_end : zone_ends[z];
            struct span *last = &model.spans[model.span_count - (model.span_count > 0)];
            if (first >= end)
                continue;
            if (model.span_count > 0 && last->end_pfn == first && first != G4 && first != 256)
                last->end_pfn = end;
            else
                model.spans[model.span_count++] = (struct span){first, end, model.slot_count};
            model.slot_count += end - first;
            first = end;
        }
    }
    model.slots = calloc(model.slot_count, 1);
    model.joined = calloc(model.slot_count, sizeof *model.joined);
    memset(metadata, (int)random_below(256), size_bytes);
    MUST(frames_init(&model.frames, map->regions, map->count,
                     memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE), metadata, size_bytes) == FRAMES_OK);
    model.free_count = 0;
    for (size_t i = 0; i < map->count; i++) {
        uint64_t first = map->regions[i].first_pfn == 0 ? 1 : map->regions[i].first_pfn;
        model.added[i] = false;
        if (map->regions[i].kind != MEMMAP_USABLE)
            continue;
        set_range(first, map->regions[i].end_pfn - first, ABSENT, FREE);
        model.end_pfn = map->regions[i].end_pfn;
    }
    for (size_t i = 0; i < CACHE_COUNT; i++)
        frames_cache_init(&model.frames, &model.caches[i]);
    model.live_count = 0;
    model.refused_count = 0;
    model.fill_goal = model.slot_count;
}

static void run(const struct map *map, uint64_t operations)
{
    uint64_t size_bytes = frames_metadata_size(map->regions, map->count,
                                               memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE));
    void *metadata = aligned_alloc(64, (size_bytes + 63) / 64 * 64);
    uint64_t check_every;

    begin(map, metadata, size_bytes);
    check_every = operations / 100 + 1;
    for (model.operation = 0; model.operation < operations; model.operation++) {
        step();
        if (model.operation % check_every == 0)
            judge_all();
    }
    give_all_back();
    free(model.slots);
    free(model.joined);
    free(metadata);
}

int main(int argc, char **argv)
{
    uint64_t operations = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;

    model.seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        model.random = model.seed * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
        run(&maps[i], operations * maps[i].share / 1000);
    }
    printf("frames-model: operations=%" PRIu64 " maps=%zu seed=%" PRIu64 " disagreements=0\n",
           operations, COUNT_OF(maps), model.seed);
    return 0;
}
