/* SPDX-License-Identifier: MIT */
/* Statistics and the recount; see frames.h. Both only read. */
#include "base/bits.h"
#include "frames/arenas.h"
#include "frames/bitmap.h"

/* Counts the maximal aligned blocks of a free run, as a buddy allocator would cut it. */
static void count_blocks(struct frames_stats *stats, uint64_t first_pfn, uint64_t end_pfn)
{
    while (first_pfn < end_pfn) {
        unsigned aligned_order = bit_lowest(first_pfn | UINT64_C(1) << FRAMES_MAX_ORDER);
        unsigned fitting_order = bit_highest(end_pfn - first_pfn);
        unsigned order = aligned_order < fitting_order ? aligned_order : fitting_order;
        stats->free_by_order[order]++;
        first_pfn += UINT64_C(1) << order;
    }
}

static void count_runs(const struct frames_arena *arena, struct frames_stats *stats)
{
    uint64_t end_pfn = arena->end_pfn;
    uint64_t last_pfn;

    while (frames_arena_last(arena, arena->first_pfn, end_pfn, true, &last_pfn)) {
        uint64_t run_first = arena->first_pfn;
        uint64_t used_pfn;
        if (frames_arena_last(arena, arena->first_pfn, last_pfn, false, &used_pfn))
            run_first = used_pfn + 1;
        count_blocks(stats, run_first, last_pfn + 1);
        stats->largest_run_count = max_pfn(stats->largest_run_count, last_pfn + 1 - run_first);
        end_pfn = run_first;
    }
}

void frames_stats(const struct frames *frames, struct frames_stats *ret_stats)
{
    struct frames_stats stats = {
        .total_count = frames->total_count,
        .free_count = frames->free_count + frames->parked_count,
        .parked_count = frames->parked_count,
        .refused_count = frames->refused_count,
    };

    for (size_t i = 0; i < frames->arena_count; i++) {
        const struct frames_arena *arena = &frames->arenas[i];
        if (arena->first_pfn < FRAMES_LOW_END)
            stats.free_low_count += arena->free_count;
        else if (arena->first_pfn < FRAMES_4G_END)
            stats.free_4g_count += arena->free_count;
        else
            stats.free_high_count += arena->free_count;
        count_runs(arena, &stats);
    }
    *ret_stats = stats;
}

/* Do the arena's words lie in the part of the metadata that bitmaps have? */
static bool words_are_inside(const struct frames *frames, const struct frames_arena *arena)
{
    uint64_t offset_bytes = (uint64_t)((uintptr_t)arena->words - (uintptr_t)frames->metadata);
    uint64_t word_count = arena_word_count(arena->first_pfn, arena->end_pfn);
    uint64_t arena_bytes = frames->arena_count * sizeof *arena;
    uint64_t bitmap_bytes = frames->metadata_used_bytes - arena_bytes;

    return offset_bytes % sizeof(uint64_t) == 0 &&
           offset_bytes >= frames->metadata_bytes - bitmap_bytes &&
           range_is_inside(offset_bytes, word_count * sizeof(uint64_t), frames->metadata_bytes);
}

/* One arena: its place and bounds, then its bits, none of them outside. */
static bool arena_is_consistent(const struct frames *frames, const struct frames_arena *arena,
                                uint64_t previous_end_pfn)
{
    uint64_t word_count;
    uint64_t base_pfn = arena_base_pfn(arena);

    if (arena->first_pfn == 0 || arena->first_pfn < previous_end_pfn ||
        arena->end_pfn <= arena->first_pfn || arena->end_pfn > frames_zone_end(arena->first_pfn) ||
        arena->hint_pfn < arena->first_pfn || arena->hint_pfn >= arena->end_pfn ||
        !words_are_inside(frames, arena))
        return false;
    word_count = arena_word_count(arena->first_pfn, arena->end_pfn);
    return bitmap_count(arena->words, 0, word_count * 64) == arena->free_count &&
           bitmap_count(arena->words, arena->first_pfn - base_pfn, arena->end_pfn - base_pfn) ==
               arena->free_count;
}

/* The arenas fit into the used part of the metadata, and the hint is one of them. */
static bool layout_is_consistent(const struct frames *frames)
{
    return frames->metadata == frames->arenas &&
           frames->metadata_used_bytes <= frames->metadata_bytes &&
           frames->arena_count <= frames->metadata_used_bytes / sizeof(struct frames_arena) &&
           frames->top_arena < frames->arena_count + (frames->arena_count == 0);
}

enum frames_status frames_check(const struct frames *frames)
{
    uint64_t used_bytes = 0;
    uint64_t total_count = 0;
    uint64_t free_count = 0;
    uint64_t previous_end_pfn = 0;

    if (!layout_is_consistent(frames))
        return FRAMES_CORRUPT;
    for (size_t i = 0; i < frames->arena_count; i++) {
        const struct frames_arena *arena = &frames->arenas[i];
        if (!arena_is_consistent(frames, arena, previous_end_pfn) ||
            (i > frames->top_arena && arena->free_count != 0))
            return FRAMES_CORRUPT;
        previous_end_pfn = arena->end_pfn;
        used_bytes += sizeof *arena + arena_word_count(arena->first_pfn, arena->end_pfn) * 8;
        total_count += arena->end_pfn - arena->first_pfn;
        free_count += arena->free_count;
    }
    if (used_bytes != frames->metadata_used_bytes || total_count != frames->total_count ||
        free_count != frames->free_count || free_count > total_count ||
        frames->parked_count > total_count - free_count)
        return FRAMES_CORRUPT;
    return FRAMES_OK;
}
