/* SPDX-License-Identifier: MIT */
/*
 * Sequences of edits and questions on a map, next to a model that has a cell for each page.
 *
 *   byte 0   where: the map's 128 pages begin at page 0, 2^20, or end at 2^52 (the end of memory)
 *   byte 1   how many regions more than at first have room
 *   byte 2   runs of pages at first, 0..31, then for each: length, kind (22 and up: a hole), class
 *   rest     operations of 7 bytes: what, first page, pages, and four for each its own
 *
 * After each operation status, outputs and the whole map must be the model's; NO_ROOM is foretold
 * from the places where runs of the model have to be cut.
 */
#include "fuzz.h"
#include "memmap/allocate.h"
#include "memmap/compare.h"
#include "memmap/reclaim.h"

#define PAGES 128u
#define HOLE  0xff

struct cell {
    uint8_t kind; /* or HOLE */
    uint8_t wb;   /* 0 or 1: what tells neighbours of one kind apart */
    uint32_t origin;
};

struct model {
    struct cell cells[PAGES + 1]; /* a hole behind the last one */
    uint64_t base_pfn;
};

/* One operation: what its bytes mean is each function's own. */
struct operation {
    uint32_t first, end; /* pages of the model; end may lie behind it or before first */
    uint8_t a, b, c, d;
};

static struct model model;
static struct memmap map;

/* ---- the model --------------------------------------------------------------------------- */

static bool is_page_0(uint32_t page)
{
    return model.base_pfn == 0 && page == 0;
}

static bool same(struct cell left, struct cell right)
{
    return left.kind == right.kind && (left.kind == HOLE || left.wb == right.wb);
}

/* Would a bound at this page have to cut a region? */
static unsigned cuts(uint32_t page)
{
    return page > 0 && page < PAGES && model.cells[page].kind != HOLE &&
           same(model.cells[page - 1], model.cells[page]);
}

static size_t model_regions(void)
{
    size_t count = 0;

    for (uint32_t page = 0; page < PAGES; page++)
        count += model.cells[page].kind != HOLE && !cuts(page);
    return count;
}

static uint64_t attributes_of(struct cell cell)
{
    return cell.wb != 0 ? MEMMAP_WB : MEMMAP_UC;
}

static bool is_releasable(unsigned kind)
{
    switch (kind) {
    case MEMMAP_LOADER_RECLAIMABLE:
    case MEMMAP_BOOT_RECLAIMABLE:
    case MEMMAP_ACPI_RECLAIMABLE:
    case MEMMAP_UNACCEPTED:
    case MEMMAP_KERNEL:
    case MEMMAP_MODULE:
    case MEMMAP_BOOT_INFO:
    case MEMMAP_PAGE_TABLES:
    case MEMMAP_STACK:
    case MEMMAP_HANDOFF:
    case MEMMAP_AP_TRAMPOLINE:
    case MEMMAP_FIRMWARE_TABLE:
        return true;
    default:
        return false;
    }
}

static void lower(uint32_t page, unsigned to)
{
    model.cells[page].kind =
        (uint8_t)(is_page_0(page) && to == MEMMAP_USABLE ? MEMMAP_RESERVED : to);
}

/* Regions that merge keep the first one's origin. */
static void merge_origins(void)
{
    for (uint32_t page = 1; page < PAGES; page++)
        if (cuts(page))
            model.cells[page].origin = model.cells[page - 1].origin;
}

/* ---- the map against the model ----------------------------------------------------------- */

static void check_regions(void)
{
    uint64_t pages[MEMMAP_KIND_COUNT];
    size_t index = 0;

    for (uint32_t page = 0; page < PAGES; page++) {
        const struct cell cell = model.cells[page];
        const struct memmap_region *region = &map.regions[index];
        if (cell.kind == HOLE)
            continue;
        CHECK(index < map.count);
        CHECK(region->first_pfn <= model.base_pfn + page);
        CHECK(region->first_pfn == model.base_pfn + page || cuts(page));
        CHECK(region->kind == cell.kind && region->attributes == attributes_of(cell));
        CHECK(region->origin == cell.origin);
        if (region->end_pfn == model.base_pfn + page + 1)
            index++;
    }
    CHECK(index == map.count && map.count == model_regions());
    CHECK(memmap_check(&map, 64, NULL) == MEMMAP_OK);
    memmap_totals(&map, pages);
    for (uint32_t page = 0; page < PAGES; page++)
        if (model.cells[page].kind != HOLE)
            pages[model.cells[page].kind]--;
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        CHECK(pages[kind] == 0);
}

/* The differences between a map and the model's former state, page by page. */
static void check_differences(const struct memmap *before, const struct model *former)
{
    struct memmap_difference_walk walk;
    struct memmap_difference difference;
    uint64_t left_digest[2], right_digest[2];
    uint32_t page = 0;
    bool any = false;

    memmap_difference_begin(&walk, before, &map);
    while (memmap_difference_next(&walk, &difference)) {
        any = true;
        CHECK(difference.first_pfn < difference.end_pfn);
        for (; model.base_pfn + page < difference.end_pfn; page++) {
            bool inside = model.base_pfn + page >= difference.first_pfn;
            CHECK(inside == !same(former->cells[page], model.cells[page]));
            CHECK(!inside || difference.right.is_hole == (model.cells[page].kind == HOLE));
            CHECK(!inside || difference.right.is_hole ||
                  difference.right.kind == model.cells[page].kind);
        }
    }
    for (; page < PAGES; page++)
        CHECK(same(former->cells[page], model.cells[page]));
    CHECK(memmap_equal(before, &map) == !any);
    memmap_digest(before, left_digest);
    memmap_digest(&map, right_digest);
    CHECK((memcmp(left_digest, right_digest, sizeof left_digest) == 0) == !any);
}

/* ---- operations -------------------------------------------------------------------------- */

static enum memmap_status range_status(const struct operation *op, unsigned kind)
{
    return op->first >= op->end || model.base_pfn + op->end > PFN_END || kind >= MEMMAP_KIND_COUNT
               ? MEMMAP_BAD_RANGE
               : MEMMAP_OK;
}

static uint32_t clamp(uint32_t page)
{
    return page < PAGES ? page : PAGES;
}

static void reserve(const struct operation *op)
{
    unsigned kind = op->a % 24;
    uint64_t kept = 0, ret_kept = 4711;
    enum memmap_status expected = range_status(op, kind);
    enum memmap_status status =
        memmap_reserve(&map, model.base_pfn + op->first, model.base_pfn + op->end,
                       (enum memmap_kind)kind, MEMMAP_ORIGIN_CLAIM | op->b, &ret_kept);

    if (expected == MEMMAP_OK && model_regions() + cuts(op->first) + cuts(op->end) > map.capacity)
        expected = MEMMAP_NO_ROOM;
    CHECK(status == expected);
    if (status != MEMMAP_OK) {
        CHECK(ret_kept == 4711);
        return;
    }
    for (uint32_t page = op->first; page < clamp(op->end); page++) {
        struct cell *cell = &model.cells[page];
        kept += cell->kind != HOLE && cell->kind > kind;
        if (cell->kind < kind)
            *cell = (struct cell){(uint8_t)kind, cell->wb, MEMMAP_ORIGIN_CLAIM | op->b};
    }
    CHECK(ret_kept == kept);
}

static void release(const struct operation *op)
{
    /* Mostly the kind that is there: others only say WRONG_KIND. */
    unsigned there = op->first < PAGES ? model.cells[op->first].kind : 0;
    unsigned from = op->b % 4 != 0 && there != HOLE ? there : op->a % 24, to = op->c % 24;
    bool frees_0 = model.base_pfn == 0 && op->first == 0 && to == MEMMAP_USABLE;
    uint32_t end = op->end;
    enum memmap_status status, expected;

    if (op->b % 8 == 7) /* as far as the kind goes */
        for (end = op->first; end < PAGES && model.cells[end].kind == from;)
            end++;
    status = memmap_release(&map, model.base_pfn + op->first, model.base_pfn + end,
                            (enum memmap_kind)from, (enum memmap_kind)to);
    expected = range_status(&(struct operation){.first = op->first, .end = end}, to);
    if (expected == MEMMAP_OK && !is_releasable(from))
        expected = MEMMAP_WRONG_KIND;
    for (uint32_t page = op->first; expected == MEMMAP_OK && page < end; page++)
        if (page >= PAGES || model.cells[page].kind != from)
            expected = MEMMAP_WRONG_KIND;
    if (expected == MEMMAP_OK && model_regions() + cuts(op->first) + cuts(end) +
                                         (frees_0 && end > 1 ? cuts(1) : 0) > map.capacity)
        expected = MEMMAP_NO_ROOM;
    CHECK(status == expected);
    for (uint32_t page = op->first; status == MEMMAP_OK && page < end; page++)
        lower(page, to);
}

static void release_all(const struct operation *op)
{
    unsigned there = op->first < PAGES ? model.cells[op->first].kind : HOLE;
    unsigned from = op->b % 4 != 0 && there != HOLE ? there : op->a % 24, to = op->c % 24;
    uint64_t pages = 0, ret_pages = 4711;
    bool cuts_0 = is_page_0(0) && model.cells[0].kind == from && to == MEMMAP_USABLE && cuts(1);
    enum memmap_status expected = MEMMAP_OK;
    enum memmap_status status =
        memmap_release_all(&map, (enum memmap_kind)from, (enum memmap_kind)to, &ret_pages);

    if (cuts_0 && model_regions() >= map.capacity)
        expected = MEMMAP_NO_ROOM;
    if (to >= MEMMAP_KIND_COUNT)
        expected = MEMMAP_BAD_RANGE;
    if (!is_releasable(from))
        expected = MEMMAP_WRONG_KIND;
    CHECK(status == expected);
    if (status != MEMMAP_OK) {
        CHECK(ret_pages == 4711);
        return;
    }
    for (uint32_t page = 0; page < PAGES; page++) {
        if (model.cells[page].kind == from) {
            lower(page, to);
            pages += model.cells[page].kind == to;
        }
    }
    CHECK(ret_pages == pages);
}

static void find(const struct operation *op)
{
    uint64_t pfn = model.base_pfn + op->first;
    size_t index = 4711;
    enum memmap_status status = memmap_find(&map, pfn, &index);

    CHECK((status == MEMMAP_OK) == (op->first < PAGES && model.cells[op->first].kind != HOLE));
    CHECK(status == MEMMAP_OK || status == MEMMAP_NOT_FOUND);
    if (status == MEMMAP_OK)
        CHECK(map.regions[index].first_pfn <= pfn && pfn < map.regions[index].end_pfn);
}

static struct memmap_want want_of(const struct operation *op)
{
    static const uint64_t odd_aligns[] = {0, 3, UINT64_MAX, UINT64_C(1) << 63};
    struct memmap_want want = {
        .page_count = op->a % 16 == 15 ? UINT64_MAX - op->a / 16 : op->a % 16,
        .align_pages = op->b % 8 == 7 ? odd_aligns[op->b / 8 % 4] : UINT64_C(1) << op->b % 8,
        .kinds = op->c % 4 == 0 ? 1 : op->c % 4 == 1 ? 7 : UINT32_C(1) << op->c / 4 % 32 | op->d,
        .from_top = op->b >= 128,
    };

    if (op->d % 2 != 0)
        want.first_pfn = model.base_pfn + op->first;
    if (op->d % 4 >= 2)
        want.end_pfn = model.base_pfn + op->end;
    return want;
}

static bool fits(const struct memmap_want *want, uint32_t first)
{
    uint64_t pfn = model.base_pfn + first, align = want->align_pages != 0 ? want->align_pages : 1;

    if (want->page_count > PAGES - first || pfn == 0 || pfn % align != 0 || pfn < want->first_pfn ||
        (want->end_pfn != 0 && pfn + want->page_count > want->end_pfn))
        return false;
    for (uint32_t page = first; page < first + want->page_count; page++) {
        unsigned kind = model.cells[page].kind;
        if (kind == HOLE || (want->kinds >> kind & 1) == 0)
            return false;
    }
    return true;
}

/* Every place is tried. */
static enum memmap_status model_find_run(const struct memmap_want *want, uint32_t *ret_first)
{
    enum memmap_status status = MEMMAP_NOT_FOUND;

    if (want->page_count == 0 || (want->align_pages & (want->align_pages - 1)) != 0)
        return MEMMAP_BAD_RANGE;
    for (uint32_t page = 0; page < PAGES; page++) {
        if (fits(want, page) && (status != MEMMAP_OK || want->from_top)) {
            *ret_first = page;
            status = MEMMAP_OK;
        }
    }
    return status;
}

static void find_run(const struct operation *op)
{
    struct memmap_want want = want_of(op);
    uint32_t first = 0;
    uint64_t pfn = 4711;
    enum memmap_status expected = model_find_run(&want, &first);

    CHECK(memmap_find_run(&map, &want, &pfn) == expected);
    CHECK(pfn == (expected == MEMMAP_OK ? model.base_pfn + first : 4711));
}

static void allocate(const struct operation *op)
{
    struct memmap_want want = want_of(op);
    unsigned kind = op->d % 3 != 0 ? MEMMAP_KERNEL : op->d / 3 % 24;
    uint32_t first = 0, end;
    uint64_t pfn = 4711;
    enum memmap_status expected = model_find_run(&want, &first);
    enum memmap_status status =
        memmap_allocate(&map, &want, (enum memmap_kind)kind, MEMMAP_ORIGIN_CLAIM | op->a, &pfn);

    for (unsigned k = kind; k < MEMMAP_KIND_COUNT; k++)
        if ((want.kinds >> k & 1) != 0)
            expected = MEMMAP_BAD_RANGE;
    if (kind >= MEMMAP_KIND_COUNT)
        expected = MEMMAP_BAD_RANGE;
    end = first + (expected == MEMMAP_OK ? (uint32_t)want.page_count : 0);
    if (expected == MEMMAP_OK && model_regions() + cuts(first) + cuts(end) > map.capacity)
        expected = MEMMAP_NO_ROOM;
    CHECK(status == expected);
    CHECK(pfn == (expected == MEMMAP_OK ? model.base_pfn + first : 4711));
    for (uint32_t page = first; status == MEMMAP_OK && page < end; page++)
        model.cells[page] = (struct cell){(uint8_t)kind, model.cells[page].wb,
                                          MEMMAP_ORIGIN_CLAIM | op->a};
}

/* The conditions each kind waits for; DESIGN's stages, written down again. */
static enum memmap_reclaim model_fate(uint32_t page, uint32_t conditions)
{
    uint32_t needs = 0;

    if (is_page_0(page))
        return model.cells[0].kind == HOLE ? MEMMAP_RECLAIM_FREE : MEMMAP_RECLAIM_NEVER;
    switch (model.cells[page].kind) {
    case MEMMAP_USABLE:
        return MEMMAP_RECLAIM_FREE;
    case MEMMAP_BOOT_RECLAIMABLE:
        needs = MEMMAP_OWN_TABLES | MEMMAP_RUNTIME_DECIDED;
        break;
    case MEMMAP_LOADER_RECLAIMABLE:
        needs = MEMMAP_OWN_TABLES | MEMMAP_BOOT_INFO_DONE;
        break;
    case MEMMAP_ACPI_RECLAIMABLE:
        needs = MEMMAP_ACPI_PARSED;
        break;
    case MEMMAP_PAGE_TABLES:
    case MEMMAP_STACK:
    case MEMMAP_HANDOFF:
        needs = MEMMAP_OWN_TABLES;
        break;
    case MEMMAP_BOOT_INFO:
        needs = MEMMAP_BOOT_INFO_DONE;
        break;
    default:
        return MEMMAP_RECLAIM_NEVER;
    }
    return (needs & ~conditions) == 0 ? MEMMAP_RECLAIM_SAFE : MEMMAP_RECLAIM_WAITS;
}

/* What may be freed now is freed, range by range, as far as there is room. */
static void reclaim(const struct operation *op)
{
    struct memmap_reclaim_walk walk;
    struct memmap_reclaim_range range, safe[PAGES];
    uint32_t page = 0, safe_count = 0;

    memmap_reclaim_begin(&walk, &map, op->a);
    while (memmap_reclaim_next(&walk, &range)) {
        CHECK(range.first_pfn < range.end_pfn && range.first_pfn >= model.base_pfn + page);
        for (; page < range.first_pfn - model.base_pfn; page++)
            CHECK(model.cells[page].kind == HOLE);
        for (; page < range.end_pfn - model.base_pfn; page++) {
            CHECK(range.kind == model.cells[page].kind);
            CHECK(range.reclaim == model_fate(page, op->a));
        }
        CHECK((range.reclaim == MEMMAP_RECLAIM_WAITS) == (range.missing != 0));
        if (range.reclaim == MEMMAP_RECLAIM_SAFE)
            safe[safe_count++] = range;
    }
    for (; page < PAGES; page++)
        CHECK(model.cells[page].kind == HOLE);
    for (uint32_t i = 0; i < safe_count && op->b % 2 != 0; i++) {
        enum memmap_status status = memmap_release(&map, safe[i].first_pfn, safe[i].end_pfn,
                                                   safe[i].kind, MEMMAP_USABLE);
        CHECK(status == MEMMAP_OK || (status == MEMMAP_NO_ROOM && map.count == map.capacity));
        for (uint64_t pfn = safe[i].first_pfn; status == MEMMAP_OK && pfn < safe[i].end_pfn; pfn++)
            model.cells[pfn - model.base_pfn].kind = MEMMAP_USABLE;
        merge_origins();
    }
}

/* ---- one input --------------------------------------------------------------------------- */

static void begin(struct input_bytes *input)
{
    static const uint64_t bases[] = {0, UINT64_C(1) << 20, PFN_END - PAGES};
    unsigned more_room, runs;
    uint32_t page = 0;

    model.base_pfn = bases[take(input, 1) % 3];
    more_room = (unsigned)take(input, 1) % 64;
    runs = (unsigned)take(input, 1) % 32;
    memset(model.cells, HOLE, sizeof model.cells);
    for (unsigned i = 0; i < runs; i++) {
        uint32_t length = (uint32_t)take(input, 1) % 64;
        struct cell cell = {.kind = (uint8_t)take(input, 1)};
        cell.wb = (uint8_t)(take(input, 1) % 2);
        cell.origin = i;
        cell.kind = cell.kind % 26 < MEMMAP_KIND_COUNT ? cell.kind % 26 : HOLE;
        for (; length > 0 && page < PAGES; length--, page++)
            model.cells[page] = cell;
    }
    if (is_page_0(0) && model.cells[0].kind == MEMMAP_USABLE)
        model.cells[0].kind = MEMMAP_RESERVED;
    merge_origins();
    map.capacity = model_regions() + more_room;
    map.regions = exactly(map.capacity * sizeof *map.regions);
    map.count = 0;
    for (page = 0; page < PAGES; page++) {
        if (model.cells[page].kind == HOLE)
            continue;
        if (!cuts(page))
            map.regions[map.count++] = (struct memmap_region){
                .first_pfn = model.base_pfn + page,
                .kind = model.cells[page].kind,
                .attributes = attributes_of(model.cells[page]),
                .origin = model.cells[page].origin,
            };
        map.regions[map.count - 1].end_pfn = model.base_pfn + page + 1;
    }
}

static void operate(unsigned what, const struct operation *op)
{
    static void (*const operations[])(const struct operation *) = {
        reserve, release, release_all, find, find_run, allocate, reclaim,
    };

    operations[what % (sizeof operations / sizeof operations[0])](op);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};

    begin(&input);
    check_regions();
    while (input.left > 0) {
        struct model former = model;
        struct memmap before = map;
        struct operation op;
        unsigned what = (unsigned)take(&input, 1);
        before.regions = copy_of(map.regions, map.count * sizeof *map.regions);
        op.first = (uint32_t)take(&input, 1) % (PAGES + 4);
        op.end = op.first + (uint32_t)take(&input, 1) % (PAGES + 8);
        if (what >= 224) /* backward, or empty */
            op.end = op.first / 2;
        op.a = (uint8_t)take(&input, 1);
        op.b = (uint8_t)take(&input, 1);
        op.c = (uint8_t)take(&input, 1);
        op.d = (uint8_t)take(&input, 1);
        operate(what, &op);
        merge_origins();
        check_regions();
        check_differences(&before, &former);
        free(before.regions);
    }
    free(map.regions);
    return 0;
}
