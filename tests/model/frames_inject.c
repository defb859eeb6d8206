/* SPDX-License-Identifier: MIT */
/*
 * common/frames with compare-and-swaps that fail and another CPU that comes in between, at each step
 * in turn; see frames_inject/inject.h. One line when all is well, else one for each fault.
 *
 *   frames_inject [--full] [--brief] [--each] [NAME...]    NAME: scenarios whose names begin so
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "frames_inject/inject.h"

#define FAULTS_MAX    8u
/* Runs of each pair of scenario and other in the short set; a tenth where gigabytes are managed. */
#define ONES_QUICK    700u  /* the other does all it does at a step of the first: each, unless more */
#define PAIRS_QUICK   300u  /* the other stops half-way, too */
#define ONES_SHARE_MAX 4u   /* these are the telling ones */
#define SHUFFLE_QUICK 150u
#define SHUFFLE_FULL  20000u

static const struct table *const tables[] = {&words_table, &blocks_table, &caches_table, &memory_table};

static struct {
    bool is_full, is_brief, each;
    unsigned share; /* of the runs */
    char **names;
    int name_count;
    uint64_t runs, failed, switches, scenarios;
    unsigned faults;
} all;

static bool is_wanted(const struct scenario *scenario)
{
    for (int i = 0; i < all.name_count; i++) {
        if (strncmp(scenario->name, all.names[i], strlen(all.names[i])) == 0)
            return true;
    }
    return all.name_count == 0 && (!scenario->hardened || IS_HARDENED);
}

static void print_fault(const struct scenario *scenario, int other, const struct disturbance *how)
{
    printf("frames-inject: \"%s\", other %d, CAS %" PRIu64 "..%" PRIu64 " fail, slices %" PRIu64 " %" PRIu64
           " %" PRIu64 ", seed %" PRIu64 " (%u, %u): %s\n", scenario->name, other, how->fail_first,
           how->fail_end, how->slices[0], how->slices[1], how->slices[2], how->seed, how->slice_mean,
           how->fail_share, fault_text());
    all.faults++;
}

/* One run from the start; false: a fault. other -1: none. */
static bool run(const struct scenario *scenario, int other, const struct disturbance *how,
                struct tally *ret_tally)
{
    client_reset(scenario->first, other < 0 ? NULL : scenario->others[other]);
    schedule_run(how, other < 0 ? 1 : 2, ret_tally);
    client_end();
    judge_all(scenario);
    all.runs++;
    all.failed += ret_tally->failed;
    all.switches += ret_tally->switches;
    if (fault_text() == NULL)
        return true;
    print_fault(scenario, other, how);
    fault_clear();
    return false;
}

/* Each compare-and-swap fails, alone and with those after it; then some at random. */
static bool fail_each(const struct scenario *scenario, uint64_t *ret_steps)
{
    static const uint64_t lengths[] = {1, 2, 3, 8, 50};
    struct tally plain, tally;

    if (!run(scenario, -1, &(struct disturbance){0}, &plain))
        return false;
    *ret_steps = plain.steps[0];
    for (uint64_t n = 1; n <= plain.cas; n += all.is_full ? 1 : 1 + plain.cas * all.share / ONES_QUICK) {
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            struct disturbance how = {.fail_first = n, .fail_end = n + lengths[i]};
            if (!run(scenario, -1, &how, &tally))
                return false;
        }
    }
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct disturbance how = {.seed = seed, .fail_share = seed % 3 == 0 ? 200 : 60};
        if (!run(scenario, -1, &how, &tally))
            return false;
    }
    return true;
}

/* The other CPU does all it does at each step of the first; and stops half-way. */
static bool interrupt_each(const struct scenario *scenario, int other, uint64_t steps)
{
    struct tally tally;
    uint64_t share = min_u64(all.share, ONES_SHARE_MAX);
    uint64_t other_steps = 0, stride = all.is_full ? 1 : 1 + steps * share / ONES_QUICK;

    for (uint64_t n = 1; n <= steps; n += stride) {
        if (!run(scenario, other, &(struct disturbance){.slices = {n}}, &tally))
            return false;
        other_steps = max_u64(other_steps, tally.steps[1]);
    }
    stride = all.is_full ? 1 : 1 + steps * other_steps * all.share / PAIRS_QUICK;
    for (uint64_t i = 0; i < steps * other_steps; i += stride) {
        struct disturbance how = {.slices = {1 + i % steps, 2 + i / steps}};
        if (!run(scenario, other, &how, &tally))
            return false;
    }
    return true;
}

/* Both take turns at random, compare-and-swaps fail at random. */
static bool shuffle(const struct scenario *scenario, int other)
{
    static const unsigned means[] = {1, 3, 10, 30, 100};
    struct tally tally;
    uint64_t runs = (all.is_full ? SHUFFLE_FULL : SHUFFLE_QUICK) / all.share;

    for (uint64_t seed = 1; seed <= runs; seed++) {
        struct disturbance how = {.seed = seed, .slice_mean = means[seed % COUNT_OF(means)],
                                  .fail_share = seed % 4 == 0 ? 60 : 0};
        if (!run(scenario, other, &how, &tally))
            return false;
    }
    return true;
}

static void disturb(const struct scenario *scenario)
{
    uint64_t runs = all.runs;
    uint64_t steps = 0;
    clock_t begin = clock();
    bool is_right;

    all.scenarios++;
    if (!client_load(scenario)) {
        print_fault(scenario, -1, &(struct disturbance){0});
        return;
    }
    all.share = set_size(&model.managed) < GIANT_FRAMES ? 1 : IS_HARDENED ? 30 : 10;
    all.share *= all.is_brief ? 4 : 1;
    is_right = fail_each(scenario, &steps);
    for (int i = 0; is_right && i < (int)OTHERS_MAX && scenario->others[i][0].what != NOTHING; i++)
        is_right = interrupt_each(scenario, i, steps) && shuffle(scenario, i);
    if (all.each)
        printf("  %-45s steps=%" PRIu64 " runs=%" PRIu64 " seconds=%.2f\n", scenario->name, steps,
               all.runs - runs, (double)(clock() - begin) / CLOCKS_PER_SEC);
}

int main(int argc, char **argv)
{
    clock_t begin = clock();
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        all.is_full = all.is_full || strcmp(argv[i], "--full") == 0;
        all.is_brief = all.is_brief || strcmp(argv[i], "--brief") == 0;
        all.each = all.each || strcmp(argv[i], "--each") == 0;
    }
    all.names = argv + i;
    all.name_count = argc - i;
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        for (size_t k = 0; k < tables[t]->count && all.faults < FAULTS_MAX; k++) {
            if (is_wanted(&tables[t]->scenarios[k]))
                disturb(&tables[t]->scenarios[k]);
        }
    }
    printf("frames-inject: scenarios=%" PRIu64 " runs=%" PRIu64 " failed_cas=%" PRIu64 " switches=%" PRIu64
           " faults=%u seconds=%.1f\n", all.scenarios, all.runs, all.failed, all.switches, all.faults,
           (double)(clock() - begin) / CLOCKS_PER_SEC);
    return all.faults == 0 && all.scenarios > 0 ? 0 : 1;
}
