/* SPDX-License-Identifier: MIT */
/* Building arenas, and marking frames in them; see arenas.h and frames.h. */
#include "frames/arenas.h"

#include "base/mem.h"
#include "frames/bitmap.h"

/* What some ranges need in the metadata memory. */
struct need {
    uint64_t arena_count;
    uint64_t word_count;
};

uint64_t frames_zone_end(uint64_t pfn)
{
    if (pfn < FRAMES_LOW_END)
        return FRAMES_LOW_END;
    return pfn < FRAMES_4G_END ? FRAMES_4G_END : PFN_END;
}

size_t frames_arena_find(const struct frames *frames, uint64_t pfn)
{
    size_t low = 0;
    size_t high = frames->arena_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frames->arenas[middle].end_pfn > pfn)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool frames_arena_last(const struct frames_arena *arena, uint64_t first_pfn, uint64_t end_pfn,
                       bool is_free, uint64_t *ret_pfn)
{
    uint64_t base_pfn = arena_base_pfn(arena);
    uint64_t bit;

    if (!bitmap_last(arena->words, first_pfn - base_pfn, end_pfn - base_pfn, is_free, &bit))
        return false;
    *ret_pfn = base_pfn + bit;
    return true;
}

enum frames_status frames_count_free(const struct frames *frames, uint64_t first_pfn,
                                     uint64_t end_pfn, uint64_t *ret_free_count)
{
    uint64_t free_count = 0;

    for (size_t i = frames_arena_find(frames, first_pfn); first_pfn < end_pfn; i++) {
        const struct frames_arena *arena;
        uint64_t piece_end;
        if (i == frames->arena_count || frames->arenas[i].first_pfn > first_pfn)
            return FRAMES_OUT_OF_RANGE;
        arena = &frames->arenas[i];
        piece_end = min_pfn(end_pfn, arena->end_pfn);
        free_count += bitmap_count(arena->words, first_pfn - arena_base_pfn(arena),
                                   piece_end - arena_base_pfn(arena));
        first_pfn = piece_end;
    }
    *ret_free_count = free_count;
    return FRAMES_OK;
}

/* Keeps top_arena where no arena above it has a free frame, after a change in this one. */
static void update_top(struct frames *frames, size_t index, bool is_free)
{
    if (is_free && index > frames->top_arena)
        frames->top_arena = index;
    while (frames->top_arena > 0 && frames->arenas[frames->top_arena].free_count == 0)
        frames->top_arena--;
}

/* frames_mark for a range that is not empty and lies inside one arena. */
static uint64_t mark_in_arena(struct frames *frames, size_t index, uint64_t first_pfn,
                              uint64_t end_pfn, bool is_free)
{
    struct frames_arena *arena = &frames->arenas[index];
    uint64_t first_bit = first_pfn - arena_base_pfn(arena);
    uint64_t end_bit = end_pfn - arena_base_pfn(arena);
    uint64_t free_before = bitmap_count(arena->words, first_bit, end_bit);
    uint64_t free_after = is_free ? end_pfn - first_pfn : 0;

    bitmap_fill(arena->words, first_bit, end_bit, is_free);
    arena->free_count += free_after - free_before;
    frames->free_count += free_after - free_before;
    if (is_free)
        arena->hint_pfn = end_pfn - 1;
    update_top(frames, index, is_free);
    return is_free ? free_after - free_before : free_before;
}

uint64_t frames_mark(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn, bool is_free)
{
    uint64_t changed_count = 0;

    for (size_t i = frames_arena_find(frames, first_pfn); i < frames->arena_count; i++) {
        const struct frames_arena *arena = &frames->arenas[i];
        if (arena->first_pfn >= end_pfn)
            break;
        changed_count += mark_in_arena(frames, i, max_pfn(first_pfn, arena->first_pfn),
                                       min_pfn(end_pfn, arena->end_pfn), is_free);
    }
    return changed_count;
}

void frames_mark_one(struct frames *frames, size_t index, uint64_t pfn, bool is_free)
{
    struct frames_arena *arena = &frames->arenas[index];
    uint64_t change = is_free ? 1 : UINT64_MAX; /* plus or minus one */

    *frame_word(arena, pfn) ^= frame_mask(pfn);
    arena->free_count += change;
    frames->free_count += change;
    if (is_free)
        arena->hint_pfn = pfn;
    update_top(frames, index, is_free);
}

/* Where the part of a range that can be managed begins; it may be empty. */
static uint64_t skip_page_zero(uint64_t first_pfn)
{
    return first_pfn == 0 ? 1 : first_pfn;
}

static struct need need_of_range(uint64_t first_pfn, uint64_t end_pfn)
{
    struct need need = {0, 0};

    for (first_pfn = skip_page_zero(first_pfn); first_pfn < end_pfn;) {
        uint64_t piece_end = min_pfn(end_pfn, frames_zone_end(first_pfn));
        need.arena_count++;
        need.word_count += arena_word_count(first_pfn, piece_end);
        first_pfn = piece_end;
    }
    return need;
}

/* What the usable regions need; false where they are not in normal form. */
static MUST_USE bool need_of_map(const struct memmap_region *regions, size_t region_count,
                                 struct need *ret_need)
{
    struct need sum = {0, 0};
    uint64_t last_end_pfn = 0;

    for (size_t i = 0; i < region_count; i++) {
        struct need need;
        if (regions[i].kind != MEMMAP_USABLE)
            continue;
        if (regions[i].first_pfn < last_end_pfn || regions[i].end_pfn <= regions[i].first_pfn ||
            regions[i].end_pfn > PFN_END)
            return false;
        last_end_pfn = regions[i].end_pfn;
        need = need_of_range(regions[i].first_pfn, regions[i].end_pfn);
        sum.arena_count += need.arena_count;
        sum.word_count += need.word_count;
    }
    *ret_need = sum;
    return true;
}

static MUST_USE bool size_of_need(struct need need, uint64_t *ret_size_bytes)
{
    uint64_t arena_bytes;
    uint64_t word_bytes;

    return checked_mul_u64(need.arena_count, sizeof(struct frames_arena), &arena_bytes) &&
           checked_mul_u64(need.word_count, sizeof(uint64_t), &word_bytes) &&
           checked_add_u64(arena_bytes, word_bytes, ret_size_bytes);
}

/*
 * What regions of a known number and sum can need at worst: each touches one word with its
 * first frame only and one with its last, that is (pages + 126) / 64 words; and of disjoint
 * regions one at most crosses 1 MiB and one 4 GiB, at a word's bound.
 */
static MUST_USE bool need_of_extra(uint64_t region_count, uint64_t page_count,
                                   struct need *ret_need)
{
    uint64_t edge_count;
    uint64_t sum;

    if (region_count == 0) {
        *ret_need = (struct need){0, 0};
        return true;
    }
    if (!checked_mul_u64(region_count, 126, &edge_count) ||
        !checked_add_u64(edge_count, page_count, &sum))
        return false;
    *ret_need = (struct need){region_count + 2, sum / 64};
    return true;
}

uint64_t frames_metadata_size(const struct memmap_region *regions, size_t region_count,
                              size_t extra_region_count, uint64_t extra_page_count)
{
    struct need need;
    struct need extra;
    uint64_t size_bytes;

    if (!need_of_map(regions, region_count, &need) ||
        !need_of_extra(extra_region_count, extra_page_count, &extra) ||
        !checked_add_u64(need.arena_count, extra.arena_count, &need.arena_count) ||
        !checked_add_u64(need.word_count, extra.word_count, &need.word_count) ||
        !size_of_need(need, &size_bytes))
        return 0;
    return size_bytes;
}

/* The lowest word of the bitmaps so far; the next arena's words go right below it. */
static uint64_t *bitmaps_begin(const struct frames *frames)
{
    uint64_t arena_bytes = frames->arena_count * sizeof(struct frames_arena);
    uint64_t bitmap_bytes = frames->metadata_used_bytes - arena_bytes;
    uint64_t *words = frames->metadata;

    return words + (frames->metadata_bytes - bitmap_bytes) / sizeof *words;
}

/* Puts one arena, all free, at its place among the others. There is room for it. */
static void add_arena(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    size_t index = frames_arena_find(frames, first_pfn);
    struct frames_arena *arena = &frames->arenas[index];
    uint64_t word_count = arena_word_count(first_pfn, end_pfn);
    uint64_t *words = bitmaps_begin(frames) - word_count;

    memmove(arena + 1, arena, (frames->arena_count - index) * sizeof *arena);
    *arena = (struct frames_arena){
        .first_pfn = first_pfn,
        .end_pfn = end_pfn,
        .words = words,
        .free_count = end_pfn - first_pfn,
        .hint_pfn = end_pfn - 1,
    };
    words[0] = 0;
    words[word_count - 1] = 0;
    bitmap_fill(words, first_pfn - arena_base_pfn(arena), end_pfn - arena_base_pfn(arena), true);
    frames->metadata_used_bytes += sizeof *arena + word_count * sizeof *words;
    frames->total_count += arena->free_count;
    frames->free_count += arena->free_count;
    frames->top_arena = frames->arena_count++;
}

static void add_arenas(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    for (first_pfn = skip_page_zero(first_pfn); first_pfn < end_pfn;) {
        uint64_t piece_end = min_pfn(end_pfn, frames_zone_end(first_pfn));
        add_arena(frames, first_pfn, piece_end);
        first_pfn = piece_end;
    }
}

enum frames_status frames_init(struct frames *frames, const struct memmap_region *regions,
                               size_t region_count, void *metadata, uint64_t metadata_bytes)
{
    struct need need;
    uint64_t size_bytes;

    if ((uintptr_t)metadata % _Alignof(struct frames_arena) != 0 ||
        !need_of_map(regions, region_count, &need))
        return FRAMES_BAD_REQUEST;
    if (!size_of_need(need, &size_bytes) || size_bytes > metadata_bytes)
        return FRAMES_NO_ROOM;
    *frames = (struct frames){
        .arenas = metadata,
        .metadata = metadata,
        .metadata_bytes = round_down_u64(metadata_bytes, sizeof(uint64_t)),
    };
    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].kind == MEMMAP_USABLE)
            add_arenas(frames, regions[i].first_pfn, regions[i].end_pfn);
    }
    return FRAMES_OK;
}

enum frames_status frames_add(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    size_t index;
    uint64_t size_bytes;

    if (first_pfn >= end_pfn || end_pfn > PFN_END) {
        frames->refused_count++;
        return FRAMES_BAD_REQUEST;
    }
    index = frames_arena_find(frames, first_pfn);
    if (index < frames->arena_count && frames->arenas[index].first_pfn < end_pfn)
        return FRAMES_IN_USE;
    if (!size_of_need(need_of_range(first_pfn, end_pfn), &size_bytes) ||
        size_bytes > frames->metadata_bytes - frames->metadata_used_bytes)
        return FRAMES_NO_ROOM;
    add_arenas(frames, first_pfn, end_pfn);
    return FRAMES_OK;
}
