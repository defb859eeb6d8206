/* SPDX-License-Identifier: MIT */
/* What memmap_normalize said, compared with what the painter painted; see painter.h. */
#include <string.h>

#include "painter.h"

/* ---- regions ----------------------------------------------------------------------------- */

static painter_place first_of_origin(const struct painting *painting, uint32_t index)
{
    return index < painting->entry_count
               ? painter_covered(painting, &painting->entries[index]).first
               : painter_claimed(&painting->claims[index - painting->entry_count]).first;
}

/* The deciding origin covers the first page, has its kind, and none of those begins before it. */
static bool origin_is_good(const struct painting *painting, const struct painter_region *painted,
                           uint32_t origin)
{
    uint32_t index = origin;

    if ((origin & MEMMAP_ORIGIN_CLAIM) != 0)
        index = painting->entry_count + (origin & ~MEMMAP_ORIGIN_CLAIM);
    else if (origin >= painting->entry_count)
        return false;
    if (index >= PAINTER_MOST || (painted->first_origins >> index & 1) == 0 ||
        painter_kind(painting, index) != painted->top_kind)
        return false;
    for (uint32_t i = 0; i < PAINTER_MOST; i++) {
        if ((painted->first_origins >> i & 1) != 0 &&
            painter_kind(painting, i) == painted->top_kind &&
            first_of_origin(painting, i) < first_of_origin(painting, index))
            return false;
    }
    return true;
}

static const char *judge_region(const struct painting *painting,
                                const struct painter_region *painted,
                                const struct memmap_region *region)
{
    if (region->first_pfn * PAINTER_PAGE != painted->first ||
        region->end_pfn * PAINTER_PAGE != painted->end)
        return "bounds of a region";
    if (region->kind != painted->kind)
        return "kind";
    if (region->attributes != painted->attributes)
        return "attributes";
    if (!origin_is_good(painting, painted, region->origin))
        return "origin";
    if (((region->flags & MEMMAP_SHARED) != 0) != painter_several(painted->origins))
        return "SHARED";
    if (((region->flags & MEMMAP_CONFLICT) != 0) != painted->conflict)
        return "CONFLICT";
    if ((region->flags & ~(MEMMAP_SHARED | MEMMAP_CONFLICT)) != 0 || region->reserved != 0)
        return "unknown flags or reserved field";
    return NULL;
}

static const char *judge_map(const struct painting *painting, const struct memmap *map)
{
    if (map->count != painting->region_count)
        return "number of regions";
    for (size_t i = 0; i < map->count; i++) {
        const char *fault = judge_region(painting, &painting->regions[i], &map->regions[i]);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* ---- claims of loaded memory ------------------------------------------------------------- */

/* What is wrong with the loaded claims of a cell. */
static enum memmap_status judge_claims(const struct painting *painting,
                                       const struct painter_cell *cell)
{
    enum memmap_status status = MEMMAP_OK;
    uint32_t loaded = 0, kind = 0;

    for (uint32_t i = 0; i < painting->claim_count; i++) {
        if ((cell->origins >> (painting->entry_count + i) & 1) != 0 &&
            (painting->claims[i].flags & MEMMAP_CLAIM_LOADED) != 0) {
            loaded++;
            kind = painting->claims[i].kind;
        }
    }
    if (loaded == 0)
        return MEMMAP_OK;
    if ((painter_kinds(painting, cell->origins & painter_entries(painting)) &
         UINT32_C(1) << MEMMAP_LOADER_RECLAIMABLE) == 0)
        status = MEMMAP_CLAIM_MISSES;
    if (loaded > 1 || painter_top(painter_kinds(painting, cell->origins)) != kind)
        status = MEMMAP_CLAIM_LOST;
    return status;
}

static const char *judge_status(const struct painting *painting, enum memmap_status status,
                                const struct memmap_report *report)
{
    enum memmap_status painted = MEMMAP_OK;
    uint32_t i = 0;

    for (; i < painting->cell_count && painted == MEMMAP_OK; i++)
        painted = judge_claims(painting, &painting->cells[i]);
    if (status != painted)
        return "status";
    if (painted == MEMMAP_OK)
        return report->fault_claim == MEMMAP_NO_ORIGIN ? NULL : "a fault of a good claim";
    if (report->fault_pfn * PAINTER_PAGE != painting->cells[i - 1].first)
        return "page of the claim's fault";
    if (report->fault_claim >= painting->claim_count ||
        (painting->cells[i - 1].origins >> (painting->entry_count + report->fault_claim) & 1) == 0)
        return "claim of the fault";
    return NULL;
}

/* ---- the report -------------------------------------------------------------------------- */

static bool size_is(struct memmap_size size, painter_place bytes)
{
    return size.bytes < PAINTER_PAGE && size.pages * PAINTER_PAGE + size.bytes == bytes;
}

static const char *judge_sizes(const struct painting *painting, const struct memmap_report *report)
{
    painter_place stated = 0, claimed = 0, grown = 0, lost = 0;
    painter_place clipped = 0, dropped = 0, output = 0;

    for (uint32_t i = 0; i < painting->cell_count; i++) {
        const struct painter_cell *cell = &painting->cells[i];
        painter_place bytes = cell->end - cell->first;
        if (cell->stated)
            stated += bytes;
        if (cell->origins != 0)
            output += bytes;
        if (cell->origins != 0 && !cell->stated)
            *((cell->origins & painter_entries(painting)) != 0 ? &grown : &claimed) += bytes;
        if (cell->origins == 0 && cell->stated)
            *(cell->first >= painting->width_end ? &clipped
              : cell->accepted                   ? &lost
                                                 : &dropped) += bytes;
    }
    if (!size_is(report->stated, stated))
        return "stated";
    if (!size_is(report->claimed, claimed))
        return "claimed";
    if (!size_is(report->grown, grown))
        return "grown";
    if (!size_is(report->lost, lost))
        return "lost";
    if (!size_is(report->clipped, clipped))
        return "clipped";
    if (!size_is(report->dropped, dropped))
        return "dropped";
    return size_is(report->output, output) ? NULL : "output";
}

/* Does entry i begin where an entry of its kind covers already? Of equal ones all but one. */
static bool overlaps(const struct painting *painting, uint32_t i)
{
    struct painter_extent one = painter_covered(painting, &painting->entries[i]);

    for (uint32_t j = 0; j < painting->entry_count && one.first < one.end; j++) {
        struct painter_extent other = painter_covered(painting, &painting->entries[j]);
        if (painting->entries[j].kind == painting->entries[i].kind && one.first < other.end &&
            (other.first < one.first || (other.first == one.first && j < i)))
            return true;
    }
    return false;
}

static bool repeats(const struct painting *painting, uint32_t i)
{
    const struct memmap_entry *one = &painting->entries[i];

    for (uint32_t j = 0; j < i && !painter_is_empty(one); j++) {
        const struct memmap_entry *other = &painting->entries[j];
        if (one->base_bytes == other->base_bytes && one->page_count == other->page_count &&
            one->tail_bytes == other->tail_bytes && one->kind == other->kind &&
            one->attributes == other->attributes)
            return true;
    }
    return false;
}

static void note(struct memmap_report *report, bool found, enum memmap_finding finding, uint32_t i)
{
    if (found && report->counts[finding]++ == 0)
        report->firsts[finding] = i;
}

/* What can be said of findings without knowing an order. */
static void count_findings(const struct painting *painting, struct memmap_report *report)
{
    for (uint32_t i = 0; i < painting->entry_count; i++) {
        const struct memmap_entry *entry = &painting->entries[i];
        struct painter_extent stated = painter_stated(entry);
        bool accepted = !painter_drops(entry);
        note(report, painter_is_empty(entry), MEMMAP_EMPTY, i);
        note(report, stated.end > PAINTER_END && !painter_is_empty(entry), MEMMAP_WRAPPING, i);
        note(report, accepted && (stated.first | stated.end) % PAINTER_PAGE != 0,
             MEMMAP_MISALIGNED, i);
        note(report, accepted && stated.end > painting->width_end, MEMMAP_BEYOND_WIDTH, i);
        note(report, overlaps(painting, i), MEMMAP_OVERLAP, i);
        note(report, repeats(painting, i), MEMMAP_DUPLICATE, i);
        if (accepted)
            report->stated_pages[entry->kind] += entry->page_count;
    }
}

static const char *judge_findings(const struct painting *painting,
                                  const struct memmap_report *report)
{
    struct memmap_report painted = {0};
    bool conflict = false;

    count_findings(painting, &painted);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if ((report->firsts[i] == MEMMAP_NO_ORIGIN) != (report->counts[i] == 0))
            return "first entry of a finding";
        if (i == MEMMAP_SHARED_PAGE || i == MEMMAP_CONTRADICTION)
            continue;
        if (report->counts[i] != painted.counts[i])
            return memmap_finding_name((enum memmap_finding)i);
        if (i <= MEMMAP_BEYOND_WIDTH && painted.counts[i] > 0 &&
            report->firsts[i] != painted.firsts[i])
            return "first entry of a finding of one entry";
    }
    for (uint32_t i = 0; i < painting->region_count; i++)
        conflict |= painting->regions[i].conflict;
    if ((report->counts[MEMMAP_CONTRADICTION] > 0) != conflict)
        return "contradiction";
    return memcmp(report->stated_pages, painted.stated_pages, sizeof painted.stated_pages) == 0
               ? NULL
               : "stated pages of a kind";
}

static const char *judge_counts(const struct painting *painting, const struct memmap_report *report)
{
    uint64_t pages[MEMMAP_KIND_COUNT] = {0};

    for (uint32_t i = 0; i < painting->region_count; i++) {
        const struct painter_region *region = &painting->regions[i];
        pages[region->kind] += (uint64_t)((region->end - region->first) / PAINTER_PAGE);
    }
    if (memcmp(report->region_pages, pages, sizeof pages) != 0)
        return "pages of a kind";
    if (report->entry_count != painting->entry_count ||
        report->claim_count != painting->claim_count ||
        report->region_count != painting->region_count || report->reserved != 0)
        return "counts of the report";
    return NULL;
}

const char *painter_judge(const struct painting *painting, enum memmap_status status,
                          const struct memmap *map, const struct memmap_report *report)
{
    const char *fault = judge_status(painting, status, report);

    if (fault == NULL)
        fault = judge_map(painting, map);
    if (fault == NULL)
        fault = judge_sizes(painting, report);
    if (fault == NULL)
        fault = judge_counts(painting, report);
    return fault == NULL ? judge_findings(painting, report) : fault;
}
