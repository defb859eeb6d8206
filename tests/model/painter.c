/* SPDX-License-Identifier: MIT */
/* Cuts, cells and what they must amount to; see painter.h. */
#include "painter.h"

#include <string.h>

/* ---- where things lie -------------------------------------------------------------------- */

static painter_place page_down(painter_place place)
{
    return place / PAINTER_PAGE * PAINTER_PAGE;
}

static painter_place page_up(painter_place place)
{
    return page_down(place + PAINTER_PAGE - 1);
}

struct painter_extent painter_stated(const struct memmap_entry *entry)
{
    painter_place first = entry->base_bytes;
    painter_place bytes = entry->page_count * PAINTER_PAGE + entry->tail_bytes;

    return (struct painter_extent){first, first + bytes};
}

bool painter_is_empty(const struct memmap_entry *entry)
{
    struct painter_extent stated = painter_stated(entry);

    return stated.first == stated.end;
}

bool painter_drops(const struct memmap_entry *entry)
{
    return painter_is_empty(entry) || painter_stated(entry).end > PAINTER_END;
}

/* What an entry covers: whole pages, inside the width; empty where that leaves none. */
struct painter_extent painter_covered(const struct painting *painting,
                                      const struct memmap_entry *entry)
{
    struct painter_extent covered = painter_stated(entry);

    if (painter_drops(entry))
        return (struct painter_extent){0, 0};
    if (entry->kind == MEMMAP_USABLE) {
        covered.first = page_up(covered.first);
        covered.end = page_down(covered.end);
    } else {
        covered.first = page_down(covered.first);
        covered.end = page_up(covered.end);
    }
    if (covered.end > painting->width_end)
        covered.end = painting->width_end;
    return covered.first < covered.end ? covered : (struct painter_extent){0, 0};
}

struct painter_extent painter_claimed(const struct memmap_claim *claim)
{
    return (struct painter_extent){claim->first_pfn * PAINTER_PAGE, claim->end_pfn * PAINTER_PAGE};
}

/* ---- cells ------------------------------------------------------------------------------- */

/* Keeps the cuts sorted and each of them once. */
static void add_cut(painter_place *cuts, uint32_t *count, painter_place cut)
{
    uint32_t at = *count;

    if (cut > PAINTER_END)
        cut = PAINTER_END;
    while (at > 0 && cuts[at - 1] > cut)
        at--;
    if (at > 0 && cuts[at - 1] == cut)
        return;
    memmove(&cuts[at + 1], &cuts[at], (*count - at) * sizeof *cuts);
    cuts[at] = cut;
    ++*count;
}

static void add_cuts(painter_place *cuts, uint32_t *count, struct painter_extent extent)
{
    add_cut(cuts, count, extent.first);
    add_cut(cuts, count, extent.end);
}

static void cut_cells(struct painting *painting)
{
    painter_place cuts[PAINTER_CELLS + 1];
    uint32_t count = 0;

    add_cuts(cuts, &count, (struct painter_extent){0, PAINTER_PAGE});
    add_cuts(cuts, &count, (struct painter_extent){painting->width_end, PAINTER_END});
    for (uint32_t i = 0; i < painting->entry_count; i++) {
        add_cuts(cuts, &count, painter_stated(&painting->entries[i]));
        add_cuts(cuts, &count, painter_covered(painting, &painting->entries[i]));
    }
    for (uint32_t i = 0; i < painting->claim_count; i++)
        add_cuts(cuts, &count, painter_claimed(&painting->claims[i]));
    painting->cell_count = count - 1;
    for (uint32_t i = 0; i + 1 < count; i++)
        painting->cells[i] = (struct painter_cell){.first = cuts[i], .end = cuts[i + 1]};
}

static bool holds(struct painter_extent extent, const struct painter_cell *cell)
{
    return extent.first <= cell->first && cell->end <= extent.end;
}

static void paint_entry(struct painting *painting, uint32_t index)
{
    const struct memmap_entry *entry = &painting->entries[index];
    struct painter_extent stated = painter_stated(entry);
    struct painter_extent covered = painter_covered(painting, entry);
    bool accepted = !painter_drops(entry);

    for (uint32_t i = 0; i < painting->cell_count; i++) {
        struct painter_cell *cell = &painting->cells[i];
        if (holds(stated, cell)) {
            cell->stated = true;
            cell->accepted |= accepted;
        }
        if (holds(covered, cell))
            cell->origins |= UINT64_C(1) << index;
    }
}

static void paint_claim(struct painting *painting, uint32_t index)
{
    struct painter_extent claimed = painter_claimed(&painting->claims[index]);

    for (uint32_t i = 0; i < painting->cell_count; i++) {
        if (holds(claimed, &painting->cells[i]))
            painting->cells[i].origins |= UINT64_C(1) << (painting->entry_count + index);
    }
}

/* ---- what a cell is ---------------------------------------------------------------------- */

uint64_t painter_entries(const struct painting *painting)
{
    return painting->entry_count == 64 ? UINT64_MAX : (UINT64_C(1) << painting->entry_count) - 1;
}

enum memmap_kind painter_kind(const struct painting *painting, uint32_t index)
{
    return index < painting->entry_count
               ? painting->entries[index].kind
               : (enum memmap_kind)painting->claims[index - painting->entry_count].kind;
}

/* The kinds of these origins, a bit each. */
uint32_t painter_kinds(const struct painting *painting, uint64_t origins)
{
    uint32_t kinds = 0;

    for (; origins != 0; origins &= origins - 1)
        kinds |= UINT32_C(1) << painter_kind(painting, (uint32_t)__builtin_ctzll(origins));
    return kinds;
}

bool painter_several(uint64_t bits)
{
    return (bits & (bits - 1)) != 0;
}

/* Safest wins: the highest kind of a set that is not empty. */
enum memmap_kind painter_top(uint32_t kinds)
{
    uint32_t kind = MEMMAP_KIND_COUNT - 1;

    while ((kinds >> kind & 1) == 0)
        kind--;
    return (enum memmap_kind)kind;
}

/* Capabilities that all entries have, and every other bit that any has. */
static uint64_t attributes_of(const struct painting *painting, uint64_t origins)
{
    uint64_t all = UINT64_MAX, any = 0;

    for (origins &= painter_entries(painting); origins != 0; origins &= origins - 1) {
        const struct memmap_entry *entry = &painting->entries[__builtin_ctzll(origins)];
        all &= entry->attributes;
        any |= entry->attributes;
    }
    return (any & ~MEMMAP_CAPABILITIES) | (any & all & MEMMAP_CAPABILITIES);
}

static struct painter_region region_of(const struct painting *painting,
                                       const struct painter_cell *cell)
{
    enum memmap_kind top = painter_top(painter_kinds(painting, cell->origins));
    uint64_t entries = cell->origins & painter_entries(painting);

    return (struct painter_region){
        .first = cell->first,
        .end = cell->end,
        .attributes = attributes_of(painting, cell->origins),
        .origins = cell->origins,
        .first_origins = cell->origins,
        .kind = cell->first < PAINTER_PAGE && top == MEMMAP_USABLE ? MEMMAP_RESERVED : top,
        .top_kind = top,
        .conflict = painter_several(painter_kinds(painting, entries)),
    };
}

static void join_regions(struct painting *painting)
{
    painting->region_count = 0;
    for (uint32_t i = 0; i < painting->cell_count; i++) {
        struct painter_region *last = NULL;
        struct painter_region here;
        if (painting->cells[i].origins == 0)
            continue;
        here = region_of(painting, &painting->cells[i]);
        if (painting->region_count > 0)
            last = &painting->regions[painting->region_count - 1];
        if (last != NULL && last->end == here.first && last->kind == here.kind &&
            last->attributes == here.attributes) {
            last->end = here.end;
            last->origins |= here.origins;
            last->conflict |= here.conflict;
        } else {
            painting->regions[painting->region_count++] = here;
        }
    }
}

void painter_paint(struct painting *painting, const struct memmap_entry *entries,
                   uint32_t entry_count, const struct memmap_claim *claims, uint32_t claim_count,
                   unsigned physical_bits)
{
    painting->entries = entries;
    painting->claims = claims;
    painting->entry_count = entry_count;
    painting->claim_count = claim_count;
    painting->width_end = (painter_place)1 << physical_bits;
    cut_cells(painting);
    for (uint32_t i = 0; i < entry_count; i++)
        paint_entry(painting, i);
    for (uint32_t i = 0; i < claim_count; i++)
        paint_claim(painting, i);
    join_regions(painting);
}
