/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: hands out 4 KiB page frames of the usable regions of a
 * normalized map, singly, in orders and in runs, to any number of CPUs at once.
 *
 * The caller gives the memory for the bookkeeping (frames_metadata_size says how much;
 * its content does not matter). It follows the memory managed, not the highest address:
 * a window at 1 TiB costs nothing. Nothing is allocated, nothing is global, and the
 * frames themselves are never touched.
 *
 * A frame is named by its page frame number (pfn = physical address / 4096). Frames
 * below 1 MiB are handed out only where asked for (FRAMES_LOW), and page 0 never is.
 *
 * Lock-free: no call waits for another. All calls may run at the same time on all CPUs but
 * for these: frames_init comes before all; frames_add, frames_cache_init and
 * frames_cache_close exclude each other; a cache belongs to one CPU at a time (interrupts
 * off, or one thread). An error leaves the set of free frames as it was.
 *
 * One bit says "free": a frame that was reserved, or is parked in another CPU's cache, looks
 * like one handed out, and freeing it is not refused, nor is a wrong order. All code compiled
 * with FRAMES_HARDENED refuses these, too, for three bits a frame.
 *
 * Inside: README.md, tree.h.
 */
#ifndef GROMA_FRAMES_FRAMES_H
#define GROMA_FRAMES_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/bits.h"
#include "base/checked.h"
#include "base/language.h"
#include "frames/atomic.h"
#include "frames/shape.h"
#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

/* The two builds do not mix: a caller of the one does not link with the other. */
#ifdef FRAMES_HARDENED
#define frames_init frames_init_hardened
#endif

enum frames_status {
    FRAMES_OK,
    FRAMES_EMPTY,        /* no frame at all is free, parked or under way */
    FRAMES_PARKED,       /* nothing free fits, but caches hold frames: drain them and try again */
    FRAMES_NO_FIT,       /* frames are free, but none that fit: run, alignment, limits */
    FRAMES_BAD_REQUEST,  /* count 0, order too big, alignment no power of two, empty limits,
                            unknown flag, memory not as promised */
    FRAMES_OUT_OF_RANGE, /* beyond the last frame under management, or wrapping */
    FRAMES_NOT_OURS,     /* page 0, or in a hole between the regions that were added */
    FRAMES_MISALIGNED,   /* the first frame is no multiple of the order's size */
    FRAMES_ALREADY_FREE, /* freed twice, or never handed out */
    FRAMES_IN_USE,       /* frames_alloc_at: a frame of it is not free; frames_add: overlap */
    FRAMES_REFUSED,      /* frames_add: the accept hook refuses the edges of the range */
    FRAMES_NO_ROOM,      /* the metadata memory is too small for the regions */
    FRAMES_WRONG_ORDER,  /* hardened build: not what was handed out as one run */
    FRAMES_CORRUPT,      /* frames_check found the bookkeeping inconsistent */
};

/* "empty", "parked", ...; never NULL. */
const char *frames_status_name(enum frames_status status);

#define FRAMES_MAX_ORDER 18u          /* 2^18 frames = 1 GiB */
#define FRAMES_LOW_END   UINT64_C(256) /* pfn: 1 MiB */
#define FRAMES_4G_END    (UINT64_C(1) << 20)

/* Where frames come from; frames_alloc prefers the last, then the one before. */
enum frames_zone { FRAMES_ZONE_LOW, FRAMES_ZONE_4G, FRAMES_ZONE_HIGH, FRAMES_ZONE_COUNT };

/* Flags of a request, and of memory that is added. */
#define FRAMES_LOW        1u /* request: frames below 1 MiB may be handed out too */
#define FRAMES_UNACCEPTED 2u /* frames_add: the accept hook comes before the first use */

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
 * Per-CPU cache of single frames: one cache line, owned by one CPU at a time. It parks what is
 * left of one word of 64 frames claimed from the tree and what was freed of another word. Once
 * initialised it stays where it is until it is closed.
 */
struct frames_cache {
    ALIGNED_TO(64) ATOMIC(uint64_t) take_mask; /* frames to hand out */
    ATOMIC(uint64_t) give_mask;              /* frames given back, to be flushed */
    ATOMIC(uint64_t) busy;                   /* 1: a claimed word is between tree and take_mask */
    uint64_t take_base;                      /* pfn of bit 0; + 1: frees do not go here */
    uint64_t give_base;
    ATOMIC(uint64_t) *take_word; /* where the tree has these frames' bits; NULL at first */
    ATOMIC(uint64_t) *give_word;
    struct frames_cache *next;
};
STATIC_ASSERT(sizeof(struct frames_cache) == 64, "one cache line");

struct frames_line;
struct frames_group;
struct frames_row;
struct frames_region;
struct frames_later;

/* A run of 2 MiB blocks with bookkeeping. */
struct frames_span {
    uint64_t first_block;
    uint64_t end_block;
    /* Where these would lie for frame 0 (they need not exist there): no subtraction a call. */
    uintptr_t line_0;  /* one line a block */
    uintptr_t group_0; /* one for each 128 MiB touched */
    uintptr_t row_0;   /* one for each 64 GiB touched */
};

/* Makes [first_pfn, first_pfn + count) usable; false: it cannot. Called once a block, by the CPU
 * that needs it, without any lock. */
typedef bool frames_accept_fn(void *context, uint64_t first_pfn, uint64_t count);

#define FRAMES_NEAR_SPANS 4u
#define FRAMES_CLASSES    4u

#define FRAMES_RUN_ORDERS 5u /* orders 4 to 8: runs inside a 2 MiB block */
#define FRAMES_SPOTS 32u
#define FRAMES_RECENT_ORDERS 4u /* orders 0 to 3 */
#ifndef FRAMES_RECENT_FEW
#define FRAMES_RECENT_FEW 64u
#endif

/* Runs that were freed last; see recent.c. */
struct frames_recent {
    ATOMIC(uint64_t) tops[FRAMES_RECENT_ORDERS];
    /* A stack for each order; that of single frames is as long as five others. */
    ATOMIC(uint64_t) pfns[(FRAMES_RECENT_ORDERS + 4) * FRAMES_RECENT_FEW];
};

/* Where such runs are, of one zone; see spots.c. */
struct frames_runs {
    ALIGNED_TO(64) ATOMIC(uint64_t) spots[FRAMES_RUN_ORDERS][FRAMES_SPOTS]; /* a pfn; 0 none */
    ALIGNED_TO(64) ATOMIC(uint64_t) listed; /* bit n: the spots tell of all runs of order n */
    ATOMIC(uint64_t) used[FRAMES_RUN_ORDERS]; /* which spots are not 0; advice */
};

/* The allocator; must not be copied or moved. Private to common/frames. */
struct frames {
    /* Read by every call, written by frames_init and frames_add only. */
    ALIGNED_TO(64) struct frames_span *spans; /* ascending */
    size_t span_count;
    struct frames_region *regions;
    size_t region_capacity;
    size_t sorted_count; /* regions[0..sorted_count) are ascending */
    frames_accept_fn *accept;
    void *accept_context;
    void *metadata;
    uint64_t metadata_bytes;
    struct frames_span near_spans[FRAMES_NEAR_SPANS]; /* the spans, where there are no more */
    ATOMIC(uint64_t) region_count;
    ATOMIC(uint64_t) end_pfn; /* one past the last frame under management */
    ATOMIC(struct frames_later *) later;
    /* Where those without a cache look first, by class of request: a pfn, 0 none. */
    ALIGNED_TO(64) ATOMIC(uint64_t) hints[FRAMES_CLASSES];
    ATOMIC(uint64_t) cursors[FRAMES_CLASSES];           /* a pfn: the word where a search begins */
    ATOMIC(uint64_t) doubts[2][FRAMES_RECENT_ORDERS]; /* how often nothing fitted well of late */
    struct frames_runs runs[2]; /* below and above 4 GiB */
    /* Written when much moves at once, when nothing is found, and on refusals. */
    ALIGNED_TO(64) ATOMIC(uint64_t) moves; /* see tree.h */
    ATOMIC(uint64_t) seekers;
    ATOMIC(uint64_t) refused_count;
    ATOMIC(struct frames_cache *) caches;
    /* The last: frames_init leaves its pfns as they are. */
    ALIGNED_TO(64) struct frames_recent recent;
};

struct frames_zone_stats {
    uint64_t free_count;                          /* without what is parked */
    uint64_t free_by_order[FRAMES_MAX_ORDER + 1]; /* maximal aligned free blocks of each order */
};

/* Exact where nothing else runs on the allocator. */
struct frames_stats {
    uint64_t total_count;       /* frames under management */
    uint64_t free_count;        /* parked ones included */
    uint64_t parked_count;
    uint64_t largest_run_count; /* the longest run that is free, without what is parked */
    uint64_t refused_count;     /* refused frees, and bad requests, so far */
    struct frames_zone_stats zones[FRAMES_ZONE_COUNT];
};

/*
 * Bytes of bookkeeping for the regions of the map that are `usable` or of one of the kinds in
 * `later_kinds` (memmap_kind_bit), that is those that frames_add will bring without memory of
 * its own. 0 where these are not in normal form, where it would wrap, and where there is
 * nothing to manage. O(regions).
 */
uint64_t frames_metadata_size(const struct memmap_region *regions, size_t region_count,
                              uint32_t later_kinds);

/*
 * Manages every `usable` region of the map except page 0. `metadata` is 64-byte aligned and
 * must not lie in a frame that stays free: reserve it (frames_reserve) or take it out of the
 * map beforehand. On error *frames and the metadata are untouched. NO_ROOM: too little
 * metadata memory. BAD_REQUEST: the regions are not in normal form (ascending, disjoint, not
 * empty, up to 2^52), or the metadata is not aligned. O(regions): of the memory of a block
 * that is free as a whole not even the bookkeeping is touched.
 */
MUST_USE enum frames_status frames_init(struct frames *frames, const struct memmap_region *regions,
                                        size_t region_count, uint32_t later_kinds, void *metadata,
                                        uint64_t metadata_bytes);

/* From now on `accept` is called before the first use of a block of FRAMES_UNACCEPTED memory. A
 * frame that it refuses is not handed out. */
void frames_set_accept(struct frames *frames, frames_accept_fn *accept, void *context);

/*
 * Adds [first_pfn, end_pfn) (reclaimed, hot-plugged or unaccepted memory), all of it free; page
 * 0 is left out. What frames_init did not set memory aside for needs `memory` (64-byte
 * aligned, of frames_add_size bytes, its for ever; NULL where that is 0), which may lie in the
 * range itself if it is reserved there before others allocate. Errors, all without change:
 * BAD_REQUEST (empty, beyond 2^52, unknown flag, alignment), IN_USE (overlaps memory under
 * management), NO_ROOM, REFUSED (unaccepted memory: the blocks at its edges that it covers in
 * part are accepted at once).
 */
MUST_USE enum frames_status frames_add(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                       unsigned flags, void *memory, uint64_t memory_bytes);
uint64_t frames_add_size(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/*
 * Hands out a run of frames: above 4 GiB first, then above 1 MiB, at last (FRAMES_LOW) below.
 * Single frames and small orders come from blocks in part use before a whole one is split. A
 * run lies in one zone; it may reach over adjoining regions of one frames_init.
 *
 * `cache` may be NULL; only single frames without alignment and limits use it. It is served
 * first. Where all else fails it is drained.
 *
 * On success *ret_pfn is the first frame. Errors: EMPTY; PARKED, also where the frames parked
 * would not help (frames_parked_count says how many); NO_FIT; BAD_REQUEST (count 0 with an
 * order above FRAMES_MAX_ORDER, alignment no power of two, empty limits, unknown flag). A single
 * frame or an order up to 9: some words, as long as hints hold; else at worst O(metadata).
 */
MUST_USE enum frames_status frames_alloc(struct frames *frames, struct frames_cache *cache,
                                         const struct frames_request *request, uint64_t *ret_pfn);

/* The same for 2^order frames, aligned to their size, without limits, above 1 MiB. */
MUST_USE static inline enum frames_status frames_alloc_order(struct frames *frames,
                                                             struct frames_cache *cache,
                                                             unsigned order, uint64_t *ret_pfn);

/*
 * Hands out exactly [first_pfn, first_pfn + count), also below 1 MiB. Errors: BAD_REQUEST
 * (count 0), OUT_OF_RANGE and NOT_OURS (before IN_USE), IN_USE (handed out, reserved, parked, or
 * not accepted).
 */
MUST_USE enum frames_status frames_alloc_at(struct frames *frames, uint64_t first_pfn,
                                            uint64_t count);

/*
 * Gives a run back, whole or in parts. A single frame is parked in `cache` (may be NULL).
 * Errors, all without change and counted: BAD_REQUEST (count 0), OUT_OF_RANGE, NOT_OURS,
 * ALREADY_FREE (any frame of the run is free already, or parked in `cache`).
 */
MUST_USE enum frames_status frames_free(struct frames *frames, struct frames_cache *cache,
                                        uint64_t first_pfn, uint64_t count);

/* The same for an aligned block of 2^order frames; MISALIGNED where it is not. BAD_REQUEST:
 * order above FRAMES_MAX_ORDER. */
MUST_USE static inline enum frames_status frames_free_order(struct frames *frames,
                                                            struct frames_cache *cache,
                                                            uint64_t first_pfn, unsigned order);

/*
 * Takes what is free of [first_pfn, end_pfn) out of circulation for good; *ret_count frames.
 * The range may hold frames in use (drain caches first: what is parked stays parked) and
 * memory not under management. BAD_REQUEST: the range is empty or ends beyond 2^52.
 */
MUST_USE enum frames_status frames_reserve(struct frames *frames, uint64_t first_pfn,
                                           uint64_t end_pfn, uint64_t *ret_count);

/*
 * A cache of this allocator, empty; back to empty, giving its frames back (by its owner; returns
 * how many); and the same for good, after which its memory may go. frames_cache_init for a
 * cache that is in service drains it.
 */
void frames_cache_init(struct frames *frames, struct frames_cache *cache);
uint64_t frames_cache_drain(struct frames *frames, struct frames_cache *cache);
void frames_cache_close(struct frames *frames, struct frames_cache *cache);

/* Frames parked in caches, plus one for each call that has frames under way at this moment. */
uint64_t frames_parked_count(const struct frames *frames);

/* O(metadata touched so far). */
void frames_stats(const struct frames *frames, struct frames_stats *ret_stats);

/* Checks everything that is written against everything else: OK or CORRUPT; nothing else may run
 * on the allocator. O(metadata touched so far). */
MUST_USE enum frames_status frames_check(const struct frames *frames);

/*
 * Walks the usable frames of a map without an allocator, ascending, page 0 and memory below
 * 1 MiB left out: for the few frames needed before there is one. *cursor is 0 at the start.
 * False, and nothing changed, when there are none left. The map is in normal form. O(regions).
 */
MUST_USE bool frames_next(const struct memmap_region *regions, size_t region_count,
                          uint64_t *cursor_pfn, uint64_t *ret_pfn);

/* ---- the short ways: what a cache has, what goes back to the word it takes from ------------ */

/* In take_base: the block is managed in part, so frames given back do not go to this mask. */
#define FRAMES_CACHE_NO_GIVE UINT64_C(1)

#ifdef FRAMES_HARDENED
#define FRAMES_SHORT_WAYS 0
#else
#define FRAMES_SHORT_WAYS 1
#endif

/* All other ways. */
MUST_USE enum frames_status frames_alloc_order_long(struct frames *frames,
                                                    struct frames_cache *cache, unsigned order,
                                                    uint64_t *ret_pfn);
MUST_USE enum frames_status frames_free_order_long(struct frames *frames,
                                                   struct frames_cache *cache, uint64_t first_pfn,
                                                   unsigned order);

/* A frame that is in take_mask. */
MUST_USE static inline bool frames_cache_pop(struct frames_cache *cache, uint64_t *ret_pfn)
{
    uint64_t mask = word_peek(&cache->take_mask);

    if (mask == 0)
        return false;
    *ret_pfn = (cache->take_base & ~FRAMES_CACHE_NO_GIVE) + bit_lowest(mask);
    word_store(&cache->take_mask, mask & (mask - 1));
    return true;
}

/*
 * Parks a frame of the word whose other frames are in take_mask: then its block is known to be
 * managed, open and not whole, and only the frame's bit remains to be looked at. False: it is
 * another word, or the bit is set already.
 */
MUST_USE static inline bool frames_cache_push(struct frames_cache *cache, uint64_t pfn)
{
    uint64_t mask = word_peek(&cache->take_mask);
    uint64_t bit = UINT64_C(1) << (pfn & (WORD_FRAMES - 1));

    if (cache->take_base != (pfn & ~(WORD_FRAMES - 1)) || mask == 0 ||
        ((mask | word_load(cache->take_word)) & bit) != 0)
        return false;
    word_store(&cache->take_mask, mask | bit);
    return true;
}

static inline enum frames_status frames_alloc_order(struct frames *frames,
                                                    struct frames_cache *cache, unsigned order,
                                                    uint64_t *ret_pfn)
{
    if (FRAMES_SHORT_WAYS && order == 0 && cache != NULL && frames_cache_pop(cache, ret_pfn))
        return FRAMES_OK;
    return frames_alloc_order_long(frames, cache, order, ret_pfn);
}

static inline enum frames_status frames_free_order(struct frames *frames,
                                                   struct frames_cache *cache, uint64_t first_pfn,
                                                   unsigned order)
{
    if (FRAMES_SHORT_WAYS && order == 0 && cache != NULL && frames_cache_push(cache, first_pfn))
        return FRAMES_OK;
    return frames_free_order_long(frames, cache, first_pfn, order);
}

C_DECLARATIONS_END

#endif
