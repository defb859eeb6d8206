/* SPDX-License-Identifier: MIT */
/*
 * Watching the firmware's memory over the exit: which pages, their hashes before and after, and
 * what of it a kernel is told; and the kernel's side, pages that are no longer what they were.
 *
 *   loader: choose ─▶ hash before ─▶ GetMemoryMap, exit ─▶ hash after ─▶ add (cut to the exit map)
 *   kernel: take ─▶ walk: before and after, after and now, then and now
 *
 * A page that a kernel sees watched was watchable (bootinfo_is_watchable) before the exit, and is so
 * in the exit map. Pure functions over the caller's memory; nothing is written but hashes.
 */
#ifndef GROMA_BOOTINFO_WATCHED_H
#define GROMA_BOOTINFO_WATCHED_H

#include "base/language.h"
#include "bootinfo/bootinfo.h"

C_DECLARATIONS_BEGIN

#define WATCHED_MAX_PAGES (64 * MIB / PAGE_BYTES)

/* What a loader watches, in arrays of its own. */
struct watched {
    struct bootinfo_watch_range *ranges; /* ascending */
    struct bootinfo_watch_page *pages;   /* of the ranges, in order */
    uint32_t range_count, range_capacity;
    uint32_t page_count, page_capacity;
};

/*
 * As many pages as watched_choose could want once the claims (those of kind firmware-table among them)
 * are laid over this map; at most WATCHED_MAX_PAGES. O(regions + claims).
 */
uint32_t watched_page_bound(const struct memmap *map, const struct memmap_claim *claims,
                            uint32_t claim_count);

/* Chooses the watchable pages below end_pfn from the lowest on, as many as fit. O(regions). */
void watched_choose(struct watched *watched, const struct memmap *map, uint64_t end_pfn);

enum watched_moment {
    WATCHED_BEFORE,
    WATCHED_AFTER,
};

/* Hashes every page, as it stands at its address + pointer_offset. O(pages). */
void watched_hash(struct watched *watched, enum watched_moment moment, uint64_t pointer_offset);

/*
 * Adds to a block what of it is still watchable in the exit map, which is the block's, and how many
 * watchable pages have no hashes. Where a region ends a range ends. O(ranges + regions + pages).
 */
void watched_add(const struct watched *watched, const struct memmap *map,
                 struct bootinfo_builder *builder);

/* ---- a kernel's side: of an accepted block ---------------------------------------------------- */

/* Hashes of all pages, in the block's order, `stride_bytes` apart. */
struct watched_hashes {
    const void *first;
    uint32_t stride_bytes;
};

/* The loader's, of one of its two moments. */
struct watched_hashes watched_of_loader(const struct bootinfo *info, enum watched_moment moment);

/* Hashes every page as it is now into the caller's array, one word a page. O(pages). */
void watched_take(const struct bootinfo *info, uint64_t pointer_offset, uint64_t *ret_hashes);

/* Two moments being compared. */
struct watched_walk {
    const struct bootinfo *info;
    struct watched_hashes old, now;
    uint32_t range_index;
    uint32_t page_index; /* of the range's first page, among all */
    uint64_t next_pfn;   /* to be looked at next; 0: the range's first */
};

void watched_walk_begin(struct watched_walk *walk, const struct bootinfo *info,
                        struct watched_hashes old, struct watched_hashes now);

/* Neighbouring pages of one range that changed; maximal. False: no more. */
bool watched_walk_next(struct watched_walk *walk, struct bootinfo_watch_range *ret_range);

C_DECLARATIONS_END

#endif
