/* SPDX-License-Identifier: MIT */
/*
 * Every map of up to N entries over 6 pages, through the engine and through a painter.
 *
 *   pages     0   1   2   3   4   5          an entry: one of 81 choices
 *   entry         |-----------|              first 0..5, end first..6 (27 ranges, the 6 with
 *   window    ^ placed at page 0, ...        end = first empty), times 3 kinds
 *
 * 81^4 = 43,046,721 maps of exactly 4 entries. The painter has a byte per page and lets each
 * entry set its kind's bit there; the highest bit is the page's kind. It knows no events, no
 * sorting and no sweep. Compared for each map: normal form, kind and attributes of each page,
 * SHARED and CONFLICT, that the origin is an entry of the winning kind, every term of the
 * accounting, the findings but contradictions, and that nothing was written beyond the region
 * array. All maps of 0..N entries are tried at page 0, those of up to N-1 at each other placement;
 * --placement=NAME tries 0..N at one. Whole pages only: rounding is left to the unit tests and
 * painter.py.
 *
 *   memmap_exhaustive [N] [--part=K/M] [--placement=NAME]
 *
 * Exit status 1 where engine and painter disagree, 2 where the arguments are wrong.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "memmap/normalize.h"

#define PAGES        6u
#define KINDS        3u
#define MAX_CHOICES  81u
#define MAX_ENTRIES  6u
#define MAX_REGIONS  (2 * MAX_ENTRIES + 1)
#define STRIDE       40u
#define SPACE_PAGES  (UINT64_C(1) << 52)
#define MAX_PRINTED  5u
#define CANARY       0x5a

/*
 * In order of rank. Usable and reserved have the same attributes, so that page 0, made reserved,
 * has to join a reserved page 1; boot shows that capabilities intersect and restrictions unite.
 */
static const struct {
    const char *name;
    uint32_t type; /* UEFI */
    enum memmap_kind kind;
    uint64_t capabilities, restrictions;
} kinds[KINDS] = {
    {"usable", 7, MEMMAP_USABLE, MEMMAP_WB | MEMMAP_UC, 0},
    {"boot", 4, MEMMAP_BOOT_RECLAIMABLE, MEMMAP_WB | MEMMAP_WC, MEMMAP_XP},
    {"reserved", 0, MEMMAP_RESERVED, MEMMAP_WB | MEMMAP_UC, 0},
};

/* Where the six pages lie. Pages from `room` on are not there: beyond the width or 2^64. */
static const struct placement {
    const char *name;
    uint64_t base_pfn;
    unsigned physical_bits;
    uint32_t room;
    bool wraps; /* an entry that reaches beyond `room` ends beyond 2^64 */
} placements[] = {
    {"page0", 0, 48, PAGES, false},
    {"low", 0x100, 48, PAGES, false},
    {"top", SPACE_PAGES - PAGES, 64, PAGES, false},
    {"wrap", SPACE_PAGES - 5, 64, 5, true},
    {"width32", (UINT64_C(1) << 20) - 3, 32, 3, false},
    {"width36", (UINT64_C(1) << 24) - 3, 36, 3, false},
    {"width46", (UINT64_C(1) << 34) - 5, 46, 5, false},
    {"width48", (UINT64_C(1) << 36) - 1, 48, 1, false},
    {"width52", (UINT64_C(1) << 40) - 3, 52, 3, false},
    {"beyond52", UINT64_C(1) << 40, 52, 0, false},
    {"edge52", (UINT64_C(1) << 40) - PAGES, 52, PAGES, false},
};
#define PLACEMENTS (sizeof placements / sizeof placements[0])

/* One of the 81 entries, as bytes for the engine and as a range for the painter. */
struct choice {
    uint8_t bytes[STRIDE];
    uint32_t first, end; /* pages of the window */
    uint32_t paint_end;  /* what the engine may keep; `first` where it keeps nothing */
    uint32_t kind;       /* index in kinds */
    bool dropped;        /* ends beyond 2^64 */
};

/* What the entries so far have painted. */
struct painting {
    uint8_t kind_bits[PAGES + 2];
    uint8_t entry_bits[PAGES + 2];
    uint8_t stated[PAGES + 2], accepted[PAGES + 2];
    uint32_t empty, wrapping, beyond;
    uint64_t stated_pages[KINDS];
};

static struct {
    const struct placement *placement;
    struct choice choices[MAX_CHOICES];
    uint32_t choice_count;
    uint32_t entry_count;
    uint32_t part, parts; /* part counts from 0 */
    const struct choice *picked[MAX_ENTRIES];
    uint8_t table[MAX_ENTRIES * STRIDE];
    struct memmap_region regions[MAX_REGIONS + 1];
    uint64_t scratch[1024];
    uint64_t scratch_bytes;
    uint64_t maps, disagreements;
} run;

/* ---- the painter ---------------------------------------------------------------------- */

static void paint(struct painting *painting, const struct choice *choice, uint32_t index)
{
    if (choice->first == choice->end) {
        painting->empty++;
        return;
    }
    if (choice->dropped)
        painting->wrapping++;
    else
        painting->stated_pages[choice->kind] += choice->end - choice->first;
    painting->beyond += !choice->dropped && choice->end > run.placement->room;
    for (uint32_t page = choice->first; page < choice->end; page++) {
        painting->stated[page] = 1;
        painting->accepted[page] |= !choice->dropped;
    }
    for (uint32_t page = choice->first; page < choice->paint_end; page++) {
        painting->kind_bits[page] |= (uint8_t)(1u << choice->kind);
        painting->entry_bits[page] |= (uint8_t)(1u << index);
    }
}

/* What each set of kinds on a page makes of it. */
struct verdict {
    enum memmap_kind kind;
    uint64_t attributes;
    bool conflict;
};
static struct verdict verdicts[1u << KINDS];

static void begin_verdicts(void)
{
    for (uint32_t bits = 1; bits < 1u << KINDS; bits++) {
        uint64_t capabilities = UINT64_MAX, restrictions = 0;
        for (uint32_t kind = 0; kind < KINDS; kind++) {
            if ((bits & 1u << kind) == 0)
                continue;
            verdicts[bits].kind = kinds[kind].kind;
            capabilities &= kinds[kind].capabilities;
            restrictions |= kinds[kind].restrictions;
        }
        verdicts[bits].attributes = capabilities | restrictions;
        verdicts[bits].conflict = (bits & (bits - 1)) != 0;
    }
}

static enum memmap_kind painted_kind(const struct painting *painting, uint32_t page)
{
    enum memmap_kind kind = verdicts[painting->kind_bits[page]].kind;

    if (page == 0 && run.placement->base_pfn == 0 && kind == MEMMAP_USABLE)
        return MEMMAP_RESERVED;
    return kind;
}

/* ---- the comparison: NULL, or what is wrong --------------------------------------------- */

static const char *compare_region(const struct painting *painting,
                                  const struct memmap_region *region)
{
    uint32_t first = (uint32_t)(region->first_pfn - run.placement->base_pfn);
    uint32_t end = (uint32_t)(region->end_pfn - run.placement->base_pfn);
    uint32_t entries = 0;
    bool conflict = false;

    for (uint32_t page = first; page < end; page++) {
        const struct verdict *verdict = &verdicts[painting->kind_bits[page]];
        if (painting->kind_bits[page] == 0)
            return "a region where nothing is painted";
        if (region->kind != painted_kind(painting, page))
            return "kind";
        if (region->attributes != verdict->attributes)
            return "attributes";
        conflict |= verdict->conflict;
        entries |= painting->entry_bits[page];
    }
    if (((region->flags & MEMMAP_CONFLICT) != 0) != conflict)
        return "CONFLICT";
    if (((region->flags & MEMMAP_SHARED) != 0) != ((entries & (entries - 1)) != 0))
        return "SHARED";
    if (region->origin >= run.entry_count ||
        (painting->entry_bits[first] & 1u << region->origin) == 0 ||
        kinds[run.picked[region->origin]->kind].kind !=
            verdicts[painting->kind_bits[first]].kind)
        return "origin";
    if (region->reserved != 0)
        return "reserved field";
    return NULL;
}

static const char *compare_map(const struct painting *painting, const struct memmap *map)
{
    uint64_t base = run.placement->base_pfn;
    uint64_t last = base;
    uint32_t painted = 0, covered = 0;

    for (uint32_t page = 0; page < PAGES; page++)
        painted += painting->kind_bits[page] != 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        const char *fault;
        if (region->first_pfn < last || region->first_pfn >= region->end_pfn ||
            region->end_pfn > base + PAGES)
            return "order or bounds of regions";
        if (i > 0 && region->first_pfn == last && region->kind == region[-1].kind &&
            region->attributes == region[-1].attributes)
            return "neighbours not merged";
        fault = compare_region(painting, region);
        if (fault != NULL)
            return fault;
        last = region->end_pfn;
        covered += (uint32_t)(region->end_pfn - region->first_pfn);
    }
    return covered == painted ? NULL : "a painted page is in no region";
}

static bool size_is(struct memmap_size size, uint64_t pages)
{
    return size.pages == pages && size.bytes == 0;
}

/* An entry that says what an earlier one says; one that begins on pages of its own kind. */
static void count_pairs(uint32_t *ret_duplicates, uint32_t *ret_overlaps)
{
    for (uint32_t i = 0; i < run.entry_count; i++) {
        const struct choice *one = run.picked[i];
        bool duplicate = false, overlap = false;
        for (uint32_t j = 0; j < run.entry_count; j++) {
            const struct choice *other = run.picked[j];
            if (j == i || other->kind != one->kind)
                continue;
            duplicate |= j < i && other == one && one->first < one->end;
            overlap |= one->first < one->paint_end && one->first < other->paint_end &&
                       (other->first < one->first || (other->first == one->first && j < i));
        }
        *ret_duplicates += duplicate;
        *ret_overlaps += overlap;
    }
}

static const char *compare_findings(const struct painting *painting,
                                    const struct memmap_report *report)
{
    uint32_t duplicates = 0, overlaps = 0;

    count_pairs(&duplicates, &overlaps);
    if (report->counts[MEMMAP_EMPTY] != painting->empty)
        return "count of empty";
    if (report->counts[MEMMAP_WRAPPING] != painting->wrapping)
        return "count of wrapping";
    if (report->counts[MEMMAP_BEYOND_WIDTH] != painting->beyond)
        return "count of beyond-width";
    if (report->counts[MEMMAP_MISALIGNED] != 0)
        return "count of misaligned";
    if (report->counts[MEMMAP_SHARED_PAGE] != 0)
        return "count of shared-page";
    if (report->counts[MEMMAP_OVERLAP] != overlaps)
        return "count of overlap";
    if (report->counts[MEMMAP_DUPLICATE] != duplicates)
        return "count of duplicate";
    return NULL;
}

static const char *compare_report(const struct painting *painting,
                                  const struct memmap_report *report)
{
    uint32_t stated = 0, output = 0, clipped = 0, dropped = 0;

    for (uint32_t page = 0; page < PAGES; page++) {
        bool out = painting->kind_bits[page] != 0;
        bool there = page < run.placement->room || !run.placement->wraps;
        stated += painting->stated[page] && there;
        output += out;
        clipped += painting->accepted[page] && !out;
        dropped += painting->stated[page] && there && !painting->accepted[page];
    }
    if (!size_is(report->stated, stated))
        return "stated";
    if (!size_is(report->output, output))
        return "output";
    if (!size_is(report->clipped, clipped))
        return "clipped";
    if (!size_is(report->dropped, dropped))
        return "dropped";
    if (!size_is(report->claimed, 0) || !size_is(report->grown, 0) || !size_is(report->lost, 0))
        return "claimed, grown or lost";
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        if (report->stated_pages[kinds[kind].kind] != painting->stated_pages[kind])
            return "stated pages of a kind";
    }
    return compare_findings(painting, report);
}

/* Behind the capacity nothing may be written. */
static bool canary_lives(size_t capacity)
{
    static const uint64_t whole = UINT64_C(0x0101010101010101) * CANARY;
    const struct memmap_region *behind = &run.regions[capacity];

    return behind->first_pfn == whole && behind->end_pfn == whole && behind->attributes == whole;
}

/* ---- one map ------------------------------------------------------------------------------ */

static void print_disagreement(const char *fault, const struct memmap *map)
{
    uint64_t base = run.placement->base_pfn;

    if (run.disagreements > MAX_PRINTED)
        return;
    printf("placement %s, first page 0x%" PRIx64 ", %u address bits: %s\n", run.placement->name,
           base, run.placement->physical_bits, fault);
    for (uint32_t i = 0; i < run.entry_count; i++)
        printf("  entry  %" PRIu32 ": pages [%" PRIu32 ", %" PRIu32 ") %s\n", i,
               run.picked[i]->first, run.picked[i]->end, kinds[run.picked[i]->kind].name);
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        printf("  region %zu: pages [%" PRId64 ", %" PRId64 ") %s attributes 0x%" PRIx64
               " origin 0x%" PRIx32 " flags %u\n",
               i, (int64_t)(region->first_pfn - base), (int64_t)(region->end_pfn - base),
               memmap_kind_name(region->kind), region->attributes, region->origin, region->flags);
    }
}

static void try_map(const struct painting *painting)
{
    struct memmap_input input = {.physical_bits = run.placement->physical_bits};
    struct memmap map = {.regions = run.regions,
                         .capacity = memmap_max_regions(run.entry_count, 0)};
    struct memmap_report report;
    const char *fault = "status";

    run.maps++;
    if (memmap_source_uefi(&input.source, run.table, run.entry_count * STRIDE, STRIDE) ==
            MEMMAP_OK &&
        memmap_normalize(&input, run.scratch, run.scratch_bytes, &map, &report) == MEMMAP_OK) {
        fault = compare_map(painting, &map);
        if (fault == NULL)
            fault = compare_report(painting, &report);
        if (fault == NULL && !canary_lives(map.capacity))
            fault = "wrote beyond the region array";
    }
    if (fault != NULL) {
        run.disagreements++;
        print_disagreement(fault, &map);
    }
}

/* ---- every map -------------------------------------------------------------------------- */

/* Entries from `index` on, in every way, upon what the ones before have painted. */
static void try_entries(uint32_t index, const struct painting *before)
{
    if (index == run.entry_count) {
        try_map(before);
        return;
    }
    for (uint32_t i = 0; i < run.choice_count; i++) {
        struct painting painting = *before;
        if (index == 0 && i % run.parts != run.part)
            continue;
        run.picked[index] = &run.choices[i];
        memcpy(run.table + index * STRIDE, run.choices[i].bytes, STRIDE);
        paint(&painting, &run.choices[i], index);
        try_entries(index + 1, &painting);
    }
}

static void add_choice(uint32_t first, uint32_t end, uint32_t kind)
{
    const struct placement *placement = run.placement;
    struct choice *choice = &run.choices[run.choice_count++];

    choice->first = first;
    choice->end = end;
    choice->kind = kind;
    choice->dropped = placement->wraps && end > placement->room;
    choice->paint_end = end < placement->room ? end : placement->room;
    if (choice->dropped || choice->paint_end < first)
        choice->paint_end = first;
    memset(choice->bytes, 0, STRIDE);
    store_le32(choice->bytes, kinds[kind].type);
    store_le64(choice->bytes + 8, (placement->base_pfn + first) * 4096);
    store_le64(choice->bytes + 24, end - first);
    store_le64(choice->bytes + 32, kinds[kind].capabilities | kinds[kind].restrictions);
}

/* 81 choices; at "wrap" 75, since no entry can begin at 2^64. */
static void begin_choices(void)
{
    run.choice_count = 0;
    for (uint32_t first = 0; first < PAGES; first++) {
        for (uint32_t end = first; end <= PAGES; end++) {
            for (uint32_t kind = 0; kind < KINDS; kind++) {
                if (!run.placement->wraps || first < run.placement->room)
                    add_choice(first, end, kind);
            }
        }
    }
}

static void try_placement(const struct placement *placement, uint32_t max_entries)
{
    static const struct painting blank;

    run.placement = placement;
    begin_choices();
    for (run.entry_count = 0; run.entry_count <= max_entries; run.entry_count++) {
        if (run.entry_count == 0 && run.part != 0)
            continue;
        memset(run.regions, CANARY, sizeof run.regions);
        run.scratch_bytes = memmap_scratch_bytes(run.entry_count, 0);
        try_entries(0, &blank);
    }
}

/* ---- the program ---------------------------------------------------------------------------- */

static int usage(void)
{
    fputs("usage: memmap_exhaustive [N] [--part=K/M] [--placement=NAME]   (N 1..6, K 1..M)\n",
          stderr);
    return 2;
}

static bool parse_part(const char *text)
{
    unsigned part, parts;
    char rest;

    if (sscanf(text, "%u/%u%c", &part, &parts, &rest) != 2 || part < 1 || part > parts)
        return false;
    run.part = part - 1;
    run.parts = parts;
    return true;
}

static const struct placement *find_placement(const char *name)
{
    for (size_t i = 0; i < PLACEMENTS; i++) {
        if (strcmp(placements[i].name, name) == 0)
            return &placements[i];
    }
    return NULL;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    const struct placement *only = NULL;
    double started = seconds_now();
    uint32_t max_entries = 4;

    run.parts = 1;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--part=", 7) == 0) {
            if (!parse_part(argv[i] + 7))
                return usage();
        } else if (strncmp(argv[i], "--placement=", 12) == 0) {
            only = find_placement(argv[i] + 12);
            if (only == NULL)
                return usage();
        } else if (strlen(argv[i]) == 1 && argv[i][0] >= '1' && argv[i][0] <= '6') {
            max_entries = (uint32_t)(argv[i][0] - '0');
        } else {
            return usage();
        }
    }
    if (memmap_scratch_bytes(MAX_ENTRIES, 0) > sizeof run.scratch)
        return 2;
    begin_verdicts();
    for (size_t i = 0; i < PLACEMENTS; i++) {
        if (only == NULL || only == &placements[i])
            try_placement(&placements[i], i == 0 || only != NULL ? max_entries : max_entries - 1);
    }
    printf("memmap-exhaustive: maps=%" PRIu64 " entries=%" PRIu32 " placements=%zu part=%" PRIu32
           "/%" PRIu32 " disagreements=%" PRIu64 " seconds=%.1f\n",
           run.maps, max_entries, only == NULL ? PLACEMENTS : (size_t)1, run.part + 1, run.parts,
           run.disagreements, seconds_now() - started);
    return run.disagreements != 0;
}
