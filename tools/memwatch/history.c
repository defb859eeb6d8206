/* SPDX-License-Identifier: MIT */
/* What the rounds have found so far, region by region; see live.h. */
#include <string.h>

#include "live.h"

static void mark_cells(struct heat *heat, uint64_t first, uint64_t last, uint64_t size_bytes, uint64_t round)
{
    uint64_t cell = (uint64_t)((unsigned __int128)first * STRIP_CELLS / size_bytes);
    uint64_t end = (uint64_t)((unsigned __int128)last * STRIP_CELLS / size_bytes);

    for (; cell <= end; cell++) {
        heat->rounds[cell] += heat->last_round[cell] != round;
        heat->last_round[cell] = round;
    }
}

static uint64_t all_bytes(const struct target *target)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < target->count; i++)
        sum += target->regions[i].size_bytes;
    return sum;
}

/* Runs and regions both ascend; a run may go on from one region into the next. */
static void add_heat(struct history *history)
{
    const struct session *session = history->session;
    const struct target *target = session->target;
    uint64_t before = 0, all = all_bytes(target);
    size_t next = 0;

    history->whole.round_bytes = 0;
    for (size_t i = 0; i < target->count; i++) {
        const struct target_region *region = &target->regions[i];
        uint64_t region_last = region->address + (region->size_bytes - 1);
        struct heat *heat = &history->regions[i];
        heat->round_bytes = 0;
        for (size_t j = next; j < session->found_count && session->found[j].address <= region_last; j++) {
            const struct found *found = &session->found[j];
            uint64_t first = found->address, last = first + (found->length_bytes - 1);
            if (last < region->address)
                continue;
            first = (first > region->address ? first : region->address) - region->address;
            next = last > region_last ? j : j + 1;
            last = (last < region_last ? last : region_last) - region->address;
            heat->round_bytes += last - first + 1;
            mark_cells(heat, first, last, region->size_bytes, history->round);
            mark_cells(&history->whole, before + first, before + last, all, history->round);
        }
        heat->all_bytes += heat->round_bytes;
        history->whole.round_bytes += heat->round_bytes;
        before += region->size_bytes;
    }
    history->whole.all_bytes += history->whole.round_bytes;
}

/* The changes themselves stay until others come. */
static void keep_found(struct history *history)
{
    const struct session *session = history->session;

    history->found_count = 0;
    for (size_t i = 0; i < session->found_count && i < MOST_SHOWN; i++) {
        history->kept = grow(history->kept, history->found_count, &history->found_room, sizeof *history->kept);
        history->kept[history->found_count++] = session->found[i];
    }
}

static void count_regions(struct history *history)
{
    history->region_count = history->session->target->count;
    history->regions = grab(history->region_count, sizeof *history->regions);
}

void history_begin(struct history *history, const struct session *session)
{
    *history = (struct history){.session = session, .start_ns = now_ns()};
    count_regions(history);
    history->now_ns = history->told_ns = history->start_ns;
    history->processor_start_ns = history->processor_ns = processor_ns(session->target->pid);
}

void history_add(struct history *history, uint64_t took_ns)
{
    const struct session *session = history->session;
    uint64_t now = now_ns(), processor = processor_ns(session->target->pid);

    history->round++;
    history->took_ns = took_ns;
    history->round_ns = now - history->now_ns + 1;
    history->now_ns = now;
    history->busy = processor < history->processor_ns
                        ? 0
                        : (double)(processor - history->processor_ns) / (double)history->round_ns;
    history->processor_ns = processor;
    if (history->region_count != session->target->count) /* it has learnt of others */
        count_regions(history);
    add_heat(history);
    if (session->found_count == 0)
        return;
    if (history->changed_rounds++ == 0)
        history->first_round = history->round;
    history->last_round = history->round;
    history->last_ns = now;
    history->change_count += session->found_count;
    history->changed_bytes += history->whole.round_bytes;
    keep_found(history);
}
