/* SPDX-License-Identifier: MIT */
/*
 * Several threads on one allocator, each with a cache and without, freeing what others took.
 * Every frame has an owner's stamp: taken twice, or given back by the allocator's own doing, shows
 * at once. After each phase all caches are drained and the count must be what it was.
 *
 *   frames_stress [STEPS [THREADS [SEED [FRAMES]]]]    silent when all is well; also under TSan
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/frames.h"

#define THREADS_MOST  8u
#define PHASES        4u
#define LIVE_COUNT    512u
#define MAILBOX_COUNT 64u
#define FIRST_PFN     (FRAMES_4G_END - 2 * 262144) /* two giants and some on both sides of 4 GiB */
#define FRAMES_MOST   UINT64_C(3 * 262144)

struct live {
    uint64_t pfn, count;
};

struct worker {
    pthread_t thread;
    struct frames_cache cache;
    struct live live[LIVE_COUNT];
    size_t live_count;
    uint64_t random;
    unsigned index;
};

static struct frames frames;
static struct worker workers[THREADS_MOST];
static atomic_uchar owners[FRAMES_MOST]; /* 0 free, else a thread's index + 1 */
static _Atomic uint64_t mailbox[MAILBOX_COUNT]; /* pfn * 2^20 + count, 0 empty */
static uint64_t step_count = 100000;
static unsigned thread_count = 4;
static uint64_t frame_count = FRAMES_MOST;
static unsigned phase;
static pthread_barrier_t barrier;

static void fail(const char *what, uint64_t pfn)
{
    fprintf(stderr, "frames_stress: phase %u: %s: frame %#" PRIx64 "\n", phase, what, pfn);
    exit(1);
}

static uint64_t random_below(struct worker *worker, uint64_t limit)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (worker->random >> 11) % limit;
}

static void stamp(uint64_t pfn, uint64_t count, unsigned char owner)
{
    for (uint64_t i = pfn - FIRST_PFN; i < pfn - FIRST_PFN + count; i++) {
        if (i >= frame_count)
            fail("handed out, but not managed", i + FIRST_PFN);
        uint32_t before = atomic_exchange_explicit(&owners[i], owner, memory_order_relaxed);
        if ((before != 0) == (owner != 0))
            fail(owner != 0 ? "handed out twice" : "lost its owner", i + FIRST_PFN);
    }
}

static void give(struct worker *worker, struct live live)
{
    struct frames_cache *cache = random_below(worker, 2) == 0 ? NULL : &worker->cache;
    uint64_t part = random_below(worker, 8) == 0 ? random_below(worker, live.count) : 0;

    stamp(live.pfn, live.count, 0);
    if (part != 0 && frames_free(&frames, cache, live.pfn, part) != FRAMES_OK)
        fail("not taken back in part", live.pfn);
    if (frames_free(&frames, cache, live.pfn + part, live.count - part) != FRAMES_OK)
        fail("not taken back", live.pfn);
}

/* Puts a run where any thread may find it; gives back what lay there. */
static void post(struct worker *worker, struct live live)
{
    uint64_t letter = atomic_exchange(&mailbox[random_below(worker, MAILBOX_COUNT)],
                                      live.pfn << 20 | live.count);

    if (letter != 0)
        give(worker, (struct live){letter >> 20, letter & 0xfffff});
}

static struct frames_request request_of(struct worker *worker)
{
    uint64_t die = random_below(worker, 1000);

    if (die < 700)
        return (struct frames_request){0};
    if (die < 900)
        return (struct frames_request){.order = 1 + (unsigned)random_below(worker, 8)};
    if (die < 960)
        return (struct frames_request){
            .order = 9 + (unsigned)random_below(worker, phase == 1 ? 3 : 10)};
    if (die < 990)
        return (struct frames_request){.count = 1 + random_below(worker, 3000)};
    return (struct frames_request){.order = (unsigned)random_below(worker, 11),
                                   .end_pfn = FRAMES_4G_END};
}

static void take_at(struct worker *worker)
{
    uint64_t count = 1 + random_below(worker, 1500);
    struct live live = {FIRST_PFN + random_below(worker, frame_count - count), count};

    if (frames_alloc_at(&frames, live.pfn, count) != FRAMES_OK)
        return;
    stamp(live.pfn, count, (unsigned char)(worker->index + 1));
    post(worker, live);
}

static void take(struct worker *worker)
{
    struct frames_request request = request_of(worker);
    struct frames_cache *cache = random_below(worker, 2) == 0 ? NULL : &worker->cache;
    struct live live = {.count = request.count == 0 ? UINT64_C(1) << request.order : request.count};
    enum frames_status status = frames_alloc(&frames, cache, &request, &live.pfn);

    if (status == FRAMES_OK) {
        stamp(live.pfn, live.count, (unsigned char)(worker->index + 1));
        if (random_below(worker, 4) == 0)
            post(worker, live);
        else
            worker->live[worker->live_count++] = live;
    } else if (status != FRAMES_NO_FIT && status != FRAMES_PARKED && status != FRAMES_EMPTY) {
        fail(frames_status_name(status), 0);
    }
}

/* Phase 0: few frames in use; 1: all; 2: few again; 3: much give and take. */
static void step(struct worker *worker)
{
    static const unsigned goals[PHASES] = {64, LIVE_COUNT, 8, 256};
    bool is_low = worker->live_count < goals[phase];

    if (random_below(worker, 200) == 0)
        take_at(worker);
    else if (worker->live_count < LIVE_COUNT &&
             (worker->live_count == 0 || random_below(worker, 10) < (is_low ? 6u : 4u)))
        take(worker);
    else {
        size_t i = random_below(worker, worker->live_count);
        struct live live = worker->live[i];
        worker->live[i] = worker->live[--worker->live_count];
        give(worker, live);
    }
}

static void judge_phase(void)
{
    struct frames_stats stats;
    uint64_t used = 0;

    for (uint64_t i = 0; i < frame_count; i++)
        used += owners[i] != 0;
    if (frames_check(&frames) != FRAMES_OK)
        fail("inconsistent", 0);
    frames_stats(&frames, &stats);
    if (stats.parked_count != 0 || stats.free_count + used != frame_count ||
        stats.refused_count != 0)
        fail("lost or found", stats.free_count);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (unsigned i = 0; i < PHASES; i++) {
        pthread_barrier_wait(&barrier);
        for (uint64_t k = 0; k < step_count; k++)
            step(worker);
        (void)frames_cache_drain(&frames, &worker->cache);
        pthread_barrier_wait(&barrier);
        if (worker->index == 0) {
            judge_phase();
            phase = (phase + 1) % PHASES;
        }
    }
    return NULL;
}

/* At the end everything is there again, in the largest pieces. */
static void judge_end(void)
{
    struct frames_stats stats;
    uint64_t pfn;

    for (unsigned i = 0; i < thread_count; i++) {
        while (workers[i].live_count > 0)
            give(&workers[i], workers[i].live[--workers[i].live_count]);
        (void)frames_cache_drain(&frames, &workers[i].cache);
    }
    for (unsigned i = 0; i < MAILBOX_COUNT; i++) {
        if (mailbox[i] != 0)
            give(&workers[0], (struct live){mailbox[i] >> 20, mailbox[i] & 0xfffff});
    }
    (void)frames_cache_drain(&frames, &workers[0].cache);
    judge_phase();
    frames_stats(&frames, &stats);
    if (stats.free_count != frame_count)
        fail("not all came back", stats.free_count);
    for (uint64_t i = 0; i < frame_count / 262144; i++) {
        if (frames_alloc_order(&frames, NULL, 18, &pfn) != FRAMES_OK)
            fail("giants did not come back", i);
    }
}

int main(int argc, char **argv)
{
    struct memmap_region map[] = {{.first_pfn = FIRST_PFN, .kind = MEMMAP_USABLE}};
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
    uint64_t size_bytes;
    void *metadata;

    frame_count = argc > 4 ? strtoull(argv[4], NULL, 0) : FRAMES_MOST;
    if (frame_count < 2048 || frame_count > FRAMES_MOST)
        return 2;
    map[0].end_pfn = FIRST_PFN + frame_count;
    size_bytes = frames_metadata_size(map, 1, 0);
    metadata = aligned_alloc(64, (size_bytes + 63) / 64 * 64);
    step_count = (argc > 1 ? strtoull(argv[1], NULL, 0) : 400000) / PHASES;
    thread_count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 4;
    if (metadata == NULL || thread_count == 0 || thread_count > THREADS_MOST)
        return 2;
    memset(metadata, 0xa5, size_bytes);
    if (frames_init(&frames, map, 1, 0, metadata, size_bytes) != FRAMES_OK)
        fail("init", 0);
    pthread_barrier_init(&barrier, NULL, thread_count);
    for (unsigned i = 0; i < thread_count; i++) {
        workers[i].index = i;
        workers[i].random = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        frames_cache_init(&frames, &workers[i].cache);
    }
    for (unsigned i = 0; i < thread_count; i++)
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    for (unsigned i = 0; i < thread_count; i++)
        pthread_join(workers[i].thread, NULL);
    judge_end();
    printf("frames-stress: steps=%" PRIu64 " threads=%u frames=%" PRIu64 " seed=%" PRIu64
           " phases=%d disagreements=0\n",
           (uint64_t)step_count * PHASES, thread_count, frame_count, seed, PHASES);
    return 0;
}
