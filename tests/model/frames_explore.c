/* SPDX-License-Identifier: MIT */
/*
 * All interleavings of small programs on a shrunken instance of common/frames; see
 * frames_explore/explore.h. One line when all is well, and the schedule of a fault.
 *
 *   frames_explore [--full] [--each] [--preemptions=N] [--buffers] [NAME...]
 *
 * NAME: programs whose names begin so; --buffers: only with store buffers, no CAS made to fail.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frames_explore/explore.h"

#define QUICK_PREEMPTIONS 2u
#define FULL_PREEMPTIONS  3u

struct options {
    bool is_full;
    bool each;
    bool buffers_only;
    unsigned preemptions; /* 0: as the table says */
    char **names;
    int name_count;
};

static double seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_wanted(const struct program *program, const struct options *options)
{
    for (int i = 0; i < options->name_count; i++) {
        if (strncmp(program->name, options->names[i], strlen(options->names[i])) == 0)
            return true;
    }
    return options->name_count == 0 && program->is_long <= options->is_full;
}

static unsigned preemptions_of(const struct program *program, const struct options *options)
{
    if (options->preemptions != 0)
        return options->preemptions;
    if (!options->is_full)
        return QUICK_PREEMPTIONS;
    return program->preemptions != 0 ? program->preemptions : FULL_PREEMPTIONS;
}

/* A program under two conditions: with CAS that fail, and with store buffers. */
static bool explore(const struct program *program, const struct options *options, struct counts *counts)
{
    const struct limits kinds[] = {{.spurious = 1}, {.buffers = true}};

    for (size_t i = options->buffers_only; i < sizeof kinds / sizeof *kinds; i++) {
        struct limits limits = kinds[i];
        struct counts own = {0};
        double begin = seconds();
        bool is_right;
        limits.preemptions = preemptions_of(program, options);
        if (!client_load(program)) {
            printf("frames-explore: program \"%s\" cannot be set up\n", program->name);
            return false;
        }
        is_right = explore_program(&limits, &own);
        counts->executions += own.executions;
        counts->steps += own.steps;
        counts->spurious += own.spurious;
        counts->states += own.states;
        if (options->each)
            printf("  %-40s spurious<=%u buffers=%d executions=%" PRIu64 " states=%" PRIu64 " steps=%" PRIu64
                   " seconds=%.2f\n", program->name, limits.spurious, limits.buffers, own.executions,
                   own.states, own.steps, seconds() - begin);
        if (!is_right) {
            printf("  in program \"%s\": memory %s, before %s; spurious<=%u buffers=%d\n", program->name,
                   program->regions, program->prelude, limits.spurious, limits.buffers);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct counts counts = {0};
    unsigned programs = 0, faults = 0, preemptions = 0, unbounded = 0;
    double begin = seconds();
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        options.is_full = options.is_full || strcmp(argv[i], "--full") == 0;
        options.each = options.each || strcmp(argv[i], "--each") == 0;
        options.buffers_only = options.buffers_only || strcmp(argv[i], "--buffers") == 0;
        if (strncmp(argv[i], "--preemptions=", 14) == 0)
            options.preemptions = (unsigned)atoi(argv[i] + 14);
    }
    options.names = argv + i;
    options.name_count = argc - i;
    for (size_t k = 0; k < explore_program_count; k++) {
        const struct program *program = &explore_programs[k];
        if (!is_wanted(program, &options))
            continue;
        programs++;
        faults += !explore(program, &options, &counts);
        if (preemptions_of(program, &options) > preemptions && preemptions_of(program, &options) != ALL)
            preemptions = preemptions_of(program, &options);
        unbounded += preemptions_of(program, &options) == ALL;
        if (faults > 0)
            break;
    }
    printf("frames-explore: programs=%u executions=%" PRIu64 " steps=%" PRIu64 " spurious=%" PRIu64
           " preemptions<=%u unbounded=%u faults=%u seconds=%.1f\n", programs, counts.executions, counts.steps,
           counts.spurious, preemptions, unbounded, faults, seconds() - begin);
    return faults == 0 && programs > 0 ? 0 : 1;
}
