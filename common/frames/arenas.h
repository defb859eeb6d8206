/* SPDX-License-Identifier: MIT */
/*
 * Arenas: which frames are managed, which of them are free, and where that is written.
 * Private to common/frames.
 *
 * An arena is a run of managed frames with one bit each, 1 = free. A region becomes one
 * arena, or up to three: arenas end at 1 MiB and at 4 GiB, so that an arena belongs to one
 * zone and the highest arena is always the right one to try first. Regions that adjoin stay
 * separate arenas. Word w of a bitmap is about 64 frames from a pfn that is a multiple of
 * 64; bits outside the arena are 0.
 *
 * The metadata memory (each arena's words stay where they are once written):
 *
 *   | arenas, ascending -> |      unused      | <- bitmap of the 2nd added | of the 1st |
 */
#ifndef GROMA_FRAMES_ARENAS_H
#define GROMA_FRAMES_ARENAS_H

#include "frames/frames.h"

struct frames_arena {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint64_t *words;
    uint64_t free_count;
    uint64_t hint_pfn; /* where to look first: a frame of the arena, last taken or given back */
};
_Static_assert(sizeof(struct frames_arena) == 40, "metadata size: 40 bytes an arena");
_Static_assert(_Alignof(struct frames_arena) == 8, "metadata alignment");

static inline uint64_t min_pfn(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_pfn(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The frame of bit 0 of the 64-frame word that holds this frame. */
static inline uint64_t word_first_pfn(uint64_t pfn)
{
    return pfn & ~UINT64_C(63);
}

/* The frame of bit 0 of the arena's words[0]. */
static inline uint64_t arena_base_pfn(const struct frames_arena *arena)
{
    return word_first_pfn(arena->first_pfn);
}

static inline uint64_t arena_word_count(uint64_t first_pfn, uint64_t end_pfn)
{
    return (end_pfn - 1) / 64 - first_pfn / 64 + 1;
}

/* The bit of this frame in its word. */
static inline uint64_t frame_mask(uint64_t pfn)
{
    return UINT64_C(1) << (pfn % 64);
}

/* The word that holds this frame of the arena. */
static inline uint64_t *frame_word(const struct frames_arena *arena, uint64_t pfn)
{
    return &arena->words[pfn / 64 - arena->first_pfn / 64];
}

/* The end of the zone of this frame: 1 MiB, 4 GiB or the end of the address space. */
uint64_t frames_zone_end(uint64_t pfn);

/* The index of the first arena that ends above pfn; arena_count where none does. O(log n). */
size_t frames_arena_find(const struct frames *frames, uint64_t pfn);

/*
 * The highest frame of [first_pfn, end_pfn) that is (not) free, or false. The range may be
 * empty; both ends lie in the arena or at its end.
 */
MUST_USE bool frames_arena_last(const struct frames_arena *arena, uint64_t first_pfn,
                                uint64_t end_pfn, bool is_free, uint64_t *ret_pfn);

/*
 * What is known of [first_pfn, end_pfn), which may reach over adjoining arenas: OUT_OF_RANGE
 * where a frame of it is in no arena, else the number of its free frames.
 */
MUST_USE enum frames_status frames_count_free(const struct frames *frames, uint64_t first_pfn,
                                              uint64_t end_pfn, uint64_t *ret_free_count);

/*
 * Makes what is managed of [first_pfn, end_pfn) free, or not free; returns how many frames
 * changed. Keeps all counts; freed frames become the hint of their arena.
 */
uint64_t frames_mark(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn, bool is_free);

/* The same for one frame of this arena that is (not) free so far. */
void frames_mark_one(struct frames *frames, size_t index, uint64_t pfn, bool is_free);

#endif
