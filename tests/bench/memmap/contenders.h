/* SPDX-License-Identifier: MIT */
/*
 * What is measured: each contender goes from the bytes of a GetMemoryMap answer to its result.
 *
 *   engine          memmap_source_uefi and memmap_normalize: regions with attributes, origins,
 *                   flags, and the whole report
 *   changepoint     what a kernel does plainly: 2n change points, heapsort of pointers to them, the
 *                   list of active entries searched at each; kinds alone
 *   sort_endpoints  the 2n endpoints, sorted, and nothing else: the floor for unsorted input
 */
#ifndef GROMA_BENCH_MEMMAP_CONTENDERS_H
#define GROMA_BENCH_MEMMAP_CONTENDERS_H

#include <stddef.h>
#include <stdint.h>

enum contender {
    CONTENDER_ENGINE,
    CONTENDER_CHANGEPOINT,
    CONTENDER_SORT_ENDPOINTS,
    CONTENDER_COUNT,
};

/* "engine", "changepoint", ... */
const char *contender_name(enum contender contender);

/*
 * The buffers of all contenders, for maps of up to `capacity` entries; the program ends where
 * memory does.
 */
struct arena *arena_create(uint32_t capacity);
void arena_destroy(struct arena *arena);

/* One map through one contender; returns how many regions (endpoints) it made. */
size_t contender_run(enum contender contender, struct arena *arena, const uint8_t *bytes,
                     uint32_t count);

/*
 * After all contenders ran on the same map: do engine and changepoint give every page the same
 * kind, is every hole one for both, and are the endpoints in order? NULL, or what is wrong.
 */
const char *contenders_disagree(const struct arena *arena);

#endif
