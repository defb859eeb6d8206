/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of a map's picture: which pixel columns a range of pages gets. Pure
 * functions over the caller's regions; no pixel is drawn here.
 *
 * A strip shows the address band [first_pfn, end_pfn) in `width` pixels, as pieces from
 * left to right: the regions, clipped to the band, and the holes between them.
 *
 *   band     4G             6G        250G     256G        258G
 *   pages    |   usable     |  (hole)  | mmio  |   usable   |
 *   strip    |##############|:|MMMMMMMMMMMMMMMM|############|
 *             width grows with   a hole is a notch of one width
 *             the cube of log2
 *
 * A band of no more pages than pixels is drawn to scale, holes included.
 */
#ifndef GROMA_SCREEN_STRIP_H
#define GROMA_SCREEN_STRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

/* The kind of a piece that no region covers, and of regions of kinds beyond the known. */
#define STRIP_HOLE    0xffu
#define STRIP_UNKNOWN MEMMAP_KIND_COUNT

/* Longer maps are cut off here, so that no sum of weights can wrap. */
#define STRIP_MAX_REGIONS ((size_t)1 << 20)

/* From this width on, every kind of a band has at least one pixel column. */
#define STRIP_MIN_WIDTH 128u

struct strip {
    const struct memmap_region *regions; /* the caller's */
    size_t count;
    uint64_t first_pfn, end_pfn;
    uint32_t width; /* pixels */
    /* What strip_measure decides: */
    bool to_scale;         /* a piece's weight is its page count */
    bool crowded;          /* only the first region of each kind gets the floor */
    uint32_t region_floor; /* pixels of a region before the weights share out the rest */
    uint32_t hole_floor;   /* the same for a hole, which has no weight unless to_scale */
    uint32_t floor_total;  /* pixels; at most width */
    uint32_t kinds;        /* bit k: kind k occurs (bit STRIP_UNKNOWN: an unknown one) */
    uint64_t weight_total;
};

/* One piece. Pieces adjoin, in pages and in pixels; in a crowded strip width may be 0. */
struct strip_piece {
    uint64_t first_pfn, end_pfn;
    uint32_t x, width; /* pixels, x from the strip's left end */
    uint8_t kind;      /* enum memmap_kind, STRIP_UNKNOWN or STRIP_HOLE */
};

/* A position in a strip. */
struct strip_walk {
    const struct strip *strip;
    size_t index;        /* of the region that is next or under way */
    uint64_t pfn;        /* where the next piece begins */
    uint64_t weight_sum; /* of the pieces before */
    uint32_t floor_sum;
    uint32_t kinds_seen;
};

/*
 * Lays out a band, first_pfn <= end_pfn <= 2^52, in `width` <= 16384 pixels. `unit` is the
 * screen's scale: floors are multiples of it where there is room. The regions are expected
 * in normal form; of others, what is empty or lies behind an earlier one's end is left out.
 * O(count).
 */
void strip_measure(struct strip *ret_strip, const struct memmap_region *regions, size_t count,
                   uint64_t first_pfn, uint64_t end_pfn, uint32_t width, uint32_t unit);

/* Walks the pieces from left to right; false at the end. The last one ends at x = width. */
void strip_walk_begin(struct strip_walk *walk, const struct strip *strip);
MUST_USE bool strip_walk_next(struct strip_walk *walk, struct strip_piece *ret_piece);

C_DECLARATIONS_END

#endif
