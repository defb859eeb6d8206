/* SPDX-License-Identifier: MIT */
/*
 * A program that watches itself: plants changes on random pages and wants exactly those, as often as
 * given, by both ways of tools/memwatch/self.h. Prints `memwatch-self: way=... disagreements=0`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "self.h"

#define PAGES  2048u
#define ROUNDS 20u

static uint8_t expected[PAGES * 4096u]; /* 1: planted */
static unsigned wrong, planted, told;

static bool take_change(void *context, const struct watch_change *change)
{
    uint64_t first = change->address - (uintptr_t)context;

    for (uint64_t i = 0; i < change->length_bytes; i++)
        wrong += expected[first + i] != 1;
    told += (unsigned)change->length_bytes;
    return true;
}

static void plant(uint8_t *memory, unsigned seed)
{
    memset(expected, 0, sizeof expected);
    planted = 0;
    srand(seed);
    for (unsigned i = 0; i < 50; i++) {
        size_t at = ((size_t)rand() << 12 ^ (size_t)rand()) % sizeof expected;
        planted += expected[at] == 0;
        memory[at] = (uint8_t)(expected[at] == 0 ? memory[at] + 1 : memory[at]);
        expected[at] = 1;
    }
}

static void watch(uint8_t *memory, bool with_snapshots)
{
    static uint8_t workspace[1 << 20];
    uint64_t bytes = watch_region_bytes(sizeof expected, WATCH_KEEP_COPY);
    void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct watch_self self;
    struct watch_reader reader = watch_self_open(&self, memory, sizeof expected);
    struct watch_diff_options options = {.take = take_change, .context = memory, .refresh = true};
    struct watch_region region;
    unsigned disagreements = 0, dirty_rounds = 0;

    if (copy == MAP_FAILED || watch_region(&region, (uintptr_t)memory, sizeof expected, &reader, WATCH_KEEP_COPY, copy,
                                           bytes, workspace, sizeof workspace) != WATCH_OK)
        exit(2);
    if (with_snapshots)
        region.reader.dirty = NULL;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (!with_snapshots)
            dirty_rounds += watch_self_arm(&self, &region);
        if (round == 0 && watch_snapshot(&region) != WATCH_OK)
            exit(2);
        plant(memory, round);
        wrong = told = 0;
        if (watch_diff(&region, &options, NULL) != WATCH_OK)
            exit(2);
        disagreements += wrong > 0 || told != planted;
    }
    printf("memwatch-self: way=\"%s\" rounds=%u by-dirty-pages=%u disagreements=%u\n",
           with_snapshots ? "snapshots, as asked" : self.why, ROUNDS, dirty_rounds, disagreements);
    watch_self_close(&self);
    munmap(copy, bytes);
    if (disagreements > 0)
        exit(1);
}

int main(void)
{
    uint8_t *memory = mmap(NULL, sizeof expected, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return 2;
    watch(memory, true);
    watch(memory, false);
    return 0;
}
