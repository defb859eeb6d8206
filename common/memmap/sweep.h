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

/*
 * Sweeps the spans into sweep->map; the caller has set what comes before class_mask, and
 * bits_always, and zeroed the rest.
 */
void memmap_sweep_spans(struct sweep *sweep);

/*
 * The short way for most maps: entries alone, each exact and behind the one before, go straight
 * into sweep->map. False, with map and report half filled, at the first that is not.
 */
bool memmap_sweep_in_order(const struct memmap_input *input, struct memmap *map,
                    struct memmap_report *report);

#endif
