/* SPDX-License-Identifier: MIT */
/* What must be true when nothing runs any more: every frame is in one place, whatever there is can
 * be had, and in the end everything comes back. */
#include <stdarg.h>
#include <stdio.h>

#include "inject.h"

static char message[300];

void fault(const char *format, ...)
{
    va_list arguments;

    if (message[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
}

const char *fault_text(void)
{
    return message[0] == '\0' ? NULL : message;
}

void fault_clear(void)
{
    message[0] = '\0';
}

/* Every managed frame is free in the tree, parked, held or reserved, and nothing else is free. */
static void judge_places(const char *when)
{
    static struct set tree;
    uint64_t free_count, expected = set_size(&model.managed) - set_size(&model.held) - model.reserved;
    struct frames_stats stats;

    if (frames_check(&world.frames) != FRAMES_OK)
        fault("%s: frames_check finds it inconsistent", when);
    world_free_set(&tree);
    for (unsigned i = 0; i < tree.count; i++) {
        uint64_t first = tree.runs[i].first, end = tree.runs[i].end;
        if (!set_has_all(&model.managed, first, end))
            fault("%s: %" PRIu64 "..%" PRIu64 " is free, but not all of it is managed", when, first, end);
        if (set_has_any(&model.held, first, end))
            fault("%s: %" PRIu64 "..%" PRIu64 " is free, but not all of it was given back", when, first,
                  end);
    }
    free_count = set_size(&tree) + frames_parked_count(&world.frames);
    if (free_count != expected)
        fault("%s: %" PRIu64 " frames are free, not %" PRIu64, when, free_count, expected);
    frames_stats(&world.frames, &stats);
    if (stats.free_count != free_count || stats.refused_count != model.refused ||
        stats.total_count != set_size(&model.managed))
        fault("%s: statistics: %" PRIu64 " free, %" PRIu64 " refused, %" PRIu64 " in all", when,
              stats.free_count, stats.refused_count, stats.total_count);
}

/* An order is to be had if, and only if, the tree has such a run. */
static void judge_orders(void)
{
    static struct set tree;

    for (unsigned order = 0; order <= 10; order++) {
        struct frames_request request = {.order = order};
        uint64_t count = UINT64_C(1) << order, pfn = 0;
        enum frames_status status;
        world_free_set(&tree);
        status = frames_alloc_order(&world.frames, NULL, order, &pfn);
        if ((status == FRAMES_OK) != set_has_fit(&tree, &request))
            fault("afterwards: order %u is answered \"%s\"", order, frames_status_name(status));
        if (status != FRAMES_OK)
            continue;
        if (pfn % count != 0 || !set_has_all(&tree, pfn, pfn + count))
            fault("afterwards: order %u gets %" PRIu64 ", which is not free", order, pfn);
        if (frames_free_order(&world.frames, NULL, pfn, order) != FRAMES_OK)
            fault("afterwards: %" PRIu64 " of order %u is not taken back", pfn, order);
    }
}

static void give_all_back(void)
{
    for (unsigned i = 0; i < model.held.count; i++) {
        uint64_t first = model.held.runs[i].first;
        uint64_t count = model.held.runs[i].end - first;
        enum frames_status status = frames_free(&world.frames, NULL, first, count);
        if (status != FRAMES_OK)
            fault("at the end: %" PRIu64 "+%" PRIu64 " is not taken back: \"%s\"", first, count,
                  frames_status_name(status));
    }
    model.held.count = 0;
}

/* All is free: as many whole blocks as there are, then all of it at once. */
static void judge_whole(void)
{
    static uint64_t blocks[4096];
    uint64_t count = 0, expected = 0, pfn;

    for (unsigned i = 0; i < model.managed.count; i++) {
        uint64_t first = (model.managed.runs[i].first + BLOCK_FRAMES - 1) / BLOCK_FRAMES;
        uint64_t end = model.managed.runs[i].end / BLOCK_FRAMES;
        expected += end > first ? end - first : 0;
    }
    if (expected > COUNT_OF(blocks))
        expected = COUNT_OF(blocks);
    while (count < expected && frames_alloc_order(&world.frames, NULL, BLOCK_SHIFT, &pfn) == FRAMES_OK)
        blocks[count++] = pfn;
    if (count != expected)
        fault("at the end: %" PRIu64 " blocks of %" PRIu64 " are to be had", count, expected);
    while (count > 0) {
        if (frames_free_order(&world.frames, NULL, blocks[--count], BLOCK_SHIFT) != FRAMES_OK)
            fault("at the end: a block is not taken back");
    }
    for (unsigned i = 0; i < model.managed.count; i++) {
        uint64_t first = model.managed.runs[i].first;
        if (frames_alloc_at(&world.frames, first, model.managed.runs[i].end - first) != FRAMES_OK)
            fault("at the end: the run from %" PRIu64 " is not to be had", first);
    }
    if (frames_alloc(&world.frames, NULL, &(struct frames_request){.flags = FRAMES_LOW}, &pfn) !=
        FRAMES_EMPTY)
        fault("at the end: there is more than everything");
}

void judge_all(const struct scenario *scenario)
{
    bool is_whole = model.reserved == 0 && scenario->refused == 0;

    judge_places("afterwards");
    for (unsigned i = 0; i < CPUS; i++)
        (void)frames_cache_drain(&world.frames, &world.caches[i]);
    judge_places("drained");
    if (scenario->refused == 0)
        judge_orders();
    give_all_back();
    judge_places("at the end");
    if (is_whole && fault_text() == NULL)
        judge_whole();
}
