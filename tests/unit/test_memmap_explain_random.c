/* SPDX-License-Identifier: MIT */
/*
 * Why a page is what it is, on random inputs: the verdict must be what memmap_normalize says, the
 * reasons what a painter of quarter pages says.
 */
#include <criterion/logging.h>
#include <inttypes.h>

#include "model/random.h"
#include "test_memmap_explain.h"

#define SEED   UINT64_C(0xe4b1a001)

#define PAGES 20
#define CELLS (PAGES * 4) /* of 1 KiB */

static uint64_t dice;

/* Where the row of pages lies: at the bottom, around 2^32 of a 32-bit machine, at the top. */
struct place {
    uint64_t base_pfn;
    unsigned bits;
    uint32_t width_pages; /* pages of the row inside the address width */
    bool is_top;          /* the row ends at 2^64 */
};

static const struct place places[] = {
    {0, 48, PAGES, false},
    {(UINT64_C(1) << 20) - 12, 32, 12, false},
    {PFN_END - PAGES, 64, PAGES, true},
    {PFN_END - PAGES, 48, 0, true},
};

/* What was stated, in cells of the row. */
struct stroke {
    uint32_t first, cells; /* may go on beyond the row */
    struct memmap_entry entry;
};

/* The rule before the comparison; DECIDES: it covers; COUNT: it does not touch the page. */
static enum memmap_rule painted_rule(const struct stroke *stroke, uint32_t page,
                                     const struct place *place)
{
    uint32_t filled = 0;

    if (stroke->cells == 0)
        return stroke->first / 4 == page ? MEMMAP_RULE_EMPTY : MEMMAP_RULE_COUNT;
    for (uint32_t cell = page * 4; cell < page * 4 + 4; cell++)
        filled += cell >= stroke->first && cell - stroke->first < stroke->cells;
    if (place->is_top && stroke->first + stroke->cells > CELLS)
        return page >= stroke->first / 4 ? MEMMAP_RULE_WRAPPING : MEMMAP_RULE_COUNT;
    if (filled == 0)
        return MEMMAP_RULE_COUNT;
    if (page >= place->width_pages)
        return MEMMAP_RULE_CLIPPED;
    return stroke->entry.kind == MEMMAP_USABLE && filled < 4 ? MEMMAP_RULE_ROUNDED_AWAY
                                                             : MEMMAP_RULE_DECIDES;
}

static unsigned seen[MEMMAP_RULE_COUNT];
static unsigned origins_compared, ties;

struct round {
    struct fixture fixture;
    struct stroke strokes[8];
    const struct place *place;
    struct memmap_region regions[2 * (8 + 4) + 1];
    struct memmap map;
};

static void random_entry(struct round *round, bool e820)
{
    static const uint32_t uefi_types[] = {7, 7, 2, 0, 9};
    static const uint32_t e820_types[] = {1, 1, 3, 2, 5};
    static const uint64_t bits[] = {WB, WB, WB | MEMMAP_UC, WB | MEMMAP_RO, MEMMAP_UC | MEMMAP_XP};
    uint32_t index = round->fixture.entry_count;
    struct stroke *stroke = &round->strokes[index];
    uint64_t base;

    stroke->first = random_below(&dice, CELLS);
    stroke->cells = random_below(&dice, 40);
    if (random_below(&dice, 3) != 0)
        stroke->first &= ~3u, stroke->cells &= ~3u;
    if (random_below(&dice, 4) == 0 && index > 0)
        stroke->first = round->strokes[index - 1].first;
    base = round->place->base_pfn * 4096 + stroke->first * 1024;
    if (!e820) {
        stroke->cells &= ~3u;
        add(&round->fixture, uefi_types[random_below(&dice, 5)], base, stroke->cells / 4,
            bits[random_below(&dice, 5)]);
        return;
    }
    store_le64(round->fixture.bytes + index * 20, base);
    store_le64(round->fixture.bytes + index * 20 + 8, stroke->cells * 1024);
    store_le32(round->fixture.bytes + index * 20 + 16, e820_types[random_below(&dice, 5)]);
    round->fixture.entry_count++;
}

static void random_round(struct round *round)
{
    static const enum memmap_kind kinds[] = {MEMMAP_KERNEL, MEMMAP_RESERVED, MEMMAP_USABLE};
    bool e820 = random_below(&dice, 2) == 0;
    struct fixture *f = &round->fixture;

    round->place = &places[random_below(&dice, 4)];
    begin(f, round->place->bits);
    for (uint32_t count = random_below(&dice, 8); count > 0; count--)
        random_entry(round, e820);
    for (uint32_t count = random_below(&dice, 4); count > 0 && round->place->width_pages > 0; count--) {
        uint32_t first = random_below(&dice, round->place->width_pages);
        uint32_t end = first + 1 + random_below(&dice, round->place->width_pages - first);
        claim(f, round->place->base_pfn + first, round->place->base_pfn + end,
              kinds[random_below(&dice, 3)]);
    }
    uefi(f);
    if (e820)
        cr_assert_eq(memmap_source_e820(&f->input.source, f->bytes, f->entry_count * 20, 20),
                     MEMMAP_OK);
    for (uint32_t i = 0; i < f->entry_count; i++)
        memmap_source_entry(&f->input.source, i, &round->strokes[i].entry);
}

static void normalize(struct round *round)
{
    static uint64_t scratch[1024];
    struct memmap_report report;

    round->map = (struct memmap){round->regions, 0, sizeof round->regions / sizeof round->regions[0]};
    cr_assert_eq(memmap_normalize(&round->fixture.input, scratch, sizeof scratch, &round->map, &report),
                 MEMMAP_OK);
}

/* The region of a page, looked for one by one. */
static const struct memmap_region *region_of(const struct round *round, uint64_t pfn)
{
    for (size_t i = 0; i < round->map.count; i++)
        if (round->regions[i].first_pfn <= pfn && pfn < round->regions[i].end_pfn)
            return &round->regions[i];
    return NULL;
}

/* The verdict is what the normalized map says. */
static void verdict_equals_map(const struct round *round, const struct memmap_verdict *verdict,
                               uint64_t pfn, unsigned long number)
{
    const struct memmap_region *region = region_of(round, pfn);

    cr_assert_eq(verdict->is_hole, region == NULL, "round %lu page %lx", number, pfn);
    if (region == NULL)
        return;
    cr_assert_eq(verdict->kind, region->kind, "round %lu page %lx: %s", number, pfn,
                 memmap_kind_name(verdict->kind));
    cr_assert_eq(verdict->attributes, region->attributes, "round %lu page %lx", number, pfn);
}

/* The highest kind that covers the page, -1 where nothing does. */
static int painted_kind(const struct round *round, uint32_t page)
{
    const struct memmap_input *input = &round->fixture.input;
    uint64_t pfn = round->place->base_pfn + page;
    int top = -1;

    for (uint32_t i = 0; i < input->source.count; i++)
        if (painted_rule(&round->strokes[i], page, round->place) == MEMMAP_RULE_DECIDES &&
            (int)round->strokes[i].entry.kind > top)
            top = (int)round->strokes[i].entry.kind;
    for (uint32_t i = 0; i < input->claim_count; i++)
        if (input->claims[i].first_pfn <= pfn && pfn < input->claims[i].end_pfn &&
            input->claims[i].kind > top)
            top = input->claims[i].kind;
    return top;
}

/* One that could decide: smaller is better, from the first word on. */
struct candidate {
    uint64_t begin;
    uint64_t form; /* 0 an entry of whole pages inside the width, 1 any other, 2 a claim */
    uint64_t end, attributes, first_cell, cells, index;
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    const uint64_t left[] = {a->begin, a->form, a->end, a->attributes, a->first_cell, a->cells};
    const uint64_t right[] = {b->begin, b->form, b->end, b->attributes, b->first_cell, b->cells};

    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        if (left[i] != right[i])
            return left[i] < right[i];
    return a->index < b->index;
}

/* The painting is as wide as the machine only where that is 32 bits wide. */
static bool is_clipped(const struct stroke *stroke, const struct place *place)
{
    return place->bits == 32 && stroke->first + stroke->cells > place->width_pages * 4;
}

static bool is_whole(const struct stroke *stroke, const struct place *place)
{
    return stroke->first % 4 == 0 && stroke->cells % 4 == 0 && !is_clipped(stroke, place);
}

static uint64_t end_page(const struct stroke *stroke, const struct place *place)
{
    uint32_t end_cell = stroke->first + stroke->cells;

    if (is_clipped(stroke, place))
        return place->width_pages;
    return stroke->entry.kind == MEMMAP_USABLE ? end_cell / 4 : (end_cell + 3) / 4;
}

/* All of kind `top` that cover the page. */
static size_t candidates_of(const struct round *round, uint32_t page, int top,
                            struct candidate *candidates)
{
    const struct memmap_input *input = &round->fixture.input;
    uint64_t pfn = round->place->base_pfn + page;
    size_t count = 0;

    for (uint32_t i = 0; i < input->source.count; i++) {
        const struct stroke *stroke = &round->strokes[i];
        uint32_t begin = page;
        if ((int)stroke->entry.kind != top ||
            painted_rule(stroke, page, round->place) != MEMMAP_RULE_DECIDES)
            continue;
        while (begin > 0 && painted_rule(stroke, begin - 1, round->place) == MEMMAP_RULE_DECIDES)
            begin--;
        candidates[count++] = (struct candidate){.begin = round->place->base_pfn + begin,
                                                 .form = !is_whole(stroke, round->place),
                                                 .end = round->place->base_pfn +
                                                        end_page(stroke, round->place),
                                                 .attributes = stroke->entry.attributes,
                                                 .first_cell = stroke->first,
                                                 .cells = stroke->cells,
                                                 .index = i};
    }
    for (uint32_t i = 0; i < input->claim_count; i++)
        if (input->claims[i].first_pfn <= pfn && pfn < input->claims[i].end_pfn &&
            input->claims[i].kind == top)
            candidates[count++] = (struct candidate){.begin = input->claims[i].first_pfn,
                                                     .form = 2,
                                                     .end = input->claims[i].end_pfn,
                                                     .index = i};
    return count;
}

/* The origin is the best candidate's, and that of a region that begins here. */
static void origin_is_painted(const struct round *round, const struct memmap_verdict *verdict,
                              uint32_t page, int top, unsigned long number)
{
    struct candidate candidates[12];
    size_t count = candidates_of(round, page, top, candidates);
    uint64_t pfn = round->place->base_pfn + page;
    const struct memmap_region *region = region_of(round, pfn);
    const struct candidate *best = &candidates[0];
    size_t together = 0;

    if (count == 0) {
        cr_assert_eq(verdict->origin, MEMMAP_NO_ORIGIN, "round %lu", number);
        return;
    }
    for (size_t i = 1; i < count; i++)
        best = is_better(&candidates[i], best) ? &candidates[i] : best;
    for (size_t i = 0; i < count; i++)
        together += candidates[i].begin == best->begin;
    cr_assert_eq(verdict->origin, (best->form == 2 ? CLAIM : 0) | best->index,
                 "round %lu page %lx: %x", number, pfn, verdict->origin);
    if (region->first_pfn != pfn)
        return;
    ties += together > 1;
    cr_assert_eq(region->origin, verdict->origin, "round %lu page %lx: region's %x", number, pfn,
                 region->origin);
    origins_compared++;
}

/* The next reason is of this origin and kind, by this rule; a cover is compared with `top`. */
static void reason_is(struct memmap_explanation *walk, uint32_t origin, enum memmap_kind kind,
                      enum memmap_rule rule, int top, unsigned long number)
{
    struct memmap_reason got;

    cr_assert(memmap_explain_next(walk, &got), "round %lu: %x is missing", number, origin);
    cr_assert(got.origin == origin && got.kind == kind, "round %lu: %x", number, got.origin);
    if (rule == MEMMAP_RULE_DECIDES && (int)kind < top)
        rule = MEMMAP_RULE_OUTRANKED;
    else if (rule == MEMMAP_RULE_DECIDES && origin != walk->verdict.origin)
        rule = MEMMAP_RULE_SAME_KIND;
    cr_assert_eq(got.rule, rule, "round %lu: %x %s", number, origin, memmap_rule_name(got.rule));
    seen[got.rule]++;
}

static void explain_page(const struct round *round, uint32_t page, unsigned long number)
{
    const struct memmap_input *input = &round->fixture.input;
    uint64_t pfn = round->place->base_pfn + page;
    int top = painted_kind(round, page);
    uint32_t covers = 0;
    struct memmap_explanation walk;
    struct memmap_reason none;

    cr_assert_eq(memmap_explain_begin(&walk, input, pfn), MEMMAP_OK);
    verdict_equals_map(round, &walk.verdict, pfn, number);
    origin_is_painted(round, &walk.verdict, page, top, number);
    cr_assert_eq(walk.verdict.page_0, pfn == 0 && top == MEMMAP_USABLE);
    for (uint32_t i = 0; i < input->source.count; i++) {
        enum memmap_rule rule = painted_rule(&round->strokes[i], page, round->place);
        covers += rule == MEMMAP_RULE_DECIDES;
        if (rule != MEMMAP_RULE_COUNT)
            reason_is(&walk, i, round->strokes[i].entry.kind, rule, top, number);
    }
    cr_assert_eq(walk.verdict.entry_count, covers, "round %lu", number);
    for (uint32_t i = 0; i < input->claim_count; i++)
        if (input->claims[i].first_pfn <= pfn && pfn < input->claims[i].end_pfn) {
            covers++;
            reason_is(&walk, CLAIM | i, (enum memmap_kind)input->claims[i].kind,
                      MEMMAP_RULE_DECIDES, top, number);
        }
    cr_assert_eq(walk.verdict.entry_count + walk.verdict.claim_count, covers, "round %lu", number);
    cr_assert_not(memmap_explain_next(&walk, &none), "round %lu: one more, %x", number, none.origin);
}

Test(memmap_explain, says_of_every_page_what_the_map_and_the_painter_say)
{
    for (unsigned long number = 0; number < 30000; number++) {
        struct round round;
        dice = SEED + number;
        random_round(&round);
        normalize(&round);
        for (uint32_t page = 0; page < PAGES; page++)
            explain_page(&round, page, number);
    }
    cr_log_info("seed %#" PRIx64 ", %u origins compared, %u ties", SEED, origins_compared, ties);
    cr_assert(origins_compared > 10000 && ties > 1000);
    for (unsigned rule = 0; rule < MEMMAP_RULE_COUNT; rule++)
        cr_assert_gt(seen[rule], 1000, "the rounds reach %s", memmap_rule_name((enum memmap_rule)rule));
}
