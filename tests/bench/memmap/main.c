/* SPDX-License-Identifier: MIT */
/*
 * Times the memory-map engine, a plain base line and the bare sorting of the endpoints on the same
 * maps, in turns, on one CPU. tests/bench/memmap.py runs this and prints the benchmark's lines.
 *
 *   memmap_bench [--shape NAME] [--n N] [--seed N] [--pool ENTRIES] [--repeats N] [--cpu N]
 *   memmap_bench --count ...    under callgrind: one dump per figure instead of times
 *
 * For each shape and n a pool of different maps is made; a repetition runs each map of the pool
 * once, so that the branch predictor cannot learn a map by heart. Before that each contender runs
 * once over the pool and the results are compared: a difference ends the program with status 1.
 * A contender whose first pass took longer than SLOW_NS is not repeated.
 *
 *   time shape=S n=N contender=C ns=MEDIAN low=MIN high=MAX maps=N repeats=N      ns per entry
 *   count shape=S n=N contender=C maps=N      the dump with the label S-N-C is of that many maps
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/callgrind.h"
#include "contenders.h"
#include "shapes.h"

enum {
    MAX_REPEATS = 99,
    SLOW_NS = 400 * 1000 * 1000,
    TIMED_ENTRIES = 131072,          /* a pool, where --pool says nothing: 6 MiB, over the L2 cache */
    COUNTED_ENTRIES = 8192,          /* the same with --count; the figures are exact */
    COUNTED_POINT_VISITS = 40000000, /* --count: active entries that the base line may visit */
};

struct options {
    const char *shape; /* NULL: all */
    uint32_t n;        /* 0: all */
    uint64_t seed;
    uint32_t pool_entries;
    uint32_t repeats;
    int cpu; /* -1: where the program happens to be */
    bool count;
};

/* Different maps of one shape and size, one behind the other. */
struct pool {
    enum shape shape;
    uint32_t n;
    uint32_t map_count;
    uint8_t *bytes;
};

static const uint32_t sizes[] = {16, 128, 312, 1000, 10000, 65536};

static uint64_t cpu_time_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0)
        abort();
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)(cpu >= 0 ? cpu : sched_getcpu()), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        perror("memmap_bench: not pinned to one CPU");
}

static const uint8_t *pool_map(const struct pool *pool, uint32_t index)
{
    return pool->bytes + (size_t)index * pool->n * SHAPES_STRIDE_BYTES;
}

/* Map k has the seed seed + k, plus a large distance for each shape and size. */
static struct pool make_pool(const struct options *options, enum shape shape, uint32_t n)
{
    struct pool pool = {.shape = shape, .n = n, .map_count = options->pool_entries / n};
    uint64_t seed = options->seed + ((uint64_t)shape << 56) + ((uint64_t)n << 32);

    if (pool.map_count == 0)
        pool.map_count = 1;
    pool.bytes = malloc((size_t)pool.map_count * n * SHAPES_STRIDE_BYTES);
    if (pool.bytes == NULL)
        abort();
    for (uint32_t i = 0; i < pool.map_count; i++)
        shape_make(shape, n, seed + i, pool.bytes + (size_t)i * n * SHAPES_STRIDE_BYTES);
    return pool;
}

/* The measured loop. */
static __attribute__((noinline)) void run_pool(enum contender contender, struct arena *arena,
                                               const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->map_count; i++)
        contender_run(contender, arena, pool_map(pool, i), pool->n);
}

static uint64_t time_pool(enum contender contender, struct arena *arena, const struct pool *pool)
{
    uint64_t begin = cpu_time_ns();

    run_pool(contender, arena, pool);
    return cpu_time_ns() - begin;
}

/* Every contender on every map, results compared; also each contender's time for the pool. */
static void check_pool(struct arena *arena, const struct pool *pool,
                       uint64_t ret_ns[CONTENDER_COUNT])
{
    memset(ret_ns, 0, CONTENDER_COUNT * sizeof *ret_ns);
    for (uint32_t i = 0; i < pool->map_count; i++) {
        const char *difference;
        for (enum contender c = 0; c < CONTENDER_COUNT; c++) {
            uint64_t begin = cpu_time_ns();
            contender_run(c, arena, pool_map(pool, i), pool->n);
            ret_ns[c] += cpu_time_ns() - begin;
        }
        difference = contenders_disagree(arena);
        if (difference != NULL) {
            fprintf(stderr, "bench-memmap: shape=%s n=%u map=%u: %s\n", shape_name(pool->shape),
                    pool->n, i, difference);
            exit(1);
        }
    }
}

static int by_size(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

/* No floating point: BENCH_OPT may forbid it, as kernels do. */
static void print_hundredths(const char *name, uint64_t hundredths)
{
    printf(" %s=%llu.%02llu", name, (unsigned long long)(hundredths / 100),
           (unsigned long long)(hundredths % 100));
}

static void print_time(enum contender contender, const struct pool *pool, uint64_t *times_ns,
                       uint32_t repeats)
{
    uint64_t entries = (uint64_t)pool->map_count * pool->n;

    qsort(times_ns, repeats, sizeof *times_ns, by_size);
    printf("time shape=%s n=%u contender=%s", shape_name(pool->shape), pool->n,
           contender_name(contender));
    print_hundredths("ns", times_ns[repeats / 2] * 100 / entries);
    print_hundredths("low", times_ns[0] * 100 / entries);
    print_hundredths("high", times_ns[repeats - 1] * 100 / entries);
    printf(" maps=%u repeats=%u\n", pool->map_count, repeats);
}

/* The contenders take turns, so that a disturbance of the machine meets all of them. */
static void time_contenders(const struct options *options, struct arena *arena,
                            const struct pool *pool)
{
    static uint64_t times_ns[CONTENDER_COUNT][MAX_REPEATS];
    uint64_t first_ns[CONTENDER_COUNT];

    check_pool(arena, pool, first_ns);
    for (enum contender c = 0; c < CONTENDER_COUNT; c++)
        times_ns[c][0] = first_ns[c];
    for (uint32_t i = 0; i < options->repeats; i++) {
        for (enum contender c = 0; c < CONTENDER_COUNT; c++) {
            if (first_ns[c] <= SLOW_NS)
                times_ns[c][i] = time_pool(c, arena, pool);
        }
    }
    for (enum contender c = 0; c < CONTENDER_COUNT; c++)
        print_time(c, pool, times_ns[c], first_ns[c] <= SLOW_NS ? options->repeats : 1);
    fflush(stdout);
}

/* How many active entries the base line visits in a pool, about. */
static uint64_t point_visits(const struct pool *pool)
{
    uint64_t depth = pool->shape == SHAPE_OVERLAPDEEP ? pool->n / 8 : 4;

    return 2 * (uint64_t)pool->map_count * pool->n * depth;
}

static void count_contenders(struct arena *arena, const struct pool *pool)
{
    char label[64];

    for (enum contender c = 0; c < CONTENDER_COUNT; c++) {
        if (c == CONTENDER_CHANGEPOINT && point_visits(pool) > COUNTED_POINT_VISITS)
            continue;
        snprintf(label, sizeof label, "%s-%u-%s", shape_name(pool->shape), pool->n,
                 contender_name(c));
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_ZERO_STATS;
        run_pool(c, arena, pool);
        CALLGRIND_DUMP_STATS_AT(label);
        CALLGRIND_STOP_INSTRUMENTATION;
        printf("count shape=%s n=%u contender=%s maps=%u\n", shape_name(pool->shape), pool->n,
               contender_name(c), pool->map_count);
    }
    fflush(stdout);
}

static void usage(void)
{
    fputs("usage: memmap_bench [--count] [--shape NAME] [--n N] [--seed N] [--pool ENTRIES]\n"
          "                    [--repeats N] [--cpu N]\n", stderr);
    exit(2);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.seed = 1, .pool_entries = 0, .repeats = 11, .cpu = -1};

    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--count") == 0) {
            options.count = true;
            continue;
        }
        if (value == NULL)
            usage();
        i++;
        if (strcmp(name, "--shape") == 0)
            options.shape = value;
        else if (strcmp(name, "--n") == 0)
            options.n = (uint32_t)strtoul(value, NULL, 0);
        else if (strcmp(name, "--seed") == 0)
            options.seed = strtoull(value, NULL, 0);
        else if (strcmp(name, "--pool") == 0)
            options.pool_entries = (uint32_t)strtoul(value, NULL, 0);
        else if (strcmp(name, "--repeats") == 0)
            options.repeats = (uint32_t)strtoul(value, NULL, 0);
        else if (strcmp(name, "--cpu") == 0)
            options.cpu = atoi(value);
        else
            usage();
    }
    if (options.repeats == 0 || options.repeats > MAX_REPEATS)
        usage();
    if (options.pool_entries == 0)
        options.pool_entries = options.count ? COUNTED_ENTRIES : TIMED_ENTRIES;
    return options;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    unsigned figures = 0;

    pin(options.cpu);
    for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct pool pool;
            struct arena *arena;
            if ((options.shape != NULL && strcmp(options.shape, shape_name(shape)) != 0) ||
                (options.n != 0 && options.n != sizes[i]))
                continue;
            pool = make_pool(&options, shape, sizes[i]);
            arena = arena_create(sizes[i]);
            if (options.count)
                count_contenders(arena, &pool);
            else
                time_contenders(&options, arena, &pool);
            arena_destroy(arena);
            free(pool.bytes);
            figures++;
        }
    }
    if (figures == 0) {
        fputs("memmap_bench: no such shape or n\n", stderr);
        return 2;
    }
    return 0;
}
