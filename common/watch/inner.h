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

/* Is the page of the copy known to be one word over and over? */
static inline bool page_is_filled(const struct watch_region *region, uint64_t page)
{
    return region->filled != NULL && (region->filled[page / 64] >> page % 64 & 1) != 0;
}

/* Asks the reader which pages from `offset` (a page's first byte) on are absent. */
void watch_ask_gap(struct watch_region *region, uint64_t offset);

/* Is the page at `offset` absent? As the reader knew it in this call, or a little before. */
static inline bool page_is_absent(struct watch_region *region, uint64_t offset)
{
    if (offset < region->gap_from || offset >= region->gap.end)
        watch_ask_gap(region, offset);
    return offset >= region->gap.first;
}

/* What was known of absent pages is old: for the beginning of a call. */
static inline void forget_gap(struct watch_region *region)
{
    region->gap_from = 0;
    region->gap = (struct watch_range){0};
}

/* Bytes of the copy were written: notes which of these pages are one word over and over. */
void watch_note_filled(struct watch_region *region, uint64_t offset, uint64_t size_bytes);

/*
 * Reads `size_bytes` bytes from `offset` (a page's first byte) on; what stands at *to then. Returns
 * how many: whole pages, and the region's last bytes.
 */
uint64_t watch_read_pages(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                          uint8_t *to);

/*
 * The same, of pages that are only to be looked at once: in their place where they are mapped, else in
 * the workspace. *size_bytes becomes how many were asked for, so many at most as one look can show.
 */
const uint8_t *watch_look_at_pages(struct watch_region *region, uint64_t offset,
                                   uint64_t *size_bytes, uint64_t *ret_got);

/* Reads exactly these bytes, or says that it cannot. */
MUST_USE bool watch_read_exactly(struct watch_region *region, uint64_t offset,
                                 uint64_t size_bytes, uint8_t *to);

/* How many bytes of equal blocks of 64 stand at the beginning. */
size_t watch_same_blocks(const uint8_t *left, const uint8_t *right, size_t size_bytes);

/* Are all bytes the same? Quicker than to ask where the first is that is not. */
bool watch_is_same(const uint8_t *left, const uint8_t *right, size_t size_bytes);

/* Are they this word over and over? */
bool watch_is_filled(const uint8_t *bytes, uint64_t word, size_t size_bytes);

void watch_set_lost(struct watch_region *region, uint64_t page, bool is_lost);

/* OK, PARTIAL or UNREADABLE. */
enum watch_status watch_outcome(uint64_t good_bytes, uint64_t bad_bytes);

#endif
