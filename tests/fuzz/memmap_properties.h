/* SPDX-License-Identifier: MIT */
/*
 * What must be true of every map: that it is what the painter paints, and that what should make no
 * difference makes none (order, splitting, saying twice, moving, the format, claiming later).
 */
#ifndef GROMA_TESTS_MEMMAP_PROPERTIES_H
#define GROMA_TESTS_MEMMAP_PROPERTIES_H

#include "memmap_layout.h"
#include "model/random.h"

#define SPECIMEN_CLAIMS 4u

/* One input of memmap_normalize. */
struct specimen {
    struct layout layout;
    struct memmap_claim claims[SPECIMEN_CLAIMS];
    uint32_t claim_count;
    unsigned physical_bits;
    uint64_t seed; /* of the choices that properties make */
};

struct property {
    const char *name;
    /* NULL, or what is wrong. *ret_applied: had it anything to say about this specimen? */
    const char *(*check)(const struct specimen *specimen, bool *ret_applied);
};

extern const struct property properties[];
extern const unsigned property_count;

/*
 * Normalizes the specimen and judges it; must be called before any property's check, which look
 * at the result. NULL, or what is wrong.
 */
const char *specimen_judge(const struct specimen *specimen);

/* splitmix64. */

#endif
