/* SPDX-License-Identifier: MIT */
/*
 * Times common/pool and the base line on the same sequences of requests and frees. run.py runs
 * this and prints the benchmark's lines.
 *
 *   pool_bench [--seed N] [--repeats N]
 *   pool_bench --count ...    under callgrind: one dump a figure instead of times
 *
 * A sequence keeps an arena of 1 MiB filled to an occupancy: what each allocation takes, header
 * and rounding of the thriftier contender aside, adds up to that share of it. So what is asked
 * for always fits; a refusal is a failure. Freed at random, no order.
 *
 *   churn op=MIX occupancy=P contender=C ns=N low=N high=N fails=N moved=N worst_ns=N ratio=N ops=N
 *   step op=compact-step occupancy=P limit=N ns=N worst_ns=N worst_blocks=N worst_visits=N calls=N
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/callgrind.h"
#include "model/random.h"
#include "pool/pool.h"
#include "segregated.h"

enum {
    ARENA_BYTES = 1 << 20,
    BLOCK_BYTES = 16,
    OBJECTS = 65536,
    FILL_TURNS = 20000,   /* allocations before the clock runs */
    TIMED_TURNS = 100000, /* each a request, and frees as needed */
    COUNTED_TURNS = 20000,
    STEP_LIMIT = 64, /* blocks: 1 KiB */
    STEP_CALLS_MAX = 65536,
    MAX_REPEATS = 99,
};

enum mix { MIX_SMALL, MIX_RARE_BIG, MIX_POWERS, MIX_COUNT };
static const char *const mix_names[] = {"small", "rare-big", "powers"};
static const unsigned occupancies[] = {60, 70, 80, 90};

enum contender { POOL, SEGREGATED };
static const char *const contender_names[] = {"pool", "segregated"};

/* size 0: free this object. */
struct request {
    uint32_t object, size;
};

static struct {
    struct request *requests;
    size_t fill_count, count, allocated_count;
} tape;

static struct {
    struct pool pool;
    struct pool_slot slots[OBJECTS];
    struct seg seg;
    pool_handle_t handles[OBJECTS];
    void *pointers[OBJECTS];
    _Alignas(4096) uint8_t arena[ARENA_BYTES];
} lab;

static uint64_t dice;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the sequences ------------------------------------------------------------------------ */

static uint32_t random_size(enum mix mix)
{
    switch (mix) {
    case MIX_SMALL:
        return 1 + (uint32_t)random_below(&dice, 256);
    case MIX_RARE_BIG:
        if (random_below(&dice, 64) == 0)
            return 4096 + (uint32_t)random_below(&dice, 28672);
        return 1 + (uint32_t)random_below(&dice, 256);
    default:
        return 16u << random_below(&dice, 9);
    }
}

/* The larger of what the two take, so that it fits for both. */
static size_t footprint(uint32_t size)
{
    size_t blocks = (size + 1u + BLOCK_BYTES - 1) / BLOCK_BYTES;
    size_t bytes = (blocks > 16 ? (size + 5u + BLOCK_BYTES - 1) / BLOCK_BYTES : blocks) * BLOCK_BYTES;
    size_t other = seg_footprint(size);

    return bytes > other ? bytes : other;
}

static void put(uint32_t object, uint32_t size)
{
    tape.requests[tape.count++] = (struct request){object, size};
}

static void make_tape(enum mix mix, unsigned occupancy, uint64_t seed, size_t turns)
{
    static uint32_t live[OBJECTS], sizes[OBJECTS], unused[OBJECTS];
    size_t live_count = 0, unused_count = OBJECTS, used = 0, limit = (size_t)ARENA_BYTES / 100 * occupancy;

    dice = seed * UINT64_C(0x9e3779b97f4a7c15) + mix * 100 + occupancy;
    for (uint32_t i = 0; i < OBJECTS; i++)
        unused[i] = i;
    tape.count = tape.allocated_count = 0;
    for (size_t turn = 0; turn < FILL_TURNS + turns; turn++) {
        uint32_t size = random_size(mix);
        if (turn == FILL_TURNS)
            tape.fill_count = tape.count;
        while (used + footprint(size) > limit) {
            size_t k = random_below(&dice, (uint32_t)live_count);
            used -= footprint(sizes[live[k]]);
            put(live[k], 0);
            unused[unused_count++] = live[k];
            live[k] = live[--live_count];
        }
        live[live_count] = unused[--unused_count];
        sizes[live[live_count]] = size;
        used += footprint(size);
        put(live[live_count++], size);
        tape.allocated_count++;
    }
}

/* ---- the contenders ----------------------------------------------------------------------- */

static void reset(enum contender contender)
{
    struct pool_config config = {.arena = lab.arena, .arena_bytes = ARENA_BYTES, .block_size = BLOCK_BYTES,
                                 .block_count = ARENA_BYTES / BLOCK_BYTES, .slots = lab.slots,
                                 .slot_count = OBJECTS, .id = 1};

    memset(lab.handles, 0, sizeof lab.handles);
    memset(lab.pointers, 0, sizeof lab.pointers);
    lab.pool = (struct pool){.slots = NULL};
    if (contender == SEGREGATED)
        seg_init(&lab.seg, lab.arena + 8, ARENA_BYTES - 8);
    else if (pool_init(&lab.pool, &config) != POOL_OK)
        abort();
}

static __attribute__((noinline)) size_t run_pool(size_t first, size_t end)
{
    size_t fails = 0;

    for (size_t i = first; i < end; i++) {
        pool_handle_t *handle = &lab.handles[tape.requests[i].object];
        if (tape.requests[i].size != 0)
            fails += pool_alloc(&lab.pool, tape.requests[i].size, handle) != POOL_OK;
        else if (handle->value != 0 && pool_free(&lab.pool, *handle) != POOL_OK)
            abort();
        else
            handle->value = 0;
    }
    return fails;
}

static __attribute__((noinline)) size_t run_segregated(size_t first, size_t end)
{
    size_t fails = 0;

    for (size_t i = first; i < end; i++) {
        void **pointer = &lab.pointers[tape.requests[i].object];
        if (tape.requests[i].size != 0) {
            *pointer = seg_alloc(&lab.seg, tape.requests[i].size);
            fails += *pointer == NULL;
        } else if (*pointer != NULL) {
            seg_free(&lab.seg, *pointer);
            *pointer = NULL;
        }
    }
    return fails;
}

static size_t run(enum contender contender, size_t first, size_t end)
{
    return contender == POOL ? run_pool(first, end) : run_segregated(first, end);
}

/* ---- measuring ---------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

/* The dearest single request: the least of the repetitions of each, the most of them all. */
static uint64_t worst_ns(enum contender contender, unsigned repeats)
{
    size_t timed_count = tape.count - tape.fill_count;
    uint64_t *least = malloc(timed_count * sizeof *least);
    uint64_t worst = 0;

    for (unsigned i = 0; i < repeats; i++) {
        reset(contender);
        run(contender, 0, tape.fill_count);
        for (size_t k = 0; k < timed_count; k++) {
            uint64_t begin = now_ns(), took;
            run(contender, tape.fill_count + k, tape.fill_count + k + 1);
            took = now_ns() - begin;
            least[k] = i == 0 || took < least[k] ? took : least[k];
        }
    }
    for (size_t k = 0; k < timed_count; k++)
        worst = least[k] > worst ? least[k] : worst;
    free(least);
    return worst;
}

/* Of 1/1000: the median of what each repetition says, whose two halves meet the same disturbance. */
static uint64_t median_ratio(uint64_t times_ns[2][MAX_REPEATS], unsigned repeats)
{
    uint64_t ratios[MAX_REPEATS];

    for (unsigned i = 0; i < repeats; i++)
        ratios[i] = times_ns[POOL][i] * 1000 / (times_ns[SEGREGATED][i] + 1);
    qsort(ratios, repeats, sizeof ratios[0], by_size);
    return ratios[repeats / 2];
}

static void time_churn(enum mix mix, unsigned occupancy, unsigned repeats)
{
    static uint64_t times_ns[2][MAX_REPEATS];
    size_t fails[2] = {0};
    uint64_t ratio;
    uint64_t moved_count = 0;

    for (unsigned i = 0; i < repeats; i++) {
        for (enum contender c = POOL; c <= SEGREGATED; c++) {
            uint64_t begin;
            reset(c);
            fails[c] = run(c, 0, tape.fill_count);
            begin = now_ns();
            fails[c] += run(c, tape.fill_count, tape.count);
            times_ns[c][i] = now_ns() - begin;
            moved_count = c == POOL ? lab.pool.moved_count : moved_count;
            if (c == POOL && pool_check(&lab.pool, NULL) != POOL_OK)
                abort();
        }
    }
    ratio = median_ratio(times_ns, repeats);
    for (enum contender c = POOL; c <= SEGREGATED; c++) {
        double count = (double)(tape.count - tape.fill_count);
        qsort(times_ns[c], repeats, sizeof times_ns[c][0], by_size);
        printf("churn op=%s occupancy=%u contender=%s ns=%.1f low=%.1f high=%.1f fails=%zu moved=%llu worst_ns=%llu "
               "ratio=%.2f ops=%zu\n", mix_names[mix], occupancy, contender_names[c], (double)times_ns[c][repeats / 2] / count,
               (double)times_ns[c][0] / count, (double)times_ns[c][repeats - 1] / count, fails[c],
               c == POOL ? (unsigned long long)moved_count : 0, (unsigned long long)worst_ns(c, 5),
               (double)ratio / 1000, tape.count - tape.fill_count);
    }
    fflush(stdout);
}

static void count_churn(enum mix mix, unsigned occupancy)
{
    for (enum contender c = POOL; c <= SEGREGATED; c++) {
        char label[64];
        snprintf(label, sizeof label, "%s-%u-%s", mix_names[mix], occupancy, contender_names[c]);
        reset(c);
        run(c, 0, tape.fill_count);
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_ZERO_STATS;
        run(c, tape.fill_count, tape.count);
        CALLGRIND_DUMP_STATS_AT(label);
        CALLGRIND_STOP_INSTRUMENTATION;
        printf("count op=%s occupancy=%u contender=%s ops=%zu\n", mix_names[mix], occupancy, contender_names[c],
               tape.count - tape.fill_count);
    }
}

/* Compaction in steps of what the sequence left behind, until a pass is done; again and again the
 * same, so that for each step the least disturbed time counts. */
static void time_steps(unsigned occupancy, unsigned repeats)
{
    static uint64_t least[STEP_CALLS_MAX];
    uint32_t worst_blocks = 0, worst_visits = 0, calls = 0;
    uint64_t worst = 0, total = 0;

    for (unsigned i = 0; i < repeats; i++) {
        struct pool_step step = {0};
        reset(POOL);
        run(POOL, 0, tape.count);
        for (calls = 0; !step.is_done && calls < STEP_CALLS_MAX; calls++) {
            uint64_t begin = now_ns(), took;
            if (pool_compact_step(&lab.pool, STEP_LIMIT, &step) != POOL_OK)
                abort();
            took = now_ns() - begin;
            least[calls] = i == 0 || took < least[calls] ? took : least[calls];
            worst_blocks = step.moved_count > worst_blocks ? step.moved_count : worst_blocks;
            worst_visits = step.visited_count > worst_visits ? step.visited_count : worst_visits;
        }
    }
    for (uint32_t k = 0; k < calls; k++) {
        total += least[k];
        worst = least[k] > worst ? least[k] : worst;
    }
    printf("step op=compact-step occupancy=%u limit=%d ns=%.1f worst_ns=%llu worst_blocks=%u worst_visits=%u "
           "calls=%u\n", occupancy, STEP_LIMIT, (double)total / calls, (unsigned long long)worst, worst_blocks,
           worst_visits, calls);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    unsigned repeats = 15;
    bool count = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--count") == 0)
            count = true;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc)
            repeats = (unsigned)strtoul(argv[++i], NULL, 0) % (MAX_REPEATS + 1);
        else
            return 2;
    }
    tape.requests = malloc((FILL_TURNS + TIMED_TURNS) * 4 * sizeof *tape.requests);
    for (enum mix mix = 0; mix < MIX_COUNT; mix++) {
        for (unsigned i = 0; i < sizeof occupancies / sizeof occupancies[0]; i++) {
            make_tape(mix, occupancies[i], seed, count ? COUNTED_TURNS : TIMED_TURNS);
            if (count) {
                count_churn(mix, occupancies[i]);
                continue;
            }
            time_churn(mix, occupancies[i], repeats);
            if (mix == MIX_RARE_BIG)
                time_steps(occupancies[i], 5);
        }
    }
    free(tape.requests);
    return 0;
}
