/* SPDX-License-Identifier: MIT */
/*
 * The layout of a strip; see strip.h.
 *
 * Each piece gets a floor of pixels, and the rest of the strip is shared out by weight:
 * x(i) = floors before i + rest * weights before i / all weights. As both sums grow,
 * pieces never overlap, and the last one ends at the strip's width exactly.
 */
#include "screen/strip.h"

#include "base/bits.h"

#define REGION_FLOOR 3u /* wanted widths, in units: a single page is still seen */
#define HOLE_FLOOR   7u
#define CROWD_FLOOR  2u /* pixels of the first region of each kind in a crowded strip */

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Eighths of 1 + log2(pages), pages >= 1: at most 424, so that its cube stays below 2^27. */
static uint64_t log_eighths(uint64_t pages)
{
    unsigned highest = bit_highest(pages);
    uint64_t eighths = highest >= 3 ? pages >> (highest - 3) : pages << (3 - highest);

    return 8 * (uint64_t)highest + eighths; /* eighths: 8..15 */
}

static uint64_t weight_of(const struct strip *strip, const struct strip_piece *piece)
{
    uint64_t pages = piece->end_pfn - piece->first_pfn;
    uint64_t log;

    if (strip->to_scale)
        return pages;
    if (piece->kind == STRIP_HOLE)
        return strip->kinds == 0; /* nothing but a hole: it fills the strip */
    log = log_eighths(pages);
    return log * log * log;
}

static uint32_t floor_of(const struct strip *strip, uint8_t kind, uint32_t kinds_seen)
{
    if (kind == STRIP_HOLE)
        return strip->hole_floor;
    return strip->crowded && (kinds_seen >> kind & 1) != 0 ? 0 : strip->region_floor;
}

static bool is_past(const struct memmap_region *region, uint64_t pfn)
{
    return region->end_pfn <= pfn || region->end_pfn <= region->first_pfn;
}

/* The pages and the kind of the piece at the walk's position; no pixels yet. */
static bool next_range(struct strip_walk *walk, struct strip_piece *ret_piece)
{
    const struct strip *strip = walk->strip;
    const struct memmap_region *region = NULL;

    if (walk->pfn >= strip->end_pfn)
        return false;
    while (walk->index < strip->count && is_past(&strip->regions[walk->index], walk->pfn))
        walk->index++;
    if (walk->index < strip->count)
        region = &strip->regions[walk->index];
    ret_piece->first_pfn = walk->pfn;
    if (region != NULL && region->first_pfn <= walk->pfn) {
        ret_piece->kind = (uint8_t)smaller(region->kind, STRIP_UNKNOWN);
        ret_piece->end_pfn = smaller(region->end_pfn, strip->end_pfn);
    } else {
        ret_piece->kind = STRIP_HOLE;
        ret_piece->end_pfn =
            region == NULL ? strip->end_pfn : smaller(region->first_pfn, strip->end_pfn);
    }
    walk->pfn = ret_piece->end_pfn;
    return true;
}

/* The widest floors that leave half of the strip to the weights. */
static void choose_floors(struct strip *strip, uint64_t region_count, uint64_t hole_count,
                          uint32_t unit)
{
    uint64_t sharers = region_count;
    uint64_t floor = REGION_FLOOR * unit;

    if (strip->to_scale || region_count == 0)
        return;
    if (region_count > strip->width / 3) {
        strip->crowded = true;
        sharers = bit_count(strip->kinds);
        floor = CROWD_FLOOR;
    }
    floor = smaller(floor, strip->width / 3 / sharers);
    strip->region_floor = (uint32_t)floor;
    strip->floor_total = (uint32_t)(floor * sharers);
    if (hole_count == 0)
        return;
    floor = smaller(HOLE_FLOOR * unit, strip->width / 6 / hole_count);
    strip->hole_floor = (uint32_t)floor;
    strip->floor_total += (uint32_t)(floor * hole_count);
}

void strip_measure(struct strip *ret_strip, const struct memmap_region *regions, size_t count,
                   uint64_t first_pfn, uint64_t end_pfn, uint32_t width, uint32_t unit)
{
    struct strip strip = {
        .regions = regions,
        .count = count < STRIP_MAX_REGIONS ? count : STRIP_MAX_REGIONS,
        .first_pfn = first_pfn,
        .end_pfn = end_pfn,
        .width = width,
        .to_scale = end_pfn - first_pfn <= width,
    };
    struct strip_walk walk = {.strip = &strip, .pfn = first_pfn};
    struct strip_piece piece;
    uint64_t region_count = 0, hole_count = 0;

    while (next_range(&walk, &piece)) {
        if (piece.kind == STRIP_HOLE) {
            hole_count++;
        } else {
            region_count++;
            strip.kinds |= 1u << piece.kind;
        }
    }
    choose_floors(&strip, region_count, hole_count, unit);
    strip_walk_begin(&walk, &strip);
    while (next_range(&walk, &piece))
        strip.weight_total += weight_of(&strip, &piece);
    *ret_strip = strip;
}

void strip_walk_begin(struct strip_walk *walk, const struct strip *strip)
{
    *walk = (struct strip_walk){.strip = strip, .pfn = strip->first_pfn};
}

/* The pixel column at the walk's position. weight_sum < 2^48, so nothing wraps. */
static uint32_t column_of(const struct strip_walk *walk)
{
    const struct strip *strip = walk->strip;
    uint64_t rest = strip->width - strip->floor_total;

    return walk->floor_sum + (uint32_t)(rest * walk->weight_sum / strip->weight_total);
}

bool strip_walk_next(struct strip_walk *walk, struct strip_piece *ret_piece)
{
    if (!next_range(walk, ret_piece))
        return false;
    ret_piece->x = column_of(walk);
    walk->weight_sum += weight_of(walk->strip, ret_piece);
    walk->floor_sum += floor_of(walk->strip, ret_piece->kind, walk->kinds_seen);
    if (ret_piece->kind != STRIP_HOLE)
        walk->kinds_seen |= 1u << ret_piece->kind;
    ret_piece->width = column_of(walk) - ret_piece->x;
    return true;
}
