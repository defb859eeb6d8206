/* SPDX-License-Identifier: MIT */
/*
 * Laying the bookkeeping out in the caller's memory, and bringing memory under management.
 *
 *   | lines, a span after the other | groups | rows | spans, where over four | regions |
 *     64 bytes a block                32 bytes each   40 bytes each            16 bytes each
 */
#include "frames/harden.h"

#define METADATA_ALIGN 64u

/* Gaps of up to this many blocks are bridged: their lines cost less than another span. */
#define BRIDGED_BLOCKS 4u

#define BLOCK_4G (FRAMES_4G_END >> BLOCK_SHIFT)

/* Goes over the regions of some kinds, cut at 4 GiB, page 0 left out. */
struct walk {
    const struct memmap_region *regions;
    size_t left;
    uint32_t kinds;
    uint64_t from_pfn; /* of regions[0], what lies below is done */
};

/* What spans need, counted. */
struct need {
    uint64_t span_count;
    uint64_t line_count;
    uint64_t group_count;
    uint64_t row_count;
    uint64_t region_count;
};

/* How many units of 2^shift blocks a range of blocks touches. */
uint64_t span_units(uint64_t first_block, uint64_t end_block, unsigned shift)
{
    return ((end_block - 1) >> shift) - (first_block >> shift) + 1;
}

static bool is_wanted(const struct memmap_region *region, uint32_t kinds)
{
    return region->kind < MEMMAP_KIND_COUNT && (memmap_kind_bit(region->kind) & kinds) != 0;
}

static bool next_piece(struct walk *walk, uint64_t *ret_first_pfn, uint64_t *ret_end_pfn)
{
    for (; walk->left > 0; walk->regions++, walk->left--) {
        uint64_t first = max_u64(walk->regions->first_pfn, max_u64(walk->from_pfn, 1));
        uint64_t end = walk->regions->end_pfn;
        if (!is_wanted(walk->regions, walk->kinds) || first >= end)
            continue;
        if (first < FRAMES_4G_END)
            end = min_u64(end, FRAMES_4G_END);
        walk->from_pfn = end;
        *ret_first_pfn = first;
        *ret_end_pfn = end;
        return true;
    }
    return false;
}

/* The next span, as far as blocks go: pieces of one zone with small gaps or none. */
static bool next_span(struct walk *walk, uint64_t *ret_first, uint64_t *ret_end)
{
    uint64_t first_pfn, end_pfn;
    struct walk ahead;

    if (!next_piece(walk, &first_pfn, &end_pfn))
        return false;
    *ret_first = first_pfn >> BLOCK_SHIFT;
    *ret_end = ((end_pfn - 1) >> BLOCK_SHIFT) + 1;
    for (ahead = *walk; next_piece(&ahead, &first_pfn, &end_pfn); *walk = ahead) {
        if ((first_pfn >> BLOCK_SHIFT) > *ret_end + BRIDGED_BLOCKS ||
            (*ret_first < BLOCK_4G) != (first_pfn < FRAMES_4G_END))
            break;
        *ret_end = ((end_pfn - 1) >> BLOCK_SHIFT) + 1;
    }
    return true;
}

/* No sum here can wrap: there are at most 2^43 blocks. */
static void add_need(struct need *need, uint64_t first_block, uint64_t end_block)
{
    need->span_count++;
    need->line_count += end_block - first_block;
    need->group_count += span_units(first_block, end_block, GROUP_SHIFT - BLOCK_SHIFT);
    need->row_count += span_units(first_block, end_block, GIANT_SHIFT + ROW_SHIFT - BLOCK_SHIFT);
}

static uint64_t need_bytes(const struct need *need)
{
    uint64_t far_spans = need->span_count > FRAMES_NEAR_SPANS ? need->span_count : 0;

    return need->line_count * sizeof(struct frames_line) +
           need->group_count * sizeof(struct frames_group) +
           need->row_count * sizeof(struct frames_row) + far_spans * sizeof(struct frames_span) +
           need->region_count * sizeof(struct frames_region);
}

/* False where the wanted regions are not in normal form. */
MUST_USE static bool need_of_map(const struct walk *walk, struct need *ret_need)
{
    struct need need = {0};
    struct walk spans = *walk;
    uint64_t last_end_pfn = 0;
    uint64_t first, end;

    for (size_t i = 0; i < walk->left; i++) {
        const struct memmap_region *region = &walk->regions[i];
        if (!is_wanted(region, walk->kinds))
            continue;
        if (region->first_pfn < last_end_pfn || region->end_pfn <= region->first_pfn ||
            region->end_pfn > PFN_END)
            return false;
        last_end_pfn = region->end_pfn;
        need.region_count++;
    }
    while (next_span(&spans, &first, &end))
        add_need(&need, first, end);
    *ret_need = need;
    return true;
}

static struct walk walk_of(const struct memmap_region *regions, size_t region_count,
                           uint32_t later_kinds)
{
    return (struct walk){.regions = regions,
                         .left = region_count,
                         .kinds = later_kinds | memmap_kind_bit(MEMMAP_USABLE)};
}

uint64_t frames_metadata_size(const struct memmap_region *regions, size_t region_count,
                              uint32_t later_kinds)
{
    struct walk walk = walk_of(regions, region_count, later_kinds);
    struct need need;

    if (!need_of_map(&walk, &need) || need.span_count == 0)
        return 0;
    return need_bytes(&need);
}

/* ---- bringing memory under management ----------------------------------------------------- */

/* Frames of a block that is not covered as a whole; it may become whole by them. */
static void add_frames(struct frames *frames, const struct block *block, uint64_t first_pfn,
                       uint64_t end_pfn)
{
    uint64_t block_first = block_pfn(block->number);

    if (!group_says(block, LINED)) {
        for (unsigned i = 0; i < LINE_WORDS; i++)
            word_store(&block->line->words[i], 0);
        harden_clear(block->line);
        word_or(&block->group->words[LINED], block->bit);
    }
    if (range_is_managed(frames, block_first, block_first + BLOCK_FRAMES) == FRAMES_OK)
        word_or(&block->group->words[MANAGED], block->bit);
    while (first_pfn < end_pfn) {
        uint64_t base = word_base(first_pfn);
        uint64_t mask = range_mask(base, WORD_SHIFT, first_pfn, end_pfn);
        (void)!block_give(frames, block, frame_word(block, base), mask);
        first_pfn = base + WORD_FRAMES;
    }
}

/* All that [*first_pfn, end_pfn) has of a group from its first frame on, or of one block. */
static void add_step(struct frames *frames, const struct frames_span *span, uint64_t *first_pfn,
                     uint64_t end_pfn)
{
    struct block block = block_of(span, *first_pfn >> BLOCK_SHIFT);
    uint64_t base = group_first(block.number);
    uint64_t bits = 0;

    if (!row_says(&block, READY))
        giant_write(&block, false);
    if (*first_pfn == block_pfn(block.number))
        bits = range_mask(base, GROUP_SHIFT - BLOCK_SHIFT, block.number, end_pfn >> BLOCK_SHIFT);
    if (bits == 0) {
        uint64_t stop = min_u64(end_pfn, block_pfn(block.number + 1));
        add_frames(frames, &block, *first_pfn, stop);
        *first_pfn = stop;
        return;
    }
    word_or(&block.group->words[MANAGED], bits);
    word_or(&block.group->words[WHOLE], bits);
    hint_set(&block, WHOLE);
    moves_tell(frames);
    *first_pfn += (uint64_t)bit_count(bits) << BLOCK_SHIFT;
}

/* Frees a range of one span that was just recorded. A giant covered as a whole is one bit. */
static void populate(struct frames *frames, const struct frames_span *span, uint64_t first_pfn,
                     uint64_t end_pfn)
{
    while (first_pfn < end_pfn) {
        struct block block = block_of(span, first_pfn >> BLOCK_SHIFT);
        if (first_pfn % GIANT_FRAMES == 0 && end_pfn - first_pfn >= GIANT_FRAMES) {
            /* No frame of these was managed before, so none of them is READY. */
            uint64_t giant = first_pfn >> GIANT_SHIFT;
            uint64_t bits = range_mask(giant & ~UINT64_C(63), ROW_SHIFT, giant,
                                       end_pfn >> GIANT_SHIFT);
            word_or(&block.row->words[GIANT], bits);
            moves_tell(frames);
            first_pfn += (uint64_t)bit_count(bits) << GIANT_SHIFT;
        } else {
            add_step(frames, span, &first_pfn, end_pfn);
        }
    }
}

void region_record(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn, unsigned flags)
{
    uint64_t index = word_load(&frames->region_count);
    struct frames_region *region = &frames->regions[index];

    region->first_pfn = first_pfn;
    word_store(&region->end_pfn,
               end_pfn | ((flags & FRAMES_UNACCEPTED) != 0 ? REGION_UNACCEPTED : 0));
    word_store(&frames->region_count, index + 1);
}

static void raise_end(struct frames *frames, uint64_t end_pfn)
{
    word_store(&frames->end_pfn, max_u64(word_load(&frames->end_pfn), end_pfn));
}

void frames_populate(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    raise_end(frames, end_pfn);
    while (first_pfn < end_pfn) {
        const struct frames_span *span = frames_find_span(frames, first_pfn >> BLOCK_SHIFT);
        uint64_t stop = min_u64(end_pfn, block_pfn(span->end_block));
        populate(frames, span, first_pfn, stop);
        first_pfn = stop;
    }
}

/* ---- frames_init -------------------------------------------------------------------------- */

/* Hands the next part of some memory out. */
static void *carve(uint8_t **memory, uint64_t size_bytes)
{
    uint8_t *part = *memory;

    *memory += size_bytes;
    return part;
}

void span_clear_rows(const struct frames_span *span)
{
    uint64_t row_count =
        span_units(span->first_block, span->end_block, GIANT_SHIFT + ROW_SHIFT - BLOCK_SHIFT);
    struct frames_row *rows = block_of(span, span->first_block).row;

    for (uint64_t i = 0; i < row_count; i++) {
        for (unsigned k = 0; k < ROW_WORDS; k++)
            word_store(&rows[i].words[k], 0);
    }
}

/* Where each span's arrays begin: each kind of array lies together, span after span. */
static void lay_out(struct frames *frames, struct walk walk, const struct need *need)
{
    uint8_t *memory = frames->metadata;
    struct frames_line *lines = carve(&memory, need->line_count * sizeof *lines);
    struct frames_group *groups = carve(&memory, need->group_count * sizeof *groups);
    struct frames_row *rows = carve(&memory, need->row_count * sizeof *rows);
    struct frames_span *spans = frames->near_spans;
    uint64_t first, end;

    if (need->span_count > FRAMES_NEAR_SPANS)
        spans = carve(&memory, need->span_count * sizeof *spans);
    frames->spans = spans;
    frames->regions = (struct frames_region *)(void *)memory;
    for (; next_span(&walk, &first, &end); spans++) {
        *spans = (struct frames_span){.first_block = first, .end_block = end};
        span_place(spans, lines, groups, rows);
        lines += end - first;
        groups += span_units(first, end, GROUP_SHIFT - BLOCK_SHIFT);
        rows += span_units(first, end, GIANT_SHIFT + ROW_SHIFT - BLOCK_SHIFT);
        span_clear_rows(spans);
    }
}

/* All but the frames freed last: there are as many as `tops` says. */
static void clear(struct frames *frames)
{
    uint8_t *bytes = (uint8_t *)frames;

    for (size_t i = 0; i < offsetof(struct frames, recent.pfns); i++)
        bytes[i] = 0;
}

enum frames_status frames_init(struct frames *frames, const struct memmap_region *regions,
                               size_t region_count, uint32_t later_kinds, void *metadata,
                               uint64_t metadata_bytes)
{
    struct walk walk = walk_of(regions, region_count, later_kinds);
    struct need need;

    if ((uintptr_t)metadata % METADATA_ALIGN != 0 || !need_of_map(&walk, &need))
        return FRAMES_BAD_REQUEST;
    if (need_bytes(&need) > metadata_bytes)
        return FRAMES_NO_ROOM;
    clear(frames);
    frames->metadata = metadata;
    frames->metadata_bytes = need_bytes(&need);
    frames->span_count = (size_t)need.span_count;
    frames->region_capacity = (size_t)need.region_count;
    lay_out(frames, walk, &need);
    for (size_t i = 0; i < region_count; i++) {
        uint64_t first_pfn = max_u64(regions[i].first_pfn, 1);
        if (regions[i].kind != MEMMAP_USABLE || first_pfn == regions[i].end_pfn)
            continue;
        region_record(frames, first_pfn, regions[i].end_pfn, 0);
        frames->sorted_count++;
        frames_populate(frames, first_pfn, regions[i].end_pfn);
    }
    return FRAMES_OK;
}

void frames_set_accept(struct frames *frames, frames_accept_fn *accept, void *context)
{
    frames->accept_context = context;
    frames->accept = accept;
}
