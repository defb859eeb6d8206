/* SPDX-License-Identifier: MIT */
/*
 * Measures one operation of one allocator (the one linked in through bench/adapter.h):
 *
 *   harness OP GIB THREADS CACHED REPEATS [OPERATIONS]
 *
 * and prints `op=.. gib=.. threads=.. cached=.. ns=MEDIAN low=.. high=.. failed=.. count=..`:
 * nanoseconds of the thread's own CPU time for each operation, over REPEATS repeats in one run. An
 * operation is an alloc and a free (pair, churn), a request and what it frees to stay at its
 * occupancy (mixed), one call (bulk, remotefree), or the start for one GiB (init).
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench/adapter.h"

#define GIB_FRAMES   (UINT64_C(1) << 18)
#define THREADS_MOST 4u
#define REPEATS_MOST 99u
#define BULK_MOST    (UINT64_C(1) << 21)
#define REMOTE_BATCH UINT64_C(20000)

static struct {
    const char *op;
    uint64_t gib, operations;
    unsigned threads, repeats;
    bool cached;
    void *metadata;
    pthread_barrier_t barrier;
    double ns[REPEATS_MOST];
    _Atomic uint64_t failed, counted;
    _Atomic uint64_t nanoseconds; /* of this repeat, all threads */
    _Atomic uint64_t locked_allocs, locked_frees;
} bench;

struct live {
    uint32_t frame;
    uint32_t order;
};

/* One thread's part. */
struct worker {
    unsigned index;
    struct adapter_cpu *cpu;
    struct live *live;
    uint64_t live_count, live_frames;
    uint64_t random;
};
static struct worker workers[THREADS_MOST];

static uint64_t now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t locked_count(bool of_frees)
{
    return adapter_locked_count == NULL ? 0 : adapter_locked_count(of_frees);
}

static uint64_t random_below(struct worker *worker, uint64_t limit)
{
    worker->random = worker->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint64_t)(((__uint128_t)(worker->random >> 16 << 16) * limit) >> 64);
}

static void count_time(uint64_t begin, uint64_t operations)
{
    bench.nanoseconds += now_ns() - begin;
    bench.counted += operations;
}

static bool add_live(struct worker *worker, unsigned order)
{
    uint64_t frame = adapter_alloc(worker->cpu, order);

    if (frame == ADAPTER_NONE)
        return false;
    worker->live[worker->live_count++] = (struct live){(uint32_t)frame, order};
    worker->live_frames += UINT64_C(1) << order;
    return true;
}

static void drop_live(struct worker *worker, uint64_t i)
{
    struct live live = worker->live[i];

    worker->live[i] = worker->live[--worker->live_count];
    worker->live_frames -= UINT64_C(1) << live.order;
    adapter_free(worker->cpu, live.frame, live.order);
}

static void shuffle(struct worker *worker)
{
    for (uint64_t i = worker->live_count; i > 1; i--) {
        uint64_t k = random_below(worker, i);
        struct live other = worker->live[k];
        worker->live[k] = worker->live[i - 1];
        worker->live[i - 1] = other;
    }
}

/* What a thread may have of all frames. */
static uint64_t share_of(unsigned percent)
{
    return bench.gib * GIB_FRAMES / bench.threads * percent / 100;
}

/* ---- operations --------------------------------------------------------------------------- */

static void run_pair(struct worker *worker, unsigned order)
{
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < bench.operations; i++)
        adapter_free(worker->cpu, adapter_alloc(worker->cpu, order), order);
    count_time(begin, bench.operations);
}

static void bulk(struct worker *worker, unsigned order, bool time_alloc)
{
    uint64_t goal = share_of(90) >> order;
    uint64_t begin = now_ns();
    uint64_t count;

    goal = goal < BULK_MOST ? goal : BULK_MOST;
    while (worker->live_count < goal && add_live(worker, order))
        continue;
    count = worker->live_count;
    if (time_alloc)
        count_time(begin, count);
    shuffle(worker);
    begin = now_ns();
    while (worker->live_count > 0)
        drop_live(worker, worker->live_count - 1);
    if (!time_alloc)
        count_time(begin, count);
}

static void run_bulk_alloc(struct worker *worker, unsigned order)
{
    bulk(worker, order, true);
}

static void run_bulk_free(struct worker *worker, unsigned order)
{
    bulk(worker, order, false);
}

/* Fills up, then frees at random down to the occupancy, so that holes lie everywhere. */
static void occupy(struct worker *worker, unsigned percent)
{
    uint64_t goal = share_of(percent);

    if (worker->live_count > 0)
        return;
    while (worker->live_frames < share_of(100) - 1024 && add_live(worker, 0))
        continue;
    shuffle(worker);
    while (worker->live_frames > goal)
        drop_live(worker, worker->live_count - 1);
}

static void run_churn(struct worker *worker, unsigned percent)
{
    uint64_t begin;

    occupy(worker, percent);
    pthread_barrier_wait(&bench.barrier);
    begin = now_ns();
    for (uint64_t i = 0; i < bench.operations; i++) {
        struct live *live = &worker->live[random_below(worker, worker->live_count)];
        uint64_t frame;
        adapter_free(worker->cpu, live->frame, 0);
        frame = adapter_alloc(worker->cpu, 0);
        if (frame == ADAPTER_NONE)
            abort();
        live->frame = (uint32_t)frame;
    }
    count_time(begin, bench.operations);
}

/* 85 % order 0, 12 % orders 1-3, 2.5 % orders 4-7, 0.5 % order 9. */
static unsigned mixed_order(struct worker *worker)
{
    uint64_t die = random_below(worker, 1000);

    if (die < 850)
        return 0;
    if (die < 970)
        return 1 + (unsigned)die % 3;
    return die < 995 ? 4 + (unsigned)die % 4 : 9;
}

static void mixed_steps(struct worker *worker, uint64_t goal, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i++) {
        if (!add_live(worker, mixed_order(worker)))
            bench.failed++;
        while (worker->live_frames > goal)
            drop_live(worker, random_below(worker, worker->live_count));
    }
}

static void run_mixed(struct worker *worker, unsigned percent)
{
    uint64_t goal = share_of(percent);
    uint64_t begin;

    if (worker->live_count == 0) {
        for (unsigned tries = 0; worker->live_frames < goal && tries < 1000;)
            tries += !add_live(worker, mixed_order(worker));
        mixed_steps(worker, goal, share_of(percent) / 4);
        bench.failed = 0;
    }
    pthread_barrier_wait(&bench.barrier);
    begin = now_ns();
    mixed_steps(worker, goal, bench.operations);
    count_time(begin, bench.operations);
}

/* Each thread frees what the next one took. */
static void run_remote(struct worker *worker, unsigned unused)
{
    struct worker *other = &workers[(worker->index + 1) % bench.threads];
    uint64_t batch = share_of(80) < REMOTE_BATCH ? share_of(80) : REMOTE_BATCH;
    uint64_t begin;

    (void)unused;
    while (worker->live_count < batch && add_live(worker, 0))
        continue;
    shuffle(worker);
    pthread_barrier_wait(&bench.barrier);
    begin = now_ns();
    for (uint64_t i = 0; i < other->live_count; i++)
        adapter_free(worker->cpu, other->live[i].frame, 0);
    count_time(begin, other->live_count);
    pthread_barrier_wait(&bench.barrier);
    worker->live_count = 0;
    worker->live_frames = 0;
    pthread_barrier_wait(&bench.barrier);
}

static void run_init(struct worker *worker, unsigned unused)
{
    const uint64_t rounds = 1000 / bench.gib + 1;
    uint64_t begin = now_ns();

    (void)worker;
    (void)unused;
    for (uint64_t i = 0; i < rounds; i++)
        adapter_init(bench.metadata, bench.gib * GIB_FRAMES);
    count_time(begin, rounds * bench.gib);
}

static const struct {
    const char *name;
    void (*run)(struct worker *, unsigned);
    unsigned argument;
} table[] = {
    {"pair0", run_pair, 0},    {"pair9", run_pair, 9},    {"churn50", run_churn, 50},
    {"churn90", run_churn, 90}, {"churn95", run_churn, 95}, {"mixed50", run_mixed, 50},
    {"mixed95", run_mixed, 95},
    {"bulkalloc0", run_bulk_alloc, 0}, {"bulkalloc9", run_bulk_alloc, 9},
    {"bulkfree0", run_bulk_free, 0},   {"bulkfree9", run_bulk_free, 9},
    {"remotefree", run_remote, 0},     {"init", run_init, 0},
};

static void run_operation(struct worker *worker)
{
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(bench.op, table[i].name) == 0)
            table[i].run(worker, table[i].argument);
    }
}

/* ---- threads and output ------------------------------------------------------------------- */

static void pin(unsigned cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)!sched_setaffinity(0, sizeof set, &set);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    pin(worker->index);
    for (unsigned i = 0; i < bench.repeats; i++) {
        pthread_barrier_wait(&bench.barrier);
        run_operation(worker);
        pthread_barrier_wait(&bench.barrier);
        if (worker->index == 0) {
            double count = bench.counted == 0 ? 1 : (double)bench.counted;
            bench.ns[i] = (double)bench.nanoseconds / count;
            bench.nanoseconds = 0;
            bench.counted = i + 1 < bench.repeats ? 0 : bench.counted;
        }
    }
    bench.locked_allocs += locked_count(false);
    bench.locked_frees += locked_count(true);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void print_result(void)
{
    uint64_t run, blocks;

    adapter_drain();
    adapter_free_shape(&run, &blocks);
    qsort(bench.ns, bench.repeats, sizeof *bench.ns, compare);
    printf("name=%s op=%s gib=%lu threads=%u cached=%d ns=%.2f low=%.2f high=%.2f failed=%lu "
           "count=%lu run=%lu blocks=%lu metadata=%lu locked_alloc=%lu locked_free=%lu\n",
           adapter_name(), bench.op, bench.gib, bench.threads, bench.cached,
           bench.ns[bench.repeats / 2], bench.ns[0], bench.ns[bench.repeats - 1], bench.failed,
           bench.counted, run, blocks, adapter_metadata_bytes(bench.gib * GIB_FRAMES),
           bench.locked_allocs, bench.locked_frees);
}

static bool read_arguments(int argc, char **argv)
{
    if (argc < 6)
        return false;
    bench.op = argv[1];
    bench.gib = strtoull(argv[2], NULL, 0);
    bench.threads = (unsigned)strtoul(argv[3], NULL, 0);
    bench.cached = strtoul(argv[4], NULL, 0) != 0;
    bench.repeats = (unsigned)strtoul(argv[5], NULL, 0);
    bench.operations = argc > 6 ? strtoull(argv[6], NULL, 0) : 200000;
    return bench.gib > 0 && bench.threads > 0 && bench.threads <= THREADS_MOST &&
           bench.repeats > 0 && bench.repeats <= REPEATS_MOST;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS_MOST];
    uint64_t size_bytes;

    if (!read_arguments(argc, argv)) {
        fprintf(stderr, "usage: harness OP GIB THREADS CACHED REPEATS [OPERATIONS]\n");
        return 2;
    }
    size_bytes = adapter_metadata_bytes(bench.gib * GIB_FRAMES);
    bench.metadata = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bench.metadata == MAP_FAILED)
        return 2;
    adapter_init(bench.metadata, bench.gib * GIB_FRAMES);
    pthread_barrier_init(&bench.barrier, NULL, bench.threads);
    for (unsigned i = 0; i < bench.threads; i++) {
        workers[i] = (struct worker){.index = i, .random = 88172645463325252u + i};
        workers[i].live = malloc((share_of(100) + 1) * sizeof(struct live));
        workers[i].cpu = adapter_cpu(i, bench.cached);
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (unsigned i = 0; i < bench.threads; i++)
        pthread_join(threads[i], NULL);
    print_result();
    return 0;
}
