/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: hands out 4 KiB page frames of the usable regions of a
 * normalized map, singly, in orders and in runs.
 *
 * The caller gives the memory for the bookkeeping (frames_metadata_size says how much;
 * its content does not matter). It follows the usable memory, not the highest address:
 * a window at 1 TiB costs nothing. Nothing is allocated, nothing is global, and the
 * frames themselves are never touched.
 *
 * A frame is named by its page frame number (pfn = physical address / 4096). Frames
 * below 1 MiB are handed out only where asked for (FRAMES_LOW), and page 0 never is.
 */
#ifndef GROMA_FRAMES_FRAMES_H
#define GROMA_FRAMES_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/checked.h"
#include "memmap/memmap.h"

enum frames_status {
    FRAMES_OK,
    FRAMES_EMPTY,        /* nothing free fits, and no cache holds a frame */
    FRAMES_PARKED,       /* nothing free fits, but caches hold frames: drain them and try again */
    FRAMES_BAD_REQUEST,  /* count 0, alignment no power of two, empty limits, unknown flag */
    FRAMES_OUT_OF_RANGE, /* a frame outside every region that was added */
    FRAMES_MISALIGNED,   /* the first frame is no multiple of the order's size */
    FRAMES_ALREADY_FREE, /* freed twice, or never handed out */
    FRAMES_IN_USE,       /* frames_alloc_at, frames_reserve: a frame of the range is not free */
    FRAMES_NO_ROOM,      /* the metadata memory is too small for the regions */
    FRAMES_CORRUPT,      /* frames_check found the bookkeeping inconsistent */
};

/* "empty", "parked", ...; never NULL. */
const char *frames_status_name(enum frames_status status);

#define FRAMES_MAX_ORDER 18u          /* 2^18 frames = 1 GiB */
#define FRAMES_LOW_END   UINT64_C(256) /* pfn: 1 MiB */
#define FRAMES_4G_END    (UINT64_C(1) << 20)

/* Flags of a request. */
#define FRAMES_LOW 1u /* frames below 1 MiB may be handed out too */

/* What is wanted. Zero-initialised fields mean: one frame, any alignment, no limit. */
struct frames_request {
    uint64_t count;       /* frames, contiguous; 0 means 1 << order */
    unsigned order;       /* used where count is 0; the run is then aligned to its size */
    uint64_t align_count; /* first pfn is a multiple of this power of two; 0 means 1 */
    uint64_t first_pfn;   /* lowest pfn allowed */
    uint64_t end_pfn;     /* one past the highest pfn allowed; 0 means no limit */
    unsigned flags;
};

/* Per-CPU cache of single frames: one cache line, owned by one CPU at a time. */
struct frames_cache {
    uint64_t words[8]; /* private to frames.c */
};
_Static_assert(sizeof(struct frames_cache) == 64, "one cache line");

/* The allocator. Private to frames.c; statistics through frames_stats. */
struct frames {
    struct frames_arena *arenas; /* in the metadata memory, ascending */
    size_t arena_count;
    size_t arena_capacity;
    uint8_t *metadata;
    uint64_t metadata_bytes;
    uint64_t metadata_used_bytes;
    uint64_t total_count;  /* frames under management */
    uint64_t free_count;   /* free in the arenas, parked ones not included */
    uint64_t parked_count; /* in caches */
    uint64_t refused_count; /* wrong frees and bad requests so far */
};

struct frames_stats {
    uint64_t total_count;
    uint64_t free_count;     /* parked ones included */
    uint64_t parked_count;
    uint64_t free_low_count; /* below 1 MiB */
    uint64_t free_4g_count;  /* 1 MiB to 4 GiB */
    uint64_t free_high_count;
    uint64_t largest_run_count; /* longest free run; a run never crosses a region's end */
    uint64_t free_by_order[FRAMES_MAX_ORDER + 1]; /* maximal aligned free blocks of each order */
    uint64_t refused_count;
};

/*
 * Bytes of bookkeeping for the `usable` regions of the map plus `extra_region_count`
 * regions of together `extra_page_count` pages to be added later. 0 where it would wrap.
 * O(regions).
 */
uint64_t frames_metadata_size(const struct memmap_region *regions, size_t region_count,
                              size_t extra_region_count, uint64_t extra_page_count);

/*
 * Manages every `usable` region of the map except page 0. `metadata` is 8-byte aligned and
 * must not lie in a frame that stays free: reserve it (frames_reserve) or take it out of the
 * map beforehand. On error *frames is untouched. NO_ROOM: too little metadata memory.
 */
MUST_USE enum frames_status frames_init(struct frames *frames, const struct memmap_region *regions,
                                        size_t region_count, void *metadata,
                                        uint64_t metadata_bytes);

/*
 * Adds [first_pfn, end_pfn) (reclaimed or hot-plugged memory), all of it free; page 0 is left
 * out. Errors, all without change: BAD_REQUEST (empty, beyond 2^52), IN_USE (overlaps memory
 * under management), NO_ROOM.
 */
MUST_USE enum frames_status frames_add(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/*
 * Hands out a run of frames. Higher addresses first: memory below 4 GiB is what devices need.
 * `cache` may be NULL; only single frames without limits use it. On success *ret_pfn is the
 * first frame. Errors: EMPTY, PARKED, BAD_REQUEST.
 */
MUST_USE enum frames_status frames_alloc(struct frames *frames, struct frames_cache *cache,
                                         const struct frames_request *request, uint64_t *ret_pfn);

/* Hands out exactly [first_pfn, first_pfn + count), or IN_USE, OUT_OF_RANGE, BAD_REQUEST. */
MUST_USE enum frames_status frames_alloc_at(struct frames *frames, uint64_t first_pfn,
                                            uint64_t count);

/*
 * Gives a run back, whole or in parts. Errors, all without change and counted: BAD_REQUEST,
 * OUT_OF_RANGE, ALREADY_FREE (any frame of the run is free already).
 */
MUST_USE enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                                        uint64_t first_pfn, uint64_t count);

/* The same for an aligned block of 2^order frames; MISALIGNED where it is not. */
MUST_USE enum frames_status frames_free_order(struct frames *frames, struct frames_cache *cache,
                                              uint64_t first_pfn, unsigned order);

/* Takes what is free of [first_pfn, end_pfn) out of circulation for good; *ret_count frames. */
MUST_USE enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn,
                                           uint64_t end_pfn, uint64_t *ret_count);

/* An empty cache; and back to empty, giving its frames back. Returns how many. */
void frames_cache_init(struct frames_cache *cache);
uint64_t frames_cache_drain(struct frames *frames, struct frames_cache *cache);

/* Exact counts. O(metadata). */
void frames_stats(const struct frames *frames, struct frames_stats *ret_stats);

/* Recounts everything against the bookkeeping: OK or CORRUPT. O(metadata). */
MUST_USE enum frames_status frames_check(const struct frames *frames);

/*
 * Walks the usable frames of a map without an allocator, ascending, page 0 and memory below
 * 1 MiB left out: for the few frames needed before there is one. *cursor is 0 at the start.
 * False when there are none left.
 */
MUST_USE bool frames_next(const struct memmap_region *regions, size_t region_count,
                          uint64_t *cursor_pfn, uint64_t *ret_pfn);

#endif
