/* SPDX-License-Identifier: MIT */
/* The maps of the benchmark; see shapes.h. UEFI 2.10, 7.2.3 has the descriptor. */
#include "model/random.h"
#include "shapes.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "memmap/memmap.h"

enum {
    PAGES_PER_ENTRY = 256, /* of the span that random ranges are thrown into */
    LATE_PER_CENT = 3,
};

#define RAM_ATTRIBUTES (MEMMAP_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_WB)

/* A kind of descriptor and how many of 128 are of it. */
struct ingredient {
    uint32_t weight;
    uint32_t type;
    uint64_t attributes;
};

static const struct ingredient mixture[] = {
    {28, 7, RAM_ATTRIBUTES},               /* conventional */
    {3, 7, RAM_ATTRIBUTES | MEMMAP_XP},
    {26, 4, RAM_ATTRIBUTES},               /* boot services data */
    {7, 4, RAM_ATTRIBUTES | MEMMAP_XP},
    {14, 3, RAM_ATTRIBUTES},               /* boot services code */
    {4, 3, RAM_ATTRIBUTES | MEMMAP_RO},
    {3, 1, RAM_ATTRIBUTES},                /* loader code, loader data */
    {7, 2, RAM_ATTRIBUTES},
    {6, 5, RAM_ATTRIBUTES | MEMMAP_RUNTIME | MEMMAP_RO}, /* runtime code, runtime data */
    {8, 6, RAM_ATTRIBUTES | MEMMAP_RUNTIME | MEMMAP_XP},
    {9, 0, RAM_ATTRIBUTES},                /* reserved */
    {3, 0, 0},
    {4, 9, RAM_ATTRIBUTES},                /* ACPI reclaim, ACPI NVS */
    {4, 10, RAM_ATTRIBUTES},
    {2, 11, MEMMAP_UC | MEMMAP_RUNTIME},   /* memory-mapped I/O */
};
enum { MIXTURE_COUNT = sizeof mixture / sizeof mixture[0], WEIGHTS = 128 };

/* One descriptor to be, and where in the map it stands. */
struct plan {
    uint64_t first_pfn;
    uint64_t page_count;
    const struct ingredient *what;
    uint64_t place;
};

static const char *const names[SHAPE_COUNT] = {"sorted", "late", "shuffled", "overlap4",
                                               "overlapdeep"};

const char *shape_name(enum shape shape)
{
    return names[shape];
}

static const struct ingredient *random_ingredient(uint64_t *state)
{
    uint64_t left = random_below(state, WEIGHTS);
    unsigned i = 0;

    while (i + 1 < MIXTURE_COUNT && left >= mixture[i].weight)
        left -= mixture[i++].weight;
    return &mixture[i];
}

/* Of lengths from a page to 4 MiB each power of two is as likely: small entries prevail. */
static uint64_t random_length(uint64_t *state)
{
    uint64_t ceiling = UINT64_C(1) << random_below(state, 11);

    return 1 + random_below(state, ceiling);
}

static void plan_disjoint(struct plan *plans, uint32_t count, uint64_t *state)
{
    uint64_t pfn = 1;

    for (uint32_t i = 0; i < count; i++) {
        plans[i].what = random_ingredient(state);
        /* Firmware merges neighbours of one type mostly itself: seven of eight are drawn again. */
        while (i > 0 && plans[i].what->type == plans[i - 1].what->type && random_below(state, 8))
            plans[i].what = random_ingredient(state);
        if (random_below(state, 8) == 0)
            pfn += random_length(state);
        plans[i].first_pfn = pfn;
        plans[i].page_count = random_length(state);
        pfn += plans[i].page_count;
    }
}

/* Uniform starts, lengths uniform around their mean: depth = mean_pages / PAGES_PER_ENTRY. */
static void plan_overlapping(struct plan *plans, uint32_t count, uint64_t mean_pages,
                             uint64_t *state)
{
    for (uint32_t i = 0; i < count; i++) {
        plans[i].what = random_ingredient(state);
        plans[i].first_pfn = 1 + random_below(state, (uint64_t)count * PAGES_PER_ENTRY);
        plans[i].page_count = 1 + random_below(state, 2 * mean_pages);
    }
}

static int by_place(const void *left, const void *right)
{
    const struct plan *a = left;
    const struct plan *b = right;

    return (a->place > b->place) - (a->place < b->place);
}

/* Places are even where nothing comes late, so that a late entry falls between two others. */
static void delay_some(struct plan *plans, uint32_t count, uint64_t *state)
{
    uint32_t late_count = count * LATE_PER_CENT / 100;

    for (uint32_t i = 0; i < count; i++)
        plans[i].place = 2 * (uint64_t)i;
    for (uint32_t i = 0; i < (late_count ? late_count : 1); i++) {
        /* The last cannot come late. */
        uint64_t index = random_below(state, count - 1);
        plans[index].place = 2 * (index + 1 + random_below(state, count)) + 1;
    }
    qsort(plans, count, sizeof *plans, by_place);
}

static void shuffle(struct plan *plans, uint32_t count, uint64_t *state)
{
    for (uint32_t i = count; i > 1; i--) {
        uint64_t other = random_below(state, i);
        struct plan kept = plans[i - 1];
        plans[i - 1] = plans[other];
        plans[other] = kept;
    }
}

static void write_descriptors(const struct plan *plans, uint32_t count, uint8_t *bytes)
{
    memset(bytes, 0, (size_t)count * SHAPES_STRIDE_BYTES);
    for (uint32_t i = 0; i < count; i++, bytes += SHAPES_STRIDE_BYTES) {
        store_le32(bytes, plans[i].what->type);
        store_le64(bytes + 8, plans[i].first_pfn * PAGE_BYTES);
        store_le64(bytes + 24, plans[i].page_count);
        store_le64(bytes + 32, plans[i].what->attributes);
    }
}

void shape_make(enum shape shape, uint32_t count, uint64_t seed, uint8_t *ret_bytes)
{
    struct plan *plans = calloc(count, sizeof *plans);
    uint64_t state = seed;

    if (plans == NULL)
        abort();
    if (shape == SHAPE_OVERLAP4)
        plan_overlapping(plans, count, 4 * PAGES_PER_ENTRY, &state);
    else if (shape == SHAPE_OVERLAPDEEP)
        plan_overlapping(plans, count, (uint64_t)count * PAGES_PER_ENTRY / 8, &state);
    else
        plan_disjoint(plans, count, &state);
    if (shape == SHAPE_LATE)
        delay_some(plans, count, &state);
    if (shape == SHAPE_SHUFFLED)
        shuffle(plans, count, &state);
    write_descriptors(plans, count, ret_bytes);
    free(plans);
}
