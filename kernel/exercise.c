/* SPDX-License-Identifier: MIT */
/* The allocator, put to the proof; see exercise.h. */
#include "exercise.h"

#include "console.h"
#include "handoff/layout.h"
#include "ledger.h"

#define SINGLES_WANTED UINT64_C(1000000)

/*
 * Some of the frames handed out singly get a word of their own, and must keep it: every 64th
 * of a small machine, no more than a few hundred of a large one, because an emulator has to
 * find real memory for each.
 */
#define STAMP_EVERY    UINT64_C(64)
#define STAMPS_AT_MOST UINT64_C(256)
#define STAMP          UINT64_C(0x67726f6d61000000)

struct exercise {
    struct kernel *kernel;
    uint64_t total_count; /* frames under management */
    uint64_t stamp_every;
    struct ledger ledger;
    uint64_t ledger_pfn; /* the ledger lies in frames of the allocator itself */
    uint64_t ledger_count;
    struct frames_cache *cache;
    uint64_t single_count;
    uint64_t block_count;
    uint64_t smudged_count; /* stamps that did not keep */
    uint64_t request_faults;
};

/* ---- lines -------------------------------------------------------------------------------- */

static void judge(unsigned id, const char *what, int64_t count)
{
    if (count != 0)
        console_fault("E-FRAMES-%02u frame allocator: %s: %ld - the kernel goes on; report it with "
                      "the map above\n",
                      id, what, count);
}

/* A request that must not fail did. */
static void complain(struct exercise *exercise, const char *request, enum frames_status status)
{
    if (exercise->request_faults++ == 0)
        console_fault("E-FRAMES-06 frame allocator: %s: %s - the kernel goes on; report it with "
                      "the map above\n",
                      request, frames_status_name(status));
}

/* ---- live objects ------------------------------------------------------------------------- */

/* Pages of [first_pfn, end_pfn) that the map would let the allocator hand out. */
static uint64_t usable_in(const struct memmap *map, uint64_t first_pfn, uint64_t end_pfn)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < map->count && map->regions[i].first_pfn < end_pfn; i++) {
        const struct memmap_region *region = &map->regions[i];
        uint64_t from = region->first_pfn > first_pfn ? region->first_pfn : first_pfn;
        uint64_t to = region->end_pfn < end_pfn ? region->end_pfn : end_pfn;
        if (region->kind == MEMMAP_USABLE && from < to)
            pages += to - from;
    }
    return pages;
}

/* Pages of live objects, all of which the loader claims, that could be handed out. */
static uint64_t count_exposed(const struct kernel *kernel)
{
    const struct bootinfo *info = kernel->info;
    uint64_t exposed = 0;

    for (uint32_t i = 0; i < info->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        uint64_t pages = usable_in(&kernel->map, claim->first_pfn, claim->end_pfn);
        if (pages != 0)
            console_fault("E-FRAMES-02 frame allocator: %lu pages of claim %u (%s, page %#lx) are "
                          "usable - nothing is handed out; report it with the map above\n",
                          pages, i,
                          claim->name == 0 ? "-" : (const char *)bootinfo_at(info, claim->name),
                          claim->first_pfn);
        exposed += pages;
    }
    return exposed;
}

/* ---- handing out -------------------------------------------------------------------------- */

/* Writes down a run that was handed out; false, and no more is to be taken, once one overlaps. */
static bool write_down(struct exercise *exercise, uint64_t pfn, uint64_t count)
{
    if (pfn < exercise->ledger_pfn + exercise->ledger_count && exercise->ledger_pfn < pfn + count)
        exercise->ledger.overlap_count += count;
    ledger_take(&exercise->ledger, pfn, count);
    return exercise->ledger.overlap_count == 0;
}

static volatile uint64_t *stamp_of(const struct exercise *exercise, uint64_t pfn)
{
    return kernel_direct(exercise->kernel, byte_of_pfn(pfn));
}

/* Every frame there is, one by one, through a cache. */
static void take_singles(struct exercise *exercise)
{
    const struct frames_request one = {.flags = FRAMES_LOW};
    struct frames *frames = &exercise->kernel->frames;
    enum frames_status status;
    uint64_t pfn;

    while ((status = frames_alloc(frames, exercise->cache, &one, &pfn)) == FRAMES_OK) {
        if (!write_down(exercise, pfn, 1))
            return;
        if (pfn % exercise->stamp_every == 0)
            *stamp_of(exercise, pfn) = STAMP + pfn;
        exercise->single_count++;
    }
    if (status != FRAMES_EMPTY)
        complain(exercise, "one frame when all are out", status);
}

/* All of memory, the largest blocks first. */
static void take_blocks(struct exercise *exercise)
{
    struct frames *frames = &exercise->kernel->frames;

    for (unsigned order = FRAMES_MAX_ORDER + 1; order-- > 0;) {
        const struct frames_request block = {.order = order, .flags = FRAMES_LOW};
        uint64_t pfn;
        while (frames_alloc(frames, NULL, &block, &pfn) == FRAMES_OK) {
            if (!write_down(exercise, pfn, UINT64_C(1) << order))
                return;
            exercise->block_count++;
        }
    }
    judge(9, "frames that come in no order",
          (int64_t)(exercise->total_count - exercise->ledger_count -
                    exercise->ledger.taken_count));
}

/* Up to `count` single frames of one region; fewer where the region has no more. */
static void take_from_region(struct exercise *exercise, const struct memmap_region *region,
                             uint64_t count)
{
    const struct frames_request one = {
        .first_pfn = region->first_pfn, .end_pfn = region->end_pfn, .flags = FRAMES_LOW};
    struct frames *frames = &exercise->kernel->frames;
    uint64_t pfn;

    for (uint64_t i = 0; i < count; i++) {
        if (frames_alloc(frames, NULL, &one, &pfn) != FRAMES_OK || !write_down(exercise, pfn, 1))
            return;
        exercise->single_count++;
    }
}

/* A million single frames: from each region its share, and at least one. */
static void take_spread(struct exercise *exercise)
{
    const struct memmap *map = &exercise->kernel->map;
    uint64_t pages_each = exercise->total_count / SINGLES_WANTED;

    for (size_t i = 0; i < map->count && exercise->ledger.overlap_count == 0; i++) {
        const struct memmap_region *region = &map->regions[i];
        uint64_t pages = memmap_region_page_count(region);
        if (region->kind == MEMMAP_USABLE)
            take_from_region(exercise, region, pages / pages_each + 1);
    }
    if (exercise->single_count < SINGLES_WANTED)
        complain(exercise, "a million single frames", FRAMES_EMPTY);
}

/* ---- giving back -------------------------------------------------------------------------- */

static void give_back_singles(struct exercise *exercise)
{
    struct frames *frames = &exercise->kernel->frames;
    uint64_t pfn = 0;
    uint64_t end_pfn;

    for (; ledger_take_off(&exercise->ledger, &pfn, &end_pfn); pfn = end_pfn) {
        for (; pfn < end_pfn; pfn++) {
            enum frames_status status;
            if (pfn % exercise->stamp_every == 0 && *stamp_of(exercise, pfn) != STAMP + pfn)
                exercise->smudged_count++;
            status = frames_free(frames, exercise->cache, pfn, 1);
            if (status != FRAMES_OK)
                complain(exercise, "giving one frame back", status);
        }
    }
    frames_cache_drain(frames, exercise->cache);
}

/* Whole runs, whatever pieces they were handed out in. */
static void give_back_runs(struct exercise *exercise)
{
    struct frames *frames = &exercise->kernel->frames;
    uint64_t pfn = 0;
    uint64_t end_pfn;

    for (; ledger_take_off(&exercise->ledger, &pfn, &end_pfn); pfn = end_pfn) {
        enum frames_status status = frames_free(frames, NULL, pfn, end_pfn - pfn);
        if (status != FRAMES_OK)
            complain(exercise, "giving a run back", status);
    }
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Frames for the ledger; false: there are none. */
static MUST_USE bool take_ledger(struct exercise *exercise)
{
    struct kernel *kernel = exercise->kernel;
    const struct frames_request request = {
        .count = pages_for_bytes(ledger_bytes(&kernel->map)),
        .end_pfn = pfn_of_byte(LAYOUT_DIRECT_MAP_BYTES),
    };
    enum frames_status status =
        frames_alloc(&kernel->frames, NULL, &request, &exercise->ledger_pfn);

    if (status != FRAMES_OK) {
        complain(exercise, "memory for the ledger", status);
        return false;
    }
    exercise->ledger_count = request.count;
    return true;
}

static void give_back_ledger(struct exercise *exercise)
{
    enum frames_status status = frames_free(&exercise->kernel->frames, NULL, exercise->ledger_pfn,
                                            exercise->ledger_count);

    if (status != FRAMES_OK)
        complain(exercise, "giving the ledger back", status);
}

static void hand_out_and_back(struct exercise *exercise)
{
    if (exercise->total_count <= FRAMES_4G_END) {
        take_singles(exercise);
        give_back_singles(exercise);
    } else {
        take_blocks(exercise);
        give_back_runs(exercise);
        take_spread(exercise);
        give_back_runs(exercise);
    }
}

static void run(struct exercise *exercise)
{
    const struct memmap *map = &exercise->kernel->map;
    uint64_t pfn, stray_count;

    if (!take_ledger(exercise))
        return;
    /* The ledger's own frames are judged before anything is written to them. */
    pfn = exercise->ledger_pfn;
    stray_count = exercise->ledger_count - usable_in(map, pfn, pfn + exercise->ledger_count);
    if (stray_count == 0) {
        ledger_init(&exercise->ledger, map, kernel_direct(exercise->kernel, byte_of_pfn(pfn)));
        hand_out_and_back(exercise);
    }
    exercise->ledger.overlap_count += stray_count;
    give_back_ledger(exercise);
}

/* What must be free when everything is given back: all that is usable. */
static uint64_t free_expected(const struct kernel *kernel)
{
    uint64_t pages[MEMMAP_KIND_COUNT];

    memmap_totals(&kernel->map, pages);
    return pages[MEMMAP_USABLE];
}

static void begin(struct exercise *exercise, struct kernel *kernel)
{
    struct frames_stats stats;

    frames_stats(&kernel->frames, &stats);
    *exercise = (struct exercise){
        .kernel = kernel, .total_count = stats.total_count, .cache = &kernel->cache};
    exercise->stamp_every = stats.total_count / STAMPS_AT_MOST;
    if (exercise->stamp_every < STAMP_EVERY)
        exercise->stamp_every = STAMP_EVERY;
    frames_cache_init(&kernel->frames, exercise->cache);
}

/* exposed_count: usable pages of live objects. */
static void print_verdict(const struct exercise *exercise, uint64_t exposed_count)
{
    const struct kernel *kernel = exercise->kernel;
    uint64_t overlap_count = exercise->ledger.overlap_count;
    struct frames_stats stats;
    int64_t leaked;

    frames_stats(&kernel->frames, &stats);
    leaked = (int64_t)(free_expected(kernel) - stats.free_count);
    judge(3, "frames handed out twice, or not usable", (int64_t)overlap_count);
    judge(4, "frames that changed while handed out", (int64_t)exercise->smudged_count);
    judge(5, "frames lost", leaked);
    judge(7, "requests refused", (int64_t)stats.refused_count);
    judge(8, "inconsistent bookkeeping", frames_check(&kernel->frames) != FRAMES_OK);
    console_fact("groma: frames total=%lu free=%lu singles=%lu blocks=%lu ledger=%lu leaked=%ld "
                 "overlaps=%lu refused=%lu metadata=%lu\n",
                 stats.total_count, stats.free_count, exercise->single_count, exercise->block_count,
                 exercise->ledger_count, leaked, exposed_count + overlap_count, stats.refused_count,
                 kernel->metadata_bytes);
}

void exercise_frames(struct kernel *kernel)
{
    struct exercise exercise;
    uint64_t exposed_count = count_exposed(kernel);

    begin(&exercise, kernel);
    if (exposed_count == 0)
        run(&exercise);
    print_verdict(&exercise, exposed_count);
}
