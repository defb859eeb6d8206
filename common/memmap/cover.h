/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: everything that covers the place where the sweep stands. Opening,
 * closing and asking are O(1) in the number of ranges (O(attribute bits) for attributes).
 */
#ifndef GROMA_MEMMAP_COVER_H
#define GROMA_MEMMAP_COVER_H

#include "memmap/memmap.h"

struct cover {
    uint32_t kind_counts[MEMMAP_KIND_COUNT];  /* entries and claims */
    uint32_t entry_counts[MEMMAP_KIND_COUNT]; /* entries alone */
    uint32_t heads[MEMMAP_KIND_COUNT];        /* the first opened of each kind: it decides */
    uint32_t tails[MEMMAP_KIND_COUNT];
    uint32_t *next;     /* per origin: the next open one of its kind, in opening order */
    uint32_t *previous;
    uint32_t kind_mask;  /* bit k: kind_counts[k] is not 0 */
    uint32_t entry_mask; /* bit k: entry_counts[k] is not 0 */
    uint32_t entries;
    uint32_t claims;
    uint32_t attribute_counts[64]; /* open entries that have the bit */
    uint64_t attribute_any;        /* bits whose count is not 0 */
};

/* Nothing covers the place. `links` holds 2 * origin_count words of the caller's. */
void cover_begin(struct cover *cover, uint32_t *links, uint32_t origin_count);

void cover_open_entry(struct cover *cover, unsigned kind, uint64_t attributes, uint32_t origin);
void cover_close_entry(struct cover *cover, unsigned kind, uint64_t attributes, uint32_t origin);
void cover_open_claim(struct cover *cover, unsigned kind, uint32_t origin);
void cover_close_claim(struct cover *cover, unsigned kind, uint32_t origin);

/* Capabilities that every open entry has, restrictions that any has. */
uint64_t cover_attributes(const struct cover *cover);

#endif
