/* SPDX-License-Identifier: MIT */
/*
 * Reserve and release against a painter that knows pages only: no cuts, no merging, no ranges.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>

#include "model/random.h"
#include "test_memmap_edit.h"

#define SEED   UINT64_C(0x0ed17001)
#define WB     MEMMAP_WB
#define ORIGIN (MEMMAP_ORIGIN_CLAIM | 5)

#define PAGES 32
#define HOLE  (-1)

struct painting {
    int kinds[PAGES];
    uint64_t attributes[PAGES];
};

static uint64_t dice;

static bool page_goes_on(const struct painting *painting, uint32_t page)
{
    return page > 0 && page < PAGES && painting->kinds[page] != HOLE &&
           painting->kinds[page] == painting->kinds[page - 1] &&
           painting->attributes[page] == painting->attributes[page - 1];
}

/* Writes the pages down as regions. */
static size_t regions_of(const struct painting *painting, struct memmap_region *regions)
{
    size_t count = 0;

    for (uint32_t page = 0; page < PAGES; page++) {
        if (painting->kinds[page] == HOLE)
            continue;
        if (page_goes_on(painting, page))
            regions[count - 1].end_pfn++;
        else
            regions[count++] = (struct memmap_region){.first_pfn = page,
                                                      .end_pfn = page + 1,
                                                      .attributes = painting->attributes[page],
                                                      .kind = (uint8_t)painting->kinds[page]};
    }
    return count;
}

static const enum memmap_kind paints[] = {MEMMAP_USABLE, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_KERNEL,
                                          MEMMAP_RESERVED, MEMMAP_STACK};

static void random_painting(struct painting *painting)
{
    int kind = HOLE;
    uint64_t attributes = WB;

    for (uint32_t page = 0; page < PAGES; page++) {
        if (random_below(&dice, 4) == 0)
            kind = random_below(&dice, 4) == 0 ? HOLE : (int)paints[random_below(&dice, 5)];
        if (random_below(&dice, 12) == 0)
            attributes ^= MEMMAP_MORE_RELIABLE;
        painting->kinds[page] = page == 0 && kind == MEMMAP_USABLE ? MEMMAP_RESERVED : kind;
        painting->attributes[page] = attributes;
    }
}

static void equals_painting(const struct memmap *map, const struct painting *painting, uint32_t edit)
{
    struct memmap_region regions[PAGES];
    size_t count = regions_of(painting, regions);

    cr_assert_eq(map->count, count, "edit %u: %zu regions, painted %zu", edit, map->count, count);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(map->regions[i].first_pfn, regions[i].first_pfn, "edit %u region %zu", edit, i);
        cr_assert_eq(map->regions[i].end_pfn, regions[i].end_pfn, "edit %u region %zu", edit, i);
        cr_assert_eq(map->regions[i].kind, regions[i].kind, "edit %u region %zu", edit, i);
        cr_assert_eq(map->regions[i].attributes, regions[i].attributes, "edit %u region %zu", edit, i);
    }
}

/* Paints one reservation unless it must fail; the status that is right, and the kept pages. */
static enum memmap_status paint_reserve(struct painting *painting, uint32_t first, uint32_t end,
                                        enum memmap_kind kind, size_t room, uint64_t *ret_kept)
{
    if (first >= end)
        return MEMMAP_BAD_RANGE;
    if ((size_t)page_goes_on(painting, first) + (size_t)page_goes_on(painting, end) > room)
        return MEMMAP_NO_ROOM;
    *ret_kept = 0;
    for (uint32_t page = first; page < end; page++) {
        if (painting->kinds[page] > (int)kind)
            ++*ret_kept;
        else if (painting->kinds[page] != HOLE)
            painting->kinds[page] = (int)kind;
    }
    return MEMMAP_OK;
}

static enum memmap_status paint_release(struct painting *painting, uint32_t first, uint32_t end,
                                        enum memmap_kind from, enum memmap_kind to, size_t room)
{
    bool page_0 = first == 0 && to == MEMMAP_USABLE && end > 1;
    size_t cuts;

    if (first >= end)
        return MEMMAP_BAD_RANGE;
    for (uint32_t page = first; page < end; page++) {
        if (painting->kinds[page] != (int)from || !releasable[from])
            return MEMMAP_WRONG_KIND;
    }
    cuts = (size_t)page_goes_on(painting, first) + (size_t)page_goes_on(painting, end) +
           (size_t)(page_0 && page_goes_on(painting, 1));
    if (cuts > room)
        return MEMMAP_NO_ROOM;
    for (uint32_t page = first; page < end; page++)
        painting->kinds[page] = page == 0 && to == MEMMAP_USABLE ? MEMMAP_RESERVED : (int)to;
    return MEMMAP_OK;
}

static enum memmap_status paint_release_all(struct painting *painting, enum memmap_kind from,
                                            enum memmap_kind to, size_t room, uint64_t *ret_pages)
{
    if (!releasable[from])
        return MEMMAP_WRONG_KIND;
    if (to == MEMMAP_USABLE && painting->kinds[0] == (int)from && page_goes_on(painting, 1) &&
        room == 0)
        return MEMMAP_NO_ROOM;
    *ret_pages = 0;
    for (uint32_t page = 0; page < PAGES; page++) {
        if (painting->kinds[page] != (int)from)
            continue;
        if (page == 0 && to == MEMMAP_USABLE) {
            painting->kinds[page] = MEMMAP_RESERVED;
        } else {
            painting->kinds[page] = (int)to;
            ++*ret_pages;
        }
    }
    return MEMMAP_OK;
}

/* One random edit on both; the status. */
static enum memmap_status edit_both(struct memmap *map, struct painting *painting, uint32_t edit)
{
    uint32_t first = random_below(&dice, PAGES), end = random_below(&dice, PAGES + 1);
    enum memmap_kind from = paints[random_below(&dice, 5)], to = paints[random_below(&dice, 5)];
    uint64_t count = 77, painted_count = 77;
    enum memmap_status status, expected;
    uint32_t what = random_below(&dice, 8);

    if (what >= 4 && painting->kinds[first] != HOLE) {
        /* Most random ranges are mixed: stay inside one kind, so that releases succeed too. */
        from = (enum memmap_kind)painting->kinds[first];
        for (end = first; end < PAGES && painting->kinds[end] == (int)from; end++) {
        }
        end -= random_below(&dice, 2) * random_below(&dice, end - first);
    }
    map->capacity = map->count + random_below(&dice, 4);
    if (what < 4) {
        expected = paint_reserve(painting, first, end, to, map->capacity - map->count, &painted_count);
        status = memmap_reserve(map, first, end, to, ORIGIN, &count);
    } else if (what < 7) {
        expected = paint_release(painting, first, end, from, to, map->capacity - map->count);
        status = memmap_release(map, first, end, from, to);
    } else {
        expected =
            paint_release_all(painting, from, to, map->capacity - map->count, &painted_count);
        status = memmap_release_all(map, from, to, &count);
    }
    cr_assert_eq(status, expected, "edit %u: %s, painted %s", edit, memmap_status_name(status),
                 memmap_status_name(expected));
    cr_assert_eq(count, painted_count, "edit %u: %lu pages, painted %lu", edit, count,
                 painted_count);
    return status;
}

Test(memmap_reserve, and_release_equal_the_painter_on_random_edits)
{
    struct memmap_region regions[PAGES + 4];
    struct memmap map = {.regions = regions};
    struct painting painting;
    uint32_t seen[MEMMAP_CLAIM_LOST + 1] = {0};

    cr_log_info("seed %#" PRIx64, SEED);
    dice = SEED;
    for (uint32_t edit = 0; edit < 100000; edit++) {
        if (edit % 16 == 0) {
            random_painting(&painting);
            map.count = regions_of(&painting, regions);
        }
        seen[edit_both(&map, &painting, edit)]++;
        cr_assert_eq(memmap_check(&map, 32, NULL), MEMMAP_OK, "edit %u", edit);
        equals_painting(&map, &painting, edit);
    }
    cr_assert(seen[MEMMAP_OK] > 30000 && seen[MEMMAP_NO_ROOM] > 1000 &&
                  seen[MEMMAP_WRONG_KIND] > 1000 && seen[MEMMAP_BAD_RANGE] > 1000,
              "every answer was tried: %u %u %u %u", seen[MEMMAP_OK], seen[MEMMAP_NO_ROOM],
              seen[MEMMAP_WRONG_KIND], seen[MEMMAP_BAD_RANGE]);
}
