/* SPDX-License-Identifier: MIT */
/* The contenders behind one call, and whether they agree; see contenders.h. */
#include "contenders.h"

#include <stdio.h>
#include <stdlib.h>

#include "changepoint.h"
#include "endpoints.h"
#include "memmap/normalize.h"
#include "shapes.h"

enum { PHYSICAL_BITS = 48 };

struct arena {
    struct memmap map;
    struct memmap_report report;
    void *scratch;
    uint64_t scratch_bytes;
    struct changepoint_buffers changepoint;
    size_t changepoint_count;
    uint64_t *keys;
    uint64_t *spare;
    size_t key_count;
};

static const char *const names[CONTENDER_COUNT] = {"engine", "changepoint", "sort_endpoints"};

const char *contender_name(enum contender contender)
{
    return names[contender];
}

static void fail(const char *what)
{
    fprintf(stderr, "bench-memmap: %s\n", what);
    exit(1);
}

/* Touched once, so that no page fault is measured. */
static void *allocate(uint64_t count, size_t size_bytes)
{
    volatile uint8_t *memory = malloc(count * size_bytes + 1);

    if (memory == NULL)
        fail("out of memory");
    for (uint64_t at = 0; at < count * size_bytes; at += 4096)
        memory[at] = 0;
    return (void *)memory;
}

struct arena *arena_create(uint32_t capacity)
{
    struct arena *arena = allocate(1, sizeof *arena);
    uint64_t point_count = 2 * (uint64_t)capacity;

    arena->map.capacity = memmap_max_regions(capacity, 0);
    arena->map.count = 0;
    arena->map.regions = allocate(arena->map.capacity, sizeof *arena->map.regions);
    arena->scratch_bytes = memmap_scratch_bytes(capacity, 0);
    arena->scratch = allocate(arena->scratch_bytes, 1);
    arena->changepoint.entries = allocate(capacity, sizeof *arena->changepoint.entries);
    arena->changepoint.points = allocate(point_count, sizeof *arena->changepoint.points);
    arena->changepoint.sorted = allocate(point_count, sizeof *arena->changepoint.sorted);
    arena->changepoint.active = allocate(capacity, sizeof *arena->changepoint.active);
    arena->changepoint.output = allocate(point_count, sizeof *arena->changepoint.output);
    arena->keys = allocate(point_count, sizeof *arena->keys);
    arena->spare = allocate(point_count, sizeof *arena->spare);
    return arena;
}

void arena_destroy(struct arena *arena)
{
    free(arena->map.regions);
    free(arena->scratch);
    free(arena->changepoint.entries);
    free(arena->changepoint.points);
    free(arena->changepoint.sorted);
    free(arena->changepoint.active);
    free(arena->changepoint.output);
    free(arena->keys);
    free(arena->spare);
    free(arena);
}

static size_t run_engine(struct arena *arena, const uint8_t *bytes, uint32_t count)
{
    struct memmap_input input = {.physical_bits = PHYSICAL_BITS};
    enum memmap_status status;

    status = memmap_source_uefi(&input.source, bytes, (uint64_t)count * SHAPES_STRIDE_BYTES,
                                SHAPES_STRIDE_BYTES);
    if (status == MEMMAP_OK)
        status = memmap_normalize(&input, arena->scratch, arena->scratch_bytes, &arena->map,
                                  &arena->report);
    if (status != MEMMAP_OK)
        fail(memmap_status_name(status));
    return arena->map.count;
}

size_t contender_run(enum contender contender, struct arena *arena, const uint8_t *bytes,
                     uint32_t count)
{
    switch (contender) {
    case CONTENDER_ENGINE:
        return run_engine(arena, bytes, count);
    case CONTENDER_CHANGEPOINT:
        arena->changepoint_count =
            changepoint_normalize(&arena->changepoint, bytes, count, SHAPES_STRIDE_BYTES);
        return arena->changepoint_count;
    case CONTENDER_SORT_ENDPOINTS:
        arena->key_count =
            endpoints_sort(arena->keys, arena->spare, bytes, count, SHAPES_STRIDE_BYTES);
        return arena->key_count;
    default:
        return 0;
    }
}

/*
 * The engine parts regions by attributes, too: several of its regions may lie in one range of the
 * base line, and must fill it.
 */
static const char *compare_maps(const struct memmap *map, const struct changepoint_range *ranges,
                                size_t range_count)
{
    size_t at = 0;

    for (size_t i = 0; i < range_count; i++) {
        uint64_t pfn = ranges[i].first_pfn;
        while (pfn < ranges[i].end_pfn) {
            const struct memmap_region *region = &map->regions[at];
            if (at == map->count || region->first_pfn != pfn)
                return "engine and base line differ in a hole";
            if (region->kind != ranges[i].kind)
                return "engine and base line differ in a kind";
            pfn = region->end_pfn;
            at++;
        }
        if (pfn != ranges[i].end_pfn)
            return "engine and base line differ in a range's end";
    }
    return at == map->count ? NULL : "the engine has regions that the base line has not";
}

const char *contenders_disagree(const struct arena *arena)
{
    for (size_t i = 1; i < arena->key_count; i++) {
        if (arena->keys[i - 1] > arena->keys[i])
            return "the endpoints are not in order";
    }
    return compare_maps(&arena->map, arena->changepoint.output, arena->changepoint_count);
}
