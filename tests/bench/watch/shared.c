/* SPDX-License-Identifier: MIT */
/*
 * A guest's RAM: a file that is mapped and shared, compared and refreshed as memwatch does it, in slices
 * on one processor (its time) and on two (by a clock on the wall: threads save no processor time).
 *
 *   full     no two words alike: both sides must be read, which is what memory can give at most
 *   booted   as OVMF and Groma's kernel leave 256 MiB: 92 of 100 pages are one word over and over
 *   sparse   a quarter was ever written, the rest are holes of the file
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "holes.h"
#include "model/random.h"
#include "watch/watch.h"

#define RAM_BYTES   (256 * MIB_BYTES)
#define PAGE_COUNT  (RAM_BYTES / WATCH_PAGE_BYTES)
#define SLICE_COUNT 4u
#define MOST_THREADS 2u
#define TRIES       15u

enum shape { FULL, BOOTED, SPARSE, SHAPE_COUNT };
static const char shape_names[SHAPE_COUNT][8] = {"full", "booted", "sparse"};

static struct watch_region regions[SLICE_COUNT];
static uint8_t *ram;
static uint64_t dice = 1;

static double wall(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool next_hole(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    return holes_next(context, address, ret_first, ret_end);
}

static void fill_page(uint64_t *words, uint64_t with, bool is_random)
{
    for (size_t i = 0; i < WATCH_PAGE_BYTES / 8; i++)
        words[i] = is_random ? random_next(&dice) : with;
}

static void fill(enum shape shape)
{
    for (size_t page = 0; page < PAGE_COUNT; page++) {
        uint64_t *words = (uint64_t *)(void *)(ram + page * WATCH_PAGE_BYTES), die = random_next(&dice) % 1000;
        if (shape == BOOTED)
            fill_page(words, die < 850 ? 0 : die < 894 ? UINT64_MAX : UINT64_C(0xafafafafafafafaf), die >= 916);
        else if (shape == FULL || page % 64 < 16)
            fill_page(words, 0, true);
    }
}

/* Slices first, first + MOST_THREADS, ... */
static size_t thread_count;

static void *diff_slices(void *first)
{
    static uint8_t workspaces[MOST_THREADS][1 << 20];
    struct watch_diff_options options = {.refresh = true};

    for (size_t i = (size_t)(uintptr_t)first; i < SLICE_COUNT; i += thread_count) {
        regions[i].workspace = workspaces[(uintptr_t)first];
        regions[i].workspace_bytes = sizeof workspaces[0];
        if (watch_diff(&regions[i], &options, NULL) != WATCH_OK)
            exit(2);
    }
    return NULL;
}

static double time_of_round(void)
{
    pthread_t other;
    double start, start_alone;

    for (unsigned i = 0; i < 1000; i++)
        ram[random_next(&dice) % (PAGE_COUNT / 64) * (64 * WATCH_PAGE_BYTES) + random_next(&dice) % (16 * WATCH_PAGE_BYTES)]++;
    start = wall();
    start_alone = seconds();
    if (thread_count > 1 && pthread_create(&other, NULL, diff_slices, (void *)1) != 0)
        exit(2);
    diff_slices(NULL);
    if (thread_count > 1)
        pthread_join(other, NULL);
    return thread_count > 1 ? wall() - start : seconds() - start_alone;
}

static void bench_shape(const char *folder, enum shape shape, uint8_t *copy)
{
    uint64_t slice_bytes = RAM_BYTES / SLICE_COUNT, bytes = watch_region_bytes(slice_bytes, WATCH_KEEP_COPY);
    static uint8_t workspace[1 << 20];
    double one = 0, two = 0;
    char path[4096], what[64];
    struct holes holes;
    int file;

    snprintf(path, sizeof path, "%s/groma-bench-ram-XXXXXX", folder);
    file = mkstemp(path);
    if (file < 0 || ftruncate(file, (off_t)RAM_BYTES) != 0)
        exit(2);
    ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (ram == MAP_FAILED)
        exit(2);
    fill(shape);
    holes = holes_open(path, ram, RAM_BYTES);
    unlink(path);
    for (size_t i = 0; i < SLICE_COUNT; i++) {
        struct watch_reader reader = {.mapped = ram + i * slice_bytes, .absent = next_hole, .context = &holes};
        if (watch_region(&regions[i], i * slice_bytes, slice_bytes, &reader, WATCH_KEEP_COPY, copy + i * bytes, bytes,
                         workspace, sizeof workspace) != WATCH_OK ||
            watch_snapshot(&regions[i]) != WATCH_OK)
            exit(2);
    }
    for (unsigned i = 0; i < TRIES; i++) {
        thread_count = 1;
        one = best(one, time_of_round());
        thread_count = MOST_THREADS;
        two = best(two, time_of_round());
    }
    snprintf(what, sizeof what, "shared-ram-256-mib-%s", shape_names[shape]);
    printf("bench-watch: what=%s one_thread_ms=%.3g two_threads_wall_ms=%.3g\n", what, one * 1e3, two * 1e3);
    judge(what, best(one, two) * 1e3, "ms", 25, false);
    munmap(ram, RAM_BYTES);
    close(file);
    close(holes.file);
}

void bench_shared(const char *folder)
{
    uint64_t bytes = SLICE_COUNT * watch_region_bytes(RAM_BYTES / SLICE_COUNT, WATCH_KEEP_COPY);

    for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
        uint8_t *copy = memory(bytes);
        bench_shape(folder, shape, copy);
        munmap(copy, bytes);
    }
}
