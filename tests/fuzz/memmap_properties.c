/* SPDX-License-Identifier: MIT */
/* See memmap_properties.h. Buffers are as large as promised, to the byte, with junk behind them. */
#include "memmap_properties.h"

#include <string.h>

#include "model/painter.h"
#include "memmap/compare.h"
#include "memmap/explain.h"

#define CANARY        0x5a
#define CANARY_BYTES  32u
#define MOST_REGIONS  (2 * (LAYOUT_MOST + SPECIMEN_CLAIMS) + 1)
#define SCRATCH_BYTES 16384u

struct result {
    enum memmap_status status;
    struct memmap map;
    struct memmap_report report;
    struct memmap_region regions[MOST_REGIONS + 1];
};

static struct result base;  /* of the specimen as it is */
static struct result other; /* of a variant */
static uint8_t table[LAYOUT_BYTES];
static uint64_t scratch[(SCRATCH_BYTES + CANARY_BYTES) / 8];

/* ---- running the engine ------------------------------------------------------------------- */

static bool is_junk(const void *memory, size_t size_bytes)
{
    const uint8_t *bytes = memory;

    /* Every byte is the next one's, and the first is junk. */
    return size_bytes == 0 ||
           (bytes[0] == CANARY && memcmp(bytes, bytes + 1, size_bytes - 1) == 0);
}

/* Into buffers of exactly the promised size. */
static const char *run(const struct memmap_input *input, struct result *result)
{
    uint64_t scratch_bytes = memmap_scratch_bytes(input->source.count, input->claim_count);
    uint64_t capacity = memmap_max_regions(input->source.count, input->claim_count);

    if (capacity > MOST_REGIONS || scratch_bytes > SCRATCH_BYTES)
        return "the promised buffers are too large for this test";
    result->map = (struct memmap){.regions = result->regions, .capacity = (size_t)capacity};
    memset(&result->regions[capacity], CANARY, sizeof result->regions[0]);
    memset((uint8_t *)scratch + scratch_bytes, CANARY, CANARY_BYTES);
    result->status =
        memmap_normalize(input, scratch, scratch_bytes, &result->map, &result->report);
    if (!is_junk(&result->regions[capacity], sizeof result->regions[0]))
        return "wrote beyond the region array";
    if (!is_junk((uint8_t *)scratch + scratch_bytes, CANARY_BYTES))
        return "wrote beyond the scratch memory";
    if (result->map.count > capacity)
        return "more regions than the bound";
    return NULL;
}

/* The format the specimen itself is normalized from. */
static enum memmap_format own_format(const struct specimen *specimen)
{
    return specimen->layout.plain ? MEMMAP_FORMAT_E820 : MEMMAP_FORMAT_UEFI;
}

static struct memmap_input input_of(const struct specimen *specimen)
{
    return (struct memmap_input){.claims = specimen->claims,
                                 .claim_count = specimen->claim_count,
                                 .physical_bits = specimen->physical_bits};
}

static const char *run_as(const struct specimen *specimen, enum memmap_format format,
                          uint32_t choice, struct result *result)
{
    struct memmap_input input = input_of(specimen);

    if (layout_open(&specimen->layout, format, choice, table, &input.source) != MEMMAP_OK)
        return "a reader refuses a good table";
    return run(&input, result);
}

static bool sizes_equal(const struct memmap_report *left, const struct memmap_report *right)
{
    /* stated to output stand side by side: their layout is part of the ABI. */
    return memcmp(&left->stated, &right->stated, 7 * sizeof left->stated) == 0;
}

/* Runs the variant; it must give the same ranges, kinds and attributes, sizes and status. */
static const char *expect_same(const struct specimen *variant, enum memmap_format format,
                               uint32_t choice)
{
    const char *fault = run_as(variant, format, choice, &other);

    if (fault != NULL)
        return fault;
    if (other.status != base.status)
        return "another status";
    if (!memmap_equal(&base.map, &other.map))
        return "another map";
    return sizes_equal(&base.report, &other.report) ? NULL : "another accounting";
}

const char *specimen_judge(const struct specimen *specimen)
{
    static struct painting painting;
    const char *fault = run_as(specimen, own_format(specimen), 0, &base);

    if (fault != NULL)
        return fault;
    painter_paint(&painting, specimen->layout.entries, specimen->layout.count, specimen->claims,
                  specimen->claim_count, specimen->physical_bits);
    fault = painter_judge(&painting, base.status, &base.map, &base.report);
    if (fault != NULL)
        return fault;
    if (memmap_check(&base.map, specimen->physical_bits, NULL) != MEMMAP_OK)
        return "memmap_check";
    return memmap_report_balances(&base.report) ? NULL : "memmap_report_balances";
}

/* ---- properties ---------------------------------------------------------------------------- */

/* One region or one byte of scratch too few: NO_ROOM, and everything stays as it was. */
static const char *small_buffers(const struct specimen *specimen, bool *ret_applied)
{
    struct memmap_input input = input_of(specimen);
    uint64_t scratch_bytes;
    enum memmap_status status;

    *ret_applied = true;
    if (layout_open(&specimen->layout, own_format(specimen), 0, table, &input.source) != MEMMAP_OK)
        return "reader";
    scratch_bytes = memmap_scratch_bytes(input.source.count, input.claim_count);
    memset(&other, CANARY, sizeof other);
    other.map = (struct memmap){.regions = other.regions,
                                .count = 77,
                                .capacity = (size_t)memmap_max_regions(input.source.count,
                                                                       input.claim_count)};
    if (scratch_bytes > 0 && (specimen->seed & 1) != 0) {
        status = memmap_normalize(&input, scratch, scratch_bytes - 1, &other.map, &other.report);
    } else {
        other.map.capacity--;
        status = memmap_normalize(&input, scratch, scratch_bytes, &other.map, &other.report);
    }
    if (status != MEMMAP_NO_ROOM)
        return "not NO_ROOM";
    return other.map.count == 77 && is_junk(other.regions, sizeof other.regions) &&
                   is_junk(&other.report, sizeof other.report)
               ? NULL
               : "changed something";
}

static const char *order(const struct specimen *specimen, bool *ret_applied)
{
    struct specimen variant = *specimen;
    uint64_t state = specimen->seed + 1;
    struct layout *layout = &variant.layout;

    *ret_applied = layout->count > 1 || variant.claim_count > 1;
    for (uint32_t i = layout->count; i > 1; i--) {
        uint32_t j = random_below(&state, i);
        struct memmap_entry entry = layout->entries[i - 1];
        layout->entries[i - 1] = layout->entries[j];
        layout->entries[j] = entry;
    }
    for (uint32_t i = variant.claim_count; i > 1; i--) {
        uint32_t j = random_below(&state, i);
        struct memmap_claim claim = variant.claims[i - 1];
        variant.claims[i - 1] = variant.claims[j];
        variant.claims[j] = claim;
    }
    return expect_same(&variant, own_format(specimen), 0);
}

/* The map's own regions, normalized again. */
static const char *idempotence(const struct specimen *specimen, bool *ret_applied)
{
    struct memmap_input input = {.physical_bits = specimen->physical_bits};
    static const uint32_t nothing[MEMMAP_FINDING_COUNT];
    size_t count = base.map.count <= LAYOUT_MOST ? base.map.count : LAYOUT_MOST;
    const struct memmap part = {.regions = base.regions, .count = count};
    const char *fault;

    *ret_applied = count > 0;
    if (memmap_source_bootinfo(&input.source, base.regions, count * sizeof base.regions[0],
                               sizeof base.regions[0]) != MEMMAP_OK)
        return "reader";
    fault = run(&input, &other);
    if (fault != NULL)
        return fault;
    if (other.status != MEMMAP_OK || !memmap_equal(&part, &other.map))
        return "another map";
    return memcmp(other.report.counts, nothing, sizeof nothing) == 0 ? NULL : "findings";
}

/* Splits an entry at a page bound inside it; false where there is none. */
static bool split(struct layout *layout, uint32_t index, uint64_t choice)
{
    struct memmap_entry *left = &layout->entries[index], *right = &layout->entries[layout->count];
    struct painter_extent stated = painter_stated(left);
    painter_place first = stated.first / PAINTER_PAGE + 1;
    painter_place end = (stated.end + PAINTER_PAGE - 1) / PAINTER_PAGE, cut;

    if (painter_drops(left) || first >= end)
        return false;
    if (!layout->plain && stated.first % PAINTER_PAGE != 0)
        return false; /* UEFI counts pages: it cannot say the halves */
    cut = (first + choice % (end - first)) * PAINTER_PAGE;
    *right = *left;
    right->base_bytes = (uint64_t)cut;
    right->page_count = (uint64_t)((stated.end - cut) / PAINTER_PAGE);
    right->tail_bytes = (uint32_t)((stated.end - cut) % PAINTER_PAGE);
    left->page_count = (uint64_t)((cut - stated.first) / PAINTER_PAGE);
    left->tail_bytes = (uint32_t)((cut - stated.first) % PAINTER_PAGE);
    layout->count++;
    return true;
}

static const char *splitting(const struct specimen *specimen, bool *ret_applied)
{
    struct specimen variant = *specimen;
    uint64_t state = specimen->seed + 2;

    if (variant.layout.count == 0 || variant.layout.count == LAYOUT_MOST ||
        !split(&variant.layout, random_below(&state, variant.layout.count), random_next(&state)))
        return NULL;
    *ret_applied = true;
    return expect_same(&variant, own_format(specimen), 0);
}

static const char *repetition(const struct specimen *specimen, bool *ret_applied)
{
    struct specimen variant = *specimen;
    struct layout *layout = &variant.layout;
    uint64_t state = specimen->seed + 3;

    if (layout->count == 0 || layout->count == LAYOUT_MOST)
        return NULL;
    *ret_applied = true;
    layout->entries[layout->count] = layout->entries[random_below(&state, layout->count)];
    layout->count++;
    return expect_same(&variant, own_format(specimen), 0);
}

/* Is everything on pages 1 to `end_pfn`, so that moving it up by `end_pfn` less changes no rule? */
static bool is_free_to_move(const struct specimen *specimen, painter_place end)
{
    for (uint32_t i = 0; i < specimen->layout.count; i++) {
        struct painter_extent stated = painter_stated(&specimen->layout.entries[i]);
        if (stated.first < PAINTER_PAGE || stated.end > end)
            return false;
    }
    for (uint32_t i = 0; i < specimen->claim_count; i++) {
        if (specimen->claims[i].first_pfn == 0 || specimen->claims[i].end_pfn * PAINTER_PAGE > end)
            return false;
    }
    return true;
}

/* Moved up by whole pages everything is the same, origins, flags and findings too. */
static const char *translation(const struct specimen *specimen, bool *ret_applied)
{
    struct specimen variant = *specimen;
    uint64_t state = specimen->seed + 4;
    uint64_t pages = 1 + random_below(&state, UINT32_C(1) << (random_below(&state, 20) + 1));
    const char *fault;

    if (!is_free_to_move(specimen,
                         ((painter_place)1 << specimen->physical_bits) - pages * PAINTER_PAGE))
        return NULL;
    *ret_applied = true;
    for (uint32_t i = 0; i < variant.layout.count; i++)
        variant.layout.entries[i].base_bytes += pages * PAGE_BYTES;
    for (uint32_t i = 0; i < variant.claim_count; i++) {
        variant.claims[i].first_pfn += pages;
        variant.claims[i].end_pfn += pages;
    }
    fault = run_as(&variant, own_format(specimen), 0, &other);
    if (fault != NULL)
        return fault;
    for (size_t i = 0; i < other.map.count; i++) {
        other.regions[i].first_pfn -= pages;
        other.regions[i].end_pfn -= pages;
    }
    if (other.report.fault_claim != MEMMAP_NO_ORIGIN)
        other.report.fault_pfn -= pages;
    if (other.status != base.status || other.map.count != base.map.count ||
        memcmp(other.regions, base.regions, base.map.count * sizeof base.regions[0]) != 0)
        return "another map";
    return memcmp(&other.report, &base.report, sizeof base.report) == 0 ? NULL : "another report";
}

/*
 * Claims laid over the normalized entries by memmap_reserve. Two things must differ: reserving
 * leaves holes holes, and page 0, once made reserved because it was usable, outranks most claims.
 */
static const char *reserving_later(const struct specimen *specimen, bool *ret_applied)
{
    struct specimen variant = *specimen;
    struct memmap_difference_walk walk;
    struct memmap_difference difference;
    const char *fault;
    uint64_t kept_pages;

    *ret_applied = specimen->claim_count > 0;
    variant.claim_count = 0;
    fault = run_as(&variant, own_format(specimen), 0, &other);
    if (fault != NULL)
        return fault;
    other.map.capacity += 2 * (size_t)specimen->claim_count;
    for (uint32_t i = 0; i < specimen->claim_count; i++) {
        const struct memmap_claim *claim = &specimen->claims[i];
        if (memmap_reserve(&other.map, claim->first_pfn, claim->end_pfn,
                           (enum memmap_kind)claim->kind, MEMMAP_ORIGIN_CLAIM | i,
                           &kept_pages) != MEMMAP_OK)
            return "memmap_reserve refuses";
    }
    memmap_difference_begin(&walk, &base.map, &other.map);
    while (memmap_difference_next(&walk, &difference)) {
        bool hole = difference.right.is_hole && difference.left.attributes == 0;
        bool page_0 = difference.end_pfn == 1 && difference.right.kind == MEMMAP_RESERVED;
        if (!hole && !page_0)
            return "another map";
    }
    return memmap_check(&other.map, specimen->physical_bits, NULL) == MEMMAP_OK ? NULL
                                                                               : "memmap_check";
}

/* Two of the readers that can say the layout, another two each time. */
static const char *readers(const struct specimen *specimen, bool *ret_applied)
{
    uint64_t state = specimen->seed + 5;
    unsigned format = random_below(&state, MEMMAP_FORMAT_COUNT);

    for (unsigned i = 0, tried = 0; i < MEMMAP_FORMAT_COUNT && tried < 2; i++) {
        const char *fault;
        format = (format + 1) % MEMMAP_FORMAT_COUNT;
        if (!layout_fits(&specimen->layout, (enum memmap_format)format))
            continue;
        tried++;
        *ret_applied |= format != own_format(specimen);
        fault = expect_same(specimen, (enum memmap_format)format, random_below(&state, 60));
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* A page near a bound of some entry or claim. */
static uint64_t interesting_pfn(const struct specimen *specimen, uint64_t *state)
{
    uint32_t index = random_below(state, specimen->layout.count + specimen->claim_count + 1);
    painter_place place = 0;

    if (index < specimen->layout.count) {
        struct painter_extent stated = painter_stated(&specimen->layout.entries[index]);
        place = random_below(state, 2) == 0 ? stated.first : stated.end;
    } else if (index < specimen->layout.count + specimen->claim_count) {
        place = specimen->claims[index - specimen->layout.count].end_pfn * PAINTER_PAGE;
    }
    place = place / PAINTER_PAGE + random_below(state, 3);
    return place > PFN_END ? PFN_END - 1 : place == 0 ? 0 : (uint64_t)place - 1;
}

static const char *explanations(const struct specimen *specimen, bool *ret_applied)
{
    struct memmap_input input = input_of(specimen);
    uint64_t state = specimen->seed + 6;

    *ret_applied = true;
    if (layout_open(&specimen->layout, own_format(specimen), 0, table, &input.source) != MEMMAP_OK)
        return "reader";
    for (unsigned round = 0; round < 2; round++) {
        struct memmap_explanation walk;
        uint64_t pfn = interesting_pfn(specimen, &state);
        size_t index;
        bool hole = memmap_find(&base.map, pfn, &index) != MEMMAP_OK;
        if (memmap_explain_begin(&walk, &input, pfn) != MEMMAP_OK)
            return "memmap_explain_begin refuses";
        if (walk.verdict.is_hole != hole)
            return "hole or not";
        if (!hole && (walk.verdict.kind != base.regions[index].kind ||
                      walk.verdict.attributes != base.regions[index].attributes))
            return "another verdict";
    }
    return NULL;
}

#define BUFFER_BYTES (sizeof(struct memmap_region) * MOST_REGIONS + SCRATCH_BYTES + LAYOUT_BYTES)

/* In a buffer of exactly the promised size: the same regions, origins and flags, the same report. */
static const char *in_place(const struct specimen *specimen, bool *ret_applied)
{
    static uint64_t buffer[(BUFFER_BYTES + CANARY_BYTES) / 8];
    struct memmap_input input = input_of(specimen);
    struct memmap map = {0};
    struct memmap_report report;
    uint64_t bytes;

    *ret_applied = true;
    if (layout_open(&specimen->layout, own_format(specimen), 0, table, &input.source) != MEMMAP_OK)
        return "a reader refuses a good table";
    bytes = memmap_in_place_bytes(input.source.count, input.claim_count,
                                  input.source.stride_bytes);
    if (bytes > BUFFER_BYTES)
        return "the promised buffer is too large for this test";
    memcpy(buffer, input.source.bytes, (size_t)input.source.count * input.source.stride_bytes);
    input.source.bytes = (const uint8_t *)buffer;
    memset((uint8_t *)buffer + bytes, CANARY, CANARY_BYTES);
    if (memmap_normalize_in_place(&input, buffer, bytes, &map, &report) != base.status)
        return "another status in place";
    if (!is_junk((uint8_t *)buffer + bytes, CANARY_BYTES))
        return "wrote beyond the buffer";
    if (map.count != base.map.count ||
        memcmp(map.regions, base.regions, map.count * sizeof *map.regions) != 0)
        return "another map in place";
    return memcmp(&report, &base.report, sizeof report) != 0 ? "another report in place" : NULL;
}

const struct property properties[] = {
    {"small-buffers", small_buffers}, {"order", order},
    {"idempotence", idempotence},     {"splitting", splitting},
    {"repetition", repetition},       {"translation", translation},
    {"reserving-later", reserving_later}, {"readers", readers},
    {"explanations", explanations},   {"in-place", in_place},
};
const unsigned property_count = sizeof properties / sizeof properties[0];
