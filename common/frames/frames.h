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
 *
 * A run that frames_alloc hands out lies inside one region and never crosses 1 MiB or
 * 4 GiB. The other functions take ranges over such bounds where the memory adjoins.
 *
 * For one thread at a time. An error leaves everything as it was, but for refused_count.
 * One bit says "free": a frame that was reserved, or is parked in another CPU's cache, looks
 * like one handed out, and freeing it is not refused (a hardened build's business).
 *
 * Inside: arenas.h (who is managed, what is free), bitmap.h (ranges of bits).
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
    FRAMES_BAD_REQUEST,  /* count 0, order too big, alignment no power of two, empty limits,
                            unknown flag, memory not as promised */
    FRAMES_OUT_OF_RANGE, /* a frame outside every region that was added */
    FRAMES_MISALIGNED,   /* the first frame is no multiple of the order's size */
    FRAMES_ALREADY_FREE, /* freed twice, or never handed out */
    FRAMES_IN_USE,       /* frames_alloc_at: a frame of it is not free; frames_add: overlap */
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
    unsigned order;       /* used where count is 0; the run is then aligned to its size too */
    uint64_t align_count; /* first pfn is a multiple of this power of two; 0 means 1 */
    uint64_t first_pfn;   /* lowest pfn allowed */
    uint64_t end_pfn;     /* one past the highest pfn allowed; 0 means no limit */
    unsigned flags;
};

/*
 * Per-CPU cache of single frames: one cache line, owned by one CPU at a time. It parks the
 * free frames of one aligned block of 64, never below 1 MiB. frames_cache_init comes first.
 */
struct frames_cache {
    uint64_t words[8]; /* private to frames.c */
};
_Static_assert(sizeof(struct frames_cache) == 64, "one cache line");

/* The allocator. Private to common/frames; statistics through frames_stats. */
struct frames {
    struct frames_arena *arenas; /* in the metadata memory, ascending */
    size_t arena_count;
    size_t top_arena; /* no arena above it has a free frame; 0 where there is none */
    void *metadata;
    uint64_t metadata_bytes; /* a multiple of 8 */
    uint64_t metadata_used_bytes;
    uint64_t total_count;   /* frames under management */
    uint64_t free_count;    /* free in the arenas, parked ones not included */
    uint64_t parked_count;  /* in caches */
    uint64_t refused_count; /* refused frees, and bad requests, so far */
};

struct frames_stats {
    uint64_t total_count;
    uint64_t free_count;     /* parked ones included */
    uint64_t parked_count;
    /* All that follows is without the parked ones. */
    uint64_t free_low_count; /* below 1 MiB */
    uint64_t free_4g_count;  /* 1 MiB to 4 GiB */
    uint64_t free_high_count;
    uint64_t largest_run_count; /* the longest run that frames_alloc can hand out */
    uint64_t free_by_order[FRAMES_MAX_ORDER + 1]; /* maximal aligned free blocks of each order */
    uint64_t refused_count;
};

/*
 * Bytes of bookkeeping for the `usable` regions of the map plus `extra_region_count`
 * regions of together `extra_page_count` pages to be added later. Exact without extras, else
 * enough wherever they lie. 0 where it would wrap, where the usable regions are not in normal
 * form, and where there is nothing to manage. O(regions).
 */
uint64_t frames_metadata_size(const struct memmap_region *regions, size_t region_count,
                              size_t extra_region_count, uint64_t extra_page_count);

/*
 * Manages every `usable` region of the map except page 0. `metadata` is 8-byte aligned and
 * must not lie in a frame that stays free: reserve it (frames_reserve) or take it out of the
 * map beforehand. On error *frames and the metadata are untouched. NO_ROOM: too little
 * metadata memory. BAD_REQUEST: the usable regions are not in normal form (ascending,
 * disjoint, not empty, up to 2^52), or the metadata is not aligned. O(metadata): fills words.
 */
MUST_USE enum frames_status frames_init(struct frames *frames, const struct memmap_region *regions,
                                        size_t region_count, void *metadata,
                                        uint64_t metadata_bytes);

/*
 * Adds [first_pfn, end_pfn) (reclaimed or hot-plugged memory), all of it free; page 0 is left
 * out. Errors, all without change: BAD_REQUEST (empty, beyond 2^52), IN_USE (overlaps memory
 * under management), NO_ROOM. O(regions + pages / 64).
 */
MUST_USE enum frames_status frames_add(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/*
 * Hands out a run of frames. Higher regions first: memory below 4 GiB is what devices need.
 * Within a region it looks downwards from the frame last taken or given back, then from the
 * region's end. A run is found wherever one exists.
 *
 * `cache` may be NULL; only single frames without alignment and limits use it. It is served
 * first; when it is empty it takes all free frames of one block of 64.
 *
 * On success *ret_pfn is the first frame. Errors: EMPTY; PARKED, also where the frames parked
 * would not help; BAD_REQUEST (count 0 with an order above FRAMES_MAX_ORDER, alignment no power
 * of two, empty limits, unknown flag). One frame: O(1) as long as free memory is not scattered
 * thinly; a run: at worst O(metadata).
 */
MUST_USE enum frames_status frames_alloc(struct frames *frames, struct frames_cache *cache,
                                         const struct frames_request *request, uint64_t *ret_pfn);

/*
 * Hands out exactly [first_pfn, first_pfn + count), also below 1 MiB. Errors: BAD_REQUEST
 * (count 0), OUT_OF_RANGE (before IN_USE), IN_USE (handed out, reserved or parked).
 */
MUST_USE enum frames_status frames_alloc_at(struct frames *frames, uint64_t first_pfn,
                                            uint64_t count);

/*
 * Gives a run back, whole or in parts. A single frame of the block that `cache` (may be NULL)
 * holds is parked there. Errors, all without change and counted: BAD_REQUEST (count 0),
 * OUT_OF_RANGE, ALREADY_FREE (any frame of the run is free already, or parked in `cache`).
 */
MUST_USE enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                                        uint64_t first_pfn, uint64_t count);

/* The same for an aligned block of 2^order frames; MISALIGNED where it is not. BAD_REQUEST:
 * order above FRAMES_MAX_ORDER. */
MUST_USE enum frames_status frames_free_order(struct frames *frames, struct frames_cache *cache,
                                              uint64_t first_pfn, unsigned order);

/*
 * Takes what is free of [first_pfn, end_pfn) out of circulation for good; *ret_count frames.
 * The range may hold frames in use (drain caches first: what is parked stays parked) and
 * memory not under management. BAD_REQUEST: the range is empty or ends beyond 2^52.
 */
MUST_USE enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn,
                                           uint64_t end_pfn, uint64_t *ret_count);

/* An empty cache; and back to empty, giving its frames back. Returns how many. */
void frames_cache_init(struct frames_cache *cache);
uint64_t frames_cache_drain(struct frames *frames, struct frames_cache *cache);

/* Exact counts. O(metadata). */
void frames_stats(const struct frames *frames, struct frames_stats *ret_stats);

/*
 * Recounts everything against the bookkeeping: OK or CORRUPT. O(metadata). Reads nothing
 * outside the metadata memory, whatever the arenas say.
 */
MUST_USE enum frames_status frames_check(const struct frames *frames);

/*
 * Walks the usable frames of a map without an allocator, ascending, page 0 and memory below
 * 1 MiB left out: for the few frames needed before there is one. *cursor is 0 at the start.
 * False, and nothing changed, when there are none left. The map is in normal form. O(regions).
 */
MUST_USE bool frames_next(const struct memmap_region *regions, size_t region_count,
                          uint64_t *cursor_pfn, uint64_t *ret_pfn);

#endif
