/* SPDX-License-Identifier: MIT */
/*
 * What the tests of common/frames share: an allocator over a short map with metadata of
 * exactly the promised size, full of junk before and fenced behind, and snapshots of it.
 */
#ifndef GROMA_TEST_FRAMES_FIXTURE_H
#define GROMA_TEST_FRAMES_FIXTURE_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frames/frames.h"

#define JUNK        0xa5
#define FENCE_BYTES 64u

#define REGION(first, end, which) {.first_pfn = (first), .end_pfn = (end), .kind = (which)}
#define USABLE(first, end)        REGION(first, end, MEMMAP_USABLE)
#define COUNT_OF(array)           (sizeof(array) / sizeof *(array))
#define G4                        FRAMES_4G_END

/* An allocator, its memory, and what both were when a snapshot was taken. */
struct machine {
    struct frames frames;
    struct frames_cache cache;
    uint8_t *memory; /* size_bytes of metadata, then a fence */
    uint64_t size_bytes;
    struct frames frames_before;
    struct frames_cache cache_before;
    uint8_t *memory_before;
};

__attribute__((unused)) static void machine_init(struct machine *machine,
                                                 const struct memmap_region *regions, size_t count,
                                                 uint64_t size_bytes)
{
    machine->size_bytes = size_bytes;
    machine->memory = malloc(size_bytes + FENCE_BYTES);
    machine->memory_before = malloc(size_bytes + FENCE_BYTES);
    memset(machine->memory, JUNK, size_bytes + FENCE_BYTES);
    frames_cache_init(&machine->cache);
    cr_assert_eq(
        frames_init(&machine->frames, regions, count, machine->memory, machine->size_bytes),
        FRAMES_OK);
}

/* Declares a machine `name` over the map of these regions, with no byte of metadata to spare. */
#define MACHINE(name, ...)                                                               \
    struct machine name;                                                                 \
    static const struct memmap_region name##_map[] = {__VA_ARGS__};                      \
    machine_init(&name, name##_map, COUNT_OF(name##_map),                                \
                 frames_metadata_size(name##_map, COUNT_OF(name##_map), 0, 0))

__attribute__((unused)) static void machine_save(struct machine *machine)
{
    machine->frames_before = machine->frames;
    machine->cache_before = machine->cache;
    memcpy(machine->memory_before, machine->memory, machine->size_bytes + FENCE_BYTES);
}

/* Nothing changed since machine_save but, by `refused`, the count of refusals. */
__attribute__((unused)) static bool machine_is_as_saved(struct machine *machine, uint64_t refused)
{
    struct frames frames = machine->frames;

    frames.refused_count -= refused;
    return memcmp(&frames, &machine->frames_before, sizeof frames) == 0 &&
           memcmp(&machine->cache, &machine->cache_before, sizeof machine->cache) == 0 &&
           memcmp(machine->memory, machine->memory_before, machine->size_bytes + FENCE_BYTES) == 0;
}

/* The call gives this status and, but for counting `refused`, changes nothing. */
#define REFUSES(name, refused, status, call)                                             \
    do {                                                                                 \
        machine_save(&(name));                                                           \
        cr_assert_eq((call), (status), "%s", #call);                                     \
        cr_assert(machine_is_as_saved(&(name), (refused)), "changed by %s", #call);      \
    } while (0)

/* The fence behind the metadata stands, the books balance; then the memory is given back. */
__attribute__((unused)) static void machine_end(struct machine *machine)
{
    for (size_t i = 0; i < FENCE_BYTES; i++)
        cr_assert_eq(machine->memory[machine->size_bytes + i], JUNK, "wrote beyond the metadata");
    cr_assert_eq(frames_check(&machine->frames), FRAMES_OK);
    free(machine->memory);
    free(machine->memory_before);
}

/* A request by named fields, and the frame it gets; PFN_END where it gets none. */
#define REQUEST(...) (&(struct frames_request){__VA_ARGS__})

__attribute__((unused)) static uint64_t take(struct machine *machine,
                                             const struct frames_request *request)
{
    uint64_t pfn = PFN_END;

    if (frames_alloc(&machine->frames, NULL, request, &pfn) != FRAMES_OK)
        cr_assert_eq(pfn, PFN_END, "touched on failure");
    return pfn;
}

/* The same through the machine's cache. */
__attribute__((unused)) static uint64_t take_cached(struct machine *machine,
                                                    const struct frames_request *request)
{
    uint64_t pfn = PFN_END;

    if (frames_alloc(&machine->frames, &machine->cache, request, &pfn) != FRAMES_OK)
        cr_assert_eq(pfn, PFN_END, "touched on failure");
    return pfn;
}

#endif
