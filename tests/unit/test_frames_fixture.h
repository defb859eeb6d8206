/* SPDX-License-Identifier: MIT */
/*
 * What the tests of common/frames share: an allocator over a short map with metadata of
 * exactly the promised size, full of junk before and fenced behind, and snapshots of the set
 * of free frames.
 */
#ifndef GROMA_TEST_FRAMES_FIXTURE_H
#define GROMA_TEST_FRAMES_FIXTURE_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frames/frames.h"
#include "frames/tree.h"

#ifdef FRAMES_HARDENED
#define LINE_BYTES 192u /* three bits a frame */
#else
#define LINE_BYTES 64u
#endif

#define JUNK        0xa5
#define FENCE_BYTES 64u

#define REGION(first, end, which) {.first_pfn = (first), .end_pfn = (end), .kind = (which)}
#define USABLE(first, end)        REGION(first, end, MEMMAP_USABLE)
#define LATER(first, end)         REGION(first, end, MEMMAP_BOOT_RECLAIMABLE)
#define LATER_KINDS               memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE)
#define COUNT_OF(array)           (sizeof(array) / sizeof *(array))
#define G4                        FRAMES_4G_END
#define GIB_FRAMES                (UINT64_C(1) << 18)

/* An allocator, its memory, and what was free when a snapshot was taken. */
struct machine {
    struct frames frames;
    struct frames_cache cache;
    const struct memmap_region *map;
    size_t map_count;
    uint8_t *memory; /* size_bytes of metadata, then a fence */
    uint64_t size_bytes;
    uint8_t *free_before; /* a byte a frame of the map */
    uint64_t refused_before;
};

__attribute__((unused)) static void machine_init(struct machine *machine,
                                                 const struct memmap_region *regions, size_t count,
                                                 uint64_t size_bytes)
{
    machine->map = regions;
    machine->map_count = count;
    machine->size_bytes = size_bytes;
    machine->memory = aligned_alloc(64, (size_bytes + FENCE_BYTES + 63) / 64 * 64);
    machine->free_before = NULL;
    memset(machine->memory, JUNK, size_bytes + FENCE_BYTES);
    cr_assert_eq(frames_init(&machine->frames, regions, count, LATER_KINDS, machine->memory,
                             machine->size_bytes),
                 FRAMES_OK);
    frames_cache_init(&machine->frames, &machine->cache);
}

/* Declares a machine `name` over the map of these regions, with no byte of metadata to spare. */
#define MACHINE(name, ...)                                                               \
    struct machine name;                                                                 \
    static const struct memmap_region name##_map[] = {__VA_ARGS__};                      \
    machine_init(&name, name##_map, COUNT_OF(name##_map),                                \
                 frames_metadata_size(name##_map, COUNT_OF(name##_map), LATER_KINDS))

__attribute__((unused)) static bool cache_holds(const struct frames_cache *cache, uint64_t pfn)
{
    uint64_t base = pfn & ~UINT64_C(63);
    uint64_t bit = UINT64_C(1) << (pfn & 63);

    return ((cache->take_base & ~UINT64_C(63)) == base && (cache->take_mask & bit) != 0) ||
           (cache->give_base == base && (cache->give_mask & bit) != 0);
}

/* A byte for each frame of the map: is it free, in the tree or in the cache? */
__attribute__((unused)) static uint8_t *machine_free_set(const struct machine *machine,
                                                         uint64_t *ret_count)
{
    uint8_t *set = NULL;
    uint64_t count = 0;

    for (size_t i = 0; i < machine->map_count; i++) {
        const struct memmap_region *region = &machine->map[i];
        set = realloc(set, count + (region->end_pfn - region->first_pfn) + 1);
        for (uint64_t pfn = region->first_pfn; pfn < region->end_pfn; pfn++)
            set[count++] = range_count_free(&machine->frames, pfn, pfn + 1) == 1 ||
                           cache_holds(&machine->cache, pfn);
    }
    *ret_count = count;
    return set;
}

__attribute__((unused)) static void machine_save(struct machine *machine)
{
    uint64_t count;

    free(machine->free_before);
    machine->free_before = machine_free_set(machine, &count);
    machine->refused_before = machine->frames.refused_count;
}

/* Nothing changed since machine_save but, by `refused`, the count of refusals. */
__attribute__((unused)) static bool machine_is_as_saved(struct machine *machine, uint64_t refused)
{
    uint64_t count;
    uint8_t *now = machine_free_set(machine, &count);
    bool same = memcmp(now, machine->free_before, count) == 0;

    free(now);
    return same && machine->frames.refused_count == machine->refused_before + refused &&
           frames_check(&machine->frames) == FRAMES_OK;
}

/* The call gives this status and, but for counting `refused`, changes nothing. */
#define REFUSES(name, refused, status, call)                                             \
    do {                                                                                 \
        machine_save(&(name));                                                           \
        cr_assert_eq((call), (status), "%s", #call);                                     \
        cr_assert(machine_is_as_saved(&(name), (refused)), "changed by %s", #call);      \
    } while (0)

__attribute__((unused)) static uint64_t free_count(const struct machine *machine)
{
    struct frames_stats stats;

    frames_stats(&machine->frames, &stats);
    return stats.free_count;
}

__attribute__((unused)) static uint64_t total_count(const struct machine *machine)
{
    struct frames_stats stats;

    frames_stats(&machine->frames, &stats);
    return stats.total_count;
}

/* The fence behind the metadata stands, the books balance; then the memory is given back. */
__attribute__((unused)) static void machine_end(struct machine *machine)
{
    for (size_t i = 0; i < FENCE_BYTES; i++)
        cr_assert_eq(machine->memory[machine->size_bytes + i], JUNK, "wrote beyond the metadata");
    cr_assert_eq(frames_check(&machine->frames), FRAMES_OK);
    free(machine->memory);
    free(machine->free_before);
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
