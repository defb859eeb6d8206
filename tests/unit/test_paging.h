/* SPDX-License-Identifier: MIT */
/*
 * An arena for the tests of common/paging: table memory of exact size (so that ASan sees
 * a step outside), full of junk, at a made-up physical address. Raw entries are
 * read by page number of the arena, not with the code under test.
 */
#ifndef GROMA_TEST_PAGING_H
#define GROMA_TEST_PAGING_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "paging/paging.h"

#define ARENA_PHYSICAL UINT64_C(0x12345000)
#define ARENA_JUNK     0xa5 /* bit 0 is set: junk looks present */
#define HIGH           UINT64_C(0xffff800000000000)

struct arena {
    uint64_t *memory; /* page i of the arena: memory + 512 * i */
    uint64_t page_count;
    struct paging paging;
};

static inline uint64_t arena_offset(const struct arena *arena)
{
    return (uint64_t)(uintptr_t)arena->memory - ARENA_PHYSICAL;
}

/* `extra` pages lie behind the pool, for tables outside it. */
static inline struct arena arena_make(unsigned levels, bool has_giant_pages,
                                      uint64_t pool_page_count, uint64_t extra)
{
    struct arena arena = {.page_count = pool_page_count + extra};

    arena.memory = aligned_alloc(4096, arena.page_count * 4096);
    cr_assert_not_null(arena.memory);
    memset(arena.memory, ARENA_JUNK, arena.page_count * 4096);
    cr_assert_eq(paging_init(&arena.paging, levels, has_giant_pages, 46, arena_offset(&arena),
                             paddr(ARENA_PHYSICAL), pool_page_count),
                 PAGING_OK);
    return arena;
}

static inline uint64_t *arena_entry(const struct arena *arena, uint64_t page, unsigned index)
{
    return &arena->memory[512 * page + index];
}

/* An entry that leads to page `page` of the arena, as the builder makes it. */
static inline uint64_t arena_link(uint64_t page)
{
    return (ARENA_PHYSICAL + 4096 * page) | 0x23;
}

static inline enum paging_status arena_map(struct arena *arena, uint64_t to, uint64_t from,
                                           uint64_t size_bytes, unsigned rights)
{
    return paging_map(&arena->paging, vaddr(to), paddr(from), size_bytes, rights,
                      PAGING_WRITE_BACK);
}

/* A copy of all that a failed call must leave alone. */
struct arena_copy {
    uint64_t *memory;
    struct paging paging;
};

static inline struct arena_copy arena_remember(const struct arena *arena)
{
    struct arena_copy copy = {malloc(arena->page_count * 4096), arena->paging};

    cr_assert_not_null(copy.memory);
    memcpy(copy.memory, arena->memory, arena->page_count * 4096);
    return copy;
}

/* Compares, and frees the copy. */
static inline bool arena_is_unchanged(const struct arena *arena, struct arena_copy copy)
{
    const struct paging *now = &arena->paging;
    const struct paging *then = &copy.paging;
    bool is_same = memcmp(copy.memory, arena->memory, arena->page_count * 4096) == 0 &&
                   now->root.value == then->root.value && now->levels == then->levels &&
                   now->pool.value == then->pool.value &&
                   now->pool_page_count == then->pool_page_count &&
                   now->pool_used_count == then->pool_used_count;

    free(copy.memory);
    return is_same;
}

static inline void arena_free(struct arena *arena)
{
    free(arena->memory);
}

#endif
