/* SPDX-License-Identifier: MIT */
/* Private to common/watch: pages of a region and what is read of them. */
#ifndef GROMA_WATCH_INNER_H
#define GROMA_WATCH_INNER_H

#include "watch/watch.h"

/* A word that may alias anything and lie at any address. */
typedef uint64_t __attribute__((may_alias, aligned(1))) watch_word_t;

static inline uint64_t at_most(uint64_t value, uint64_t most)
{
    return value < most ? value : most;
}

/* The region's bytes from `offset` to the end of the page in which it lies. */
static inline uint64_t page_rest(const struct watch_region *region, uint64_t offset)
{
    return at_most(WATCH_PAGE_BYTES - offset % WATCH_PAGE_BYTES, region->size_bytes - offset);
}

/*
 * Reads `size_bytes` bytes from `offset` (a page's first byte) on; what stands at *to then. Returns
 * how many: whole pages, and the region's last bytes.
 */
uint64_t watch_read_pages(const struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                          uint8_t *to);

/* Reads exactly these bytes, or says that it cannot. */
MUST_USE bool watch_read_exactly(const struct watch_region *region, uint64_t offset,
                                 uint64_t size_bytes, uint8_t *to);

/* How many bytes of equal blocks of 64 stand at the beginning. */
size_t watch_same_blocks(const uint8_t *left, const uint8_t *right, size_t size_bytes);

/* Are all bytes the same? Quicker than to ask where the first is that is not. */
bool watch_is_same(const uint8_t *left, const uint8_t *right, size_t size_bytes);

void watch_set_lost(struct watch_region *region, uint64_t page, bool is_lost);

/* OK, PARTIAL or UNREADABLE. */
enum watch_status watch_outcome(uint64_t good_bytes, uint64_t bad_bytes);

#endif
