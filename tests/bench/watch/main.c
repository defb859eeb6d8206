/* SPDX-License-Identifier: MIT */
/*
 * What watching costs, beside memcpy and a diff byte by byte: `make bench-watch`. One line a
 * measurement, `bench-watch: what=... ` with its bar and a verdict
 * where there is one.
 * Times are of the processor, the best of some tries in one run; only ratios say much on a busy machine.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "model/random.h"
#include "watch/pattern.h"
#include "watch/scan.h"

#define DIFF_BYTES (256 * MIB_BYTES)
#define SCAN_BYTES (1024 * MIB_BYTES)
#define TRIES      7u

static uint8_t workspace[1 << 16];
static unsigned missed;

/* Processor time: what others do on the machine counts little. --wall: as a clock on the wall has it. */
static clockid_t clock_used = CLOCK_PROCESS_CPUTIME_ID;

double seconds(void)
{
    struct timespec now;

    clock_gettime(clock_used, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint8_t *memory(size_t size_bytes)
{
    uint8_t *bytes = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (bytes == MAP_FAILED)
        exit(2);
    (void)madvise(bytes, size_bytes, MADV_HUGEPAGE);
    return bytes;
}

void judge(const char *what, double value, const char *unit, double bar, bool at_least)
{
    bool good = at_least ? value >= bar : value <= bar;

    printf("bench-watch: what=%s %s=%.3g bar=%s%.3g verdict=%s\n", what, unit, value, at_least ? ">=" : "<=", bar,
           good ? "ok" : "missed");
    missed += !good;
}

/* ---- the byte loop: one record for each changed byte, in an array that grows -------------------------- */

struct byte_change {
    uint64_t address;
    uint8_t old_byte, new_byte;
};

__attribute__((noinline)) static size_t byte_loop(const uint8_t *old_bytes, const uint8_t *new_bytes, size_t size_bytes)
{
    struct byte_change *changes = NULL;
    size_t count = 0, room = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        if (old_bytes[i] == new_bytes[i])
            continue;
        if (count == room) {
            room = room == 0 ? 1024 : room * 2;
            changes = realloc(changes, room * sizeof *changes);
            if (changes == NULL)
                exit(2);
        }
        changes[count++] = (struct byte_change){i, old_bytes[i], new_bytes[i]};
    }
    free(changes);
    return count;
}

/* ---- ours -------------------------------------------------------------------------------------------------- */

/* Changes are handed over one by one and used at once: nothing is kept. */
static size_t changed_bytes, change_count;

static bool take_change(void *context, const struct watch_change *change)
{
    (void)context;
    changed_bytes += change->length_bytes;
    change_count++;
    return true;
}

static double time_of_diff(struct watch_region *region, bool refresh, size_t expected)
{
    struct watch_diff_options options = {.take = take_change, .refresh = refresh};
    double start, took;

    changed_bytes = change_count = 0;
    start = seconds();
    if (watch_diff(region, &options, NULL) != WATCH_OK)
        exit(2);
    took = seconds() - start;
    if (changed_bytes != expected && !refresh)
        exit(3);
    return took;
}

double best(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

/* ---- shapes of ten in a hundred ------------------------------------------------------------------------------- */

static uint64_t dice = 1;

/* Changes a tenth of the bytes in runs of this length; how many. */
static size_t change_tenth(uint8_t *bytes, size_t size_bytes, size_t run_bytes)
{
    size_t changed = 0;

    for (size_t at = 0; at + run_bytes <= size_bytes; at += run_bytes) {
        if (random_next(&dice) % 10 != 0)
            continue;
        for (size_t i = 0; i < run_bytes; i++)
            bytes[at + i] ^= 0x55;
        changed += run_bytes;
    }
    return changed;
}

static void open_pair(struct watch_region *region, const struct watch_reader *reader, const uint8_t *old_bytes,
                      size_t size_bytes)
{
    if (watch_region_against(region, 0, size_bytes, reader, old_bytes, workspace, sizeof workspace) != WATCH_OK)
        exit(2);
}

static uint64_t sum_words(const uint8_t *bytes, size_t size_bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < size_bytes / 8; i++)
        sum += ((const uint64_t *)(const void *)bytes)[i];
    return sum;
}

static volatile uint64_t sink; /* so that what only reads is done */

/* Of a region that keeps hashes: one stream. */
static void bench_hashes(const uint8_t *bytes, size_t size_bytes, double copy)
{
    uint64_t memory_bytes = watch_region_bytes(size_bytes, WATCH_KEEP_HASHES);
    struct watch_reader reader = {.mapped = bytes};
    struct watch_region region;
    double diff = 0;

    if (watch_region(&region, 0, size_bytes, &reader, WATCH_KEEP_HASHES, memory(memory_bytes), memory_bytes, workspace,
                     sizeof workspace) != WATCH_OK ||
        watch_snapshot(&region) != WATCH_OK)
        exit(2);
    for (unsigned i = 0; i < TRIES; i++)
        diff = best(diff, time_of_diff(&region, false, 0));
    printf("bench-watch: what=unchanged-hashes gb_per_s=%.3g by_memcpy=%.3g\n", (double)size_bytes / diff / 1e9, copy / diff);
}

/* The best of some tries, for one size; beside it what the machine can do at all: memcmp, and reading alone. */
static void bench_unchanged(const char *where, const uint8_t *old_bytes, uint8_t *new_bytes, uint8_t *third,
                            size_t size_bytes)
{
    struct watch_reader reader = {.mapped = new_bytes};
    struct watch_region region;
    double copy = 0, compare = 0, read = 0, diff = 0, start;

    open_pair(&region, &reader, old_bytes, size_bytes);
    for (unsigned i = 0; i < TRIES * (DIFF_BYTES / size_bytes > 8 ? 40 : 1); i++) {
        start = seconds();
        memcpy(third, old_bytes, size_bytes);
        __asm__ volatile("" : : "r"(third) : "memory");
        copy = best(copy, seconds() - start);
        start = seconds();
        sink = (uint64_t)memcmp(old_bytes, new_bytes, size_bytes);
        compare = best(compare, seconds() - start);
        start = seconds();
        sink = sum_words(old_bytes, size_bytes);
        read = best(read, seconds() - start);
        diff = best(diff, time_of_diff(&region, false, 0));
    }
    printf("bench-watch: what=unchanged-%s memcpy_gb_per_s=%.3g memcmp_gb_per_s=%.3g read_gb_per_s=%.3g "
           "gb_per_s=%.3g\n",
           where, (double)size_bytes / copy / 1e9, (double)size_bytes / compare / 1e9,
           (double)size_bytes / read / 1e9, (double)size_bytes / diff / 1e9);
    if (size_bytes == DIFF_BYTES)
        bench_hashes(new_bytes, size_bytes, copy);
    if (size_bytes == DIFF_BYTES) /* in a cache memcpy has wider registers than a kernel gives us */
        judge("unchanged-by-memcpy", copy / diff, "ratio", 0.9, true);
    if (size_bytes == DIFF_BYTES) /* both read two streams, memcpy reads one and writes past the caches */
        printf("bench-watch: what=unchanged-by-memcmp ratio=%.3g\n", compare / diff);
}

static void bench_diff(void)
{
    static const size_t run_bytes[] = {1, 8, 64, 4096};
    struct watch_reader reader = {0};
    struct watch_region region;
    uint8_t *old_bytes = memory(DIFF_BYTES), *new_bytes = memory(DIFF_BYTES), *third = memory(DIFF_BYTES);

    for (size_t i = 0; i < DIFF_BYTES / 8; i++)
        ((uint64_t *)(void *)old_bytes)[i] = random_next(&dice);
    memcpy(new_bytes, old_bytes, DIFF_BYTES);
    memset(third, 1, DIFF_BYTES);
    bench_unchanged("512-kib", old_bytes, new_bytes, third, MIB_BYTES / 2);
    bench_unchanged("256-mib", old_bytes, new_bytes, third, DIFF_BYTES);
    munmap(third, DIFF_BYTES);
    /* Two buffers that nobody else writes, as the byte loop has them. */
    reader = (struct watch_reader){.mapped = new_bytes, .is_stable = true};
    for (unsigned shape = 0; shape < sizeof run_bytes / sizeof run_bytes[0]; shape++) {
        size_t some = DIFF_BYTES / 4, changed;
        double loop = 0, ours = 0;
        char what[64];
        memcpy(new_bytes, old_bytes, DIFF_BYTES);
        changed = change_tenth(new_bytes, some, run_bytes[shape]);
        open_pair(&region, &reader, old_bytes, some);
        for (unsigned i = 0; i < 3; i++) {
            double start = seconds();
            if (byte_loop(old_bytes, new_bytes, some) != changed)
                exit(3);
            loop = best(loop, seconds() - start);
            ours = best(ours, time_of_diff(&region, false, changed));
        }
        snprintf(what, sizeof what, "tenth-in-runs-of-%zu", run_bytes[shape]);
        printf("bench-watch: what=%s byte_loop_gb_per_s=%.3g gb_per_s=%.3g\n", what, (double)some / loop / 1e9,
               (double)some / ours / 1e9);
        judge(what, loop / ours, "times_byte_loop", 10, true);
    }
    munmap(old_bytes, DIFF_BYTES);
    munmap(new_bytes, DIFF_BYTES);
}

/* ---- scans ---------------------------------------------------------------------------------------------------------- */

static void bench_scans(void)
{
    uint64_t copy_bytes = watch_region_bytes(SCAN_BYTES, WATCH_KEEP_COPY);
    uint64_t candidates_bytes = watch_scan_bytes(SCAN_BYTES, 1);
    uint8_t *bytes = memory(SCAN_BYTES), *copy = memory(copy_bytes), *candidates = memory(candidates_bytes);
    struct watch_reader reader = {.mapped = bytes};
    static const struct {
        const char *what;
        enum watch_type type;
    } rows[] = {{"first-scan-i32", WATCH_I32}, {"first-scan-u8", WATCH_U8}, {"first-scan-f64", WATCH_F64}};
    struct watch_pattern pattern;
    size_t at = 0;
    double start;

    /* What fresh memory costs is the machine's matter: seconds a GiB in a guest whose host lends it late. */
    start = seconds();
    memset(copy, 1, copy_bytes);
    printf("bench-watch: what=fresh-memory s_per_gib=%.3g\n", seconds() - start);
    memset(candidates, 1, candidates_bytes);
    for (size_t i = 0; i < SCAN_BYTES / 8; i++)
        ((uint64_t *)(void *)bytes)[i] = random_next(&dice);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct watch_predicate predicate = {rows[i].type, WATCH_EQUAL, 77, 0};
        struct watch_region region;
        struct watch_scan scan;
        start = seconds();
        if (watch_region(&region, 0, SCAN_BYTES, &reader, WATCH_KEEP_COPY, copy, copy_bytes, workspace,
                         sizeof workspace) != WATCH_OK ||
            watch_scan_begin(&scan, &region, rows[i].type, watch_type_bytes(rows[i].type), (uint64_t *)(void *)candidates,
                             candidates_bytes) != WATCH_OK ||
            watch_scan_round(&scan, &predicate, NULL, NULL) != WATCH_OK)
            exit(2);
        judge(rows[i].what, seconds() - start, "s_per_gib", 1, false);
    }
    if (watch_pattern_parse("4D 5A 90 00 ?? 01 02 03", 23, &pattern, NULL) != WATCH_OK)
        exit(2);
    start = seconds();
    if (watch_pattern_find(&pattern, bytes, SCAN_BYTES, 0, &at))
        at = 0;
    start = seconds() - start;
    printf("bench-watch: what=pattern gb_per_s=%.3g\n", (double)SCAN_BYTES / start / 1e9);
    munmap(bytes, SCAN_BYTES);
}

int main(int count, char *words[])
{
    bool on_the_wall = count > 1 && strcmp(words[count - 1], "--wall") == 0;

    if (on_the_wall)
        clock_used = CLOCK_MONOTONIC;
    count -= on_the_wall;
    bench_diff();
    bench_shared(count > 1 ? words[1] : "/dev/shm");
    bench_scans();
    printf("bench-watch: missed=%u\n", missed);
    return 0;
}
