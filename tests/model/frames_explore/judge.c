/* SPDX-License-Identifier: MIT */
/*
 * After the threads are done: is every frame in exactly one place, do requests get what is free,
 * and does all of it become whole again?
 */
#include <stdio.h>

#include "client.h"
#include "frames/cache.h"
#include "frames/search.h"

static bool is_managed(unsigned frame)
{
    for (unsigned i = 0; i < script.region_count; i++) {
        if (frame >= script.regions[i].first && frame < script.regions[i].end)
            return range_is_managed(&world.frames, BASE_PFN + frame, BASE_PFN + frame + 1) == FRAMES_OK;
    }
    return false;
}

static bool is_reserved(unsigned frame)
{
    for (unsigned i = 0; i < script.thread_count; i++) {
        for (unsigned k = 0; k < script.call_counts[i]; k++) {
            const struct call *call = &script.calls[i][k];
            if (call->what == 'R' && frame - call->first < call->count)
                return true;
        }
    }
    return false;
}

static bool is_free(unsigned frame)
{
    return range_count_free(&world.frames, BASE_PFN + frame, BASE_PFN + frame + 1) != 0;
}

static bool is_parked(unsigned frame)
{
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        if (cache_overlaps(&world.caches[i], BASE_PFN + frame, BASE_PFN + frame + 1))
            return true;
    }
    return false;
}

/* Each frame is free, parked, held or reserved, and only one of these. */
static void judge_places(void)
{
    unsigned reserved = 0;

    for (unsigned frame = 0; frame < FRAMES_MAX; frame++) {
        bool is_held = clients.holder[frame] != NOT_HELD;
        unsigned places = (unsigned)is_free(frame) + is_parked(frame) + is_held;
        if (!is_managed(frame) && places == 0)
            continue;
        if (places == 0 && is_reserved(frame))
            reserved++;
        else if (places != 1)
            explore_fault("frame %u %s", frame, places == 0 ? "is lost" : "is in two places");
    }
    if (reserved != clients.reserved_count)
        explore_fault("%u frames are reserved, the calls said %u", reserved, clients.reserved_count);
}

static void judge_tree(const char *when)
{
    struct frames_stats stats;

    if (frames_check(&world.frames) != FRAMES_OK)
        explore_fault("frames_check: corrupt, %s", when);
    frames_stats(&world.frames, &stats);
    if (stats.total_count != clients.total_count ||
        stats.free_count + clients.held_count + clients.reserved_count != clients.total_count)
        explore_fault("%s: %llu of %llu free, %u held, %u reserved", when,
                      (unsigned long long)stats.free_count, (unsigned long long)stats.total_count,
                      clients.held_count, clients.reserved_count);
}

/* A free frame that can be had: its block was accepted, or will be. */
static bool can_be_had(unsigned frame)
{
    uint64_t block = (BASE_PFN + frame) >> BLOCK_SHIFT;

    return is_free(frame) && !(world.frames.accept != NULL && client_refuses(block));
}

static bool fits(unsigned count)
{
    for (unsigned first = 0; first + count <= FRAMES_MAX; first += count) {
        unsigned run = 0;
        while (run < count && can_be_had(first + run))
            run++;
        if (run == count)
            return true;
    }
    return false;
}

/* With nobody else at work the answer to a request is exact. */
static void judge_request(unsigned order, bool is_parking)
{
    uint64_t pfn;
    enum frames_status expected = FRAMES_EMPTY;
    enum frames_status status;

    for (unsigned frame = 0; frame < FRAMES_MAX; frame++)
        expected = is_free(frame) ? FRAMES_NO_FIT : expected;
    if (is_parking)
        expected = FRAMES_PARKED;
    if (fits(1u << order))
        expected = FRAMES_OK;
    status = frames_alloc_order(&world.frames, NULL, order, &pfn);
    if (status != expected)
        explore_fault("afterwards %u frames: \"%s\" instead of \"%s\"", 1u << order,
                      frames_status_name(status), frames_status_name(expected));
    if (status == FRAMES_OK && frames_free_order(&world.frames, NULL, pfn, order) != FRAMES_OK)
        explore_fault("afterwards: what was just handed out cannot be given back");
}

static void judge_requests(void)
{
    for (unsigned order = 0; order <= GROUP_SHIFT; order++)
        judge_request(order, frames_parked_count(&world.frames) > 0);
}

/* Everything back: what is managed as a whole is whole, and each frame can be had once. */
static void judge_return(void)
{
    unsigned blocks = 0, singles = 0, have = 0;
    uint64_t pfn;

    for (unsigned frame = 0; frame < FRAMES_MAX; frame++) {
        if (clients.holder[frame] != NOT_HELD &&
            frames_free(&world.frames, NULL, BASE_PFN + frame, 1) != FRAMES_OK)
            explore_fault("afterwards frame %u cannot be given back", frame);
        clients.holder[frame] = NOT_HELD;
    }
    clients.held_count = 0;
    judge_tree("all given back");
    for (unsigned first = 0; first < FRAMES_MAX; first += BLOCK_FRAMES) {
        unsigned count = 0;
        for (unsigned i = 0; i < BLOCK_FRAMES; i++)
            count += can_be_had(first + i);
        have += count;
        blocks += count == BLOCK_FRAMES;
    }
    while (frames_alloc_order(&world.frames, NULL, BLOCK_SHIFT, &pfn) == FRAMES_OK)
        blocks--;
    if (blocks != 0)
        explore_fault("afterwards %u free blocks cannot be had", blocks);
    for (unsigned frame = 0; frame < FRAMES_MAX; frame++)
        singles += can_be_had(frame);
    while (frames_alloc_order(&world.frames, NULL, 0, &pfn) == FRAMES_OK)
        singles--;
    if (singles != 0)
        explore_fault("afterwards %u of %u free frames cannot be had", singles, have);
}

void client_judge(void)
{
    for (unsigned i = 0; i < clients.empty_count; i++)
        client_judge_empty(&clients.empties[i]);
    judge_places();
    judge_tree("at the end");
    judge_requests();
    for (unsigned i = 0; i < THREADS_MAX; i++)
        (void)frames_cache_drain(&world.frames, &world.caches[i]);
    judge_tree("caches drained");
    judge_requests();
    judge_return();
}
