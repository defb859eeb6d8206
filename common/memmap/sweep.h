/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: from spans in order to regions.
 *
 *   spans     |--a--|  |--b--|-c-|  |----d----|
 *                                      |--e--|---f---|
 *             alone     alone alone  a cluster: swept
 */
#ifndef GROMA_MEMMAP_SWEEP_H
#define GROMA_MEMMAP_SWEEP_H

#include "memmap/cover.h"
#include "memmap/pages.h"
#include "memmap/place.h"

/* What covers the place where the sweep stands, and what it has found. */
struct sweep {
    const struct span *spans; /* in order, none empty */
    size_t count;             /* of spans */
    struct place *ends;       /* of a cluster; as many as spans */
    struct place *spare;
    uint32_t *next; /* next[i + 1]: the span of its class that opened after span i */
    struct memmap *map;
    struct memmap_report *report;
    uint32_t entry_count;
    uint64_t class_mask;      /* bit c: open_counts[c] is not 0 */
    uint32_t depth;           /* open spans */
    uint32_t loaded_count;    /* of them loaded claims */
    uint32_t loaded_claim;    /* the span of the last one that opened */
    uint32_t open_counts[SWEEP_CLASSES];
    uint32_t heads[SWEEP_CLASSES]; /* the first open span of a class, or one that ended before it */
    uint32_t tails[SWEEP_CLASSES]; /* the span that opened last, plus one; 0 none yet */
    uint64_t bits_always; /* attribute bits, capabilities inverted: those of every entry, */
    uint64_t bits_now;    /* and those of some open entry alone */
    uint32_t bit_counts[64];
    enum memmap_status status; /* of the first loaded claim that is not what it says */
};

/*@ // Nothing is open.
    predicate sweep_blank{L}(struct sweep *s) = s->class_mask == 0 && s->depth == 0 &&
        s->loaded_count == 0 && s->loaded_claim == 0 &&
        \forall integer c; 0 <= c < SWEEP_CLASSES ==> s->open_counts[c] == 0 && s->tails[c] == 0;
    predicate sweep_valid{L}(struct sweep *s) =
        \valid(s) && \valid(s->report) && s->count <= 0x7fffffff &&
        \valid_read(s->spans + (0 .. s->count - 1)) && \valid(s->next + (0 .. s->count)) &&
        \valid(s->ends + (0 .. s->count - 1)) && \valid(s->spare + (0 .. s->count - 1));
    predicate sweep_room{L}(struct sweep *s) = \valid(s->map) && s->map->count == 0 &&
        2 * s->count + 1 <= s->map->capacity <= 0x7ffffffffffffff &&
        \valid(s->map->regions + (0 .. s->map->capacity - 1));
    predicate sweep_apart{L}(struct sweep *s) =
        \separated(s, s->report, s->map, s->spans + (0 .. s->count - 1),
                   s->next + (0 .. s->count), s->ends + (0 .. s->count - 1),
                   s->spare + (0 .. s->count - 1), s->map->regions + (0 .. s->map->capacity - 1));
    predicate sweep_ready{L}(struct sweep *s) = sweep_valid(s) && sweep_room(s) && sweep_apart(s);
*/

/*
 * Sweeps the spans into sweep->map; the caller has set what comes before class_mask, and
 * bits_always, and zeroed the rest. Each page gets the highest kind that covers it.
 */
/*@ requires sweep_ready(sweep) && sweep_blank(sweep);
    requires spans_good(sweep->spans, sweep->count);
    requires spans_begin_in_order(sweep->spans, sweep->count);
    assigns *sweep, *(sweep->report), sweep->map->count,
        sweep->map->regions[0 .. sweep->map->capacity - 1], sweep->next[0 .. sweep->count],
        sweep->ends[0 .. sweep->count - 1], sweep->spare[0 .. sweep->count - 1];
    ensures count: \old(sweep->map)->count <= 2 * \old(sweep->count) + 1;
    ensures made: made_to(\old(sweep->map->regions), \old(sweep->map)->count, PFN_END);
    ensures kinds: \forall integer p;
        kind_at(\old(sweep->map->regions), \old(sweep->map)->count, p) ==
        kept_kind(p, rank_at{Pre}(\old(sweep->spans), \old(sweep->count), p)); */
void memmap_sweep_spans(struct sweep *sweep);

/*
 * The short way for most maps: entries alone, each exact and behind the one before, go straight
 * into sweep->map. False, with map and report half filled, at the first that is not.
 */
bool memmap_sweep_in_order(const struct memmap_input *input, struct memmap *map,
                    struct memmap_report *report);

#endif
