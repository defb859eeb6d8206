/* SPDX-License-Identifier: MIT */
/* The sweep over the sorted events; see normalize.h for what it does. */
#include "memmap/normalize.h"

#include "base/bits.h"
#include "base/mem.h"
#include "memmap/cover.h"
#include "memmap/events.h"

/* The caller's scratch memory, cut up. */
struct scratch {
    struct memmap_event *events;
    struct memmap_event *spare;
    uint32_t *links; /* for the cover */
};

struct sweep {
    const struct memmap_input *input;
    struct memmap *map;
    struct memmap_report *report;
    struct scratch scratch;
    struct cover cover;
    uint64_t width_pfn;
    uint64_t last_pfn; /* where the sweep stood before */
    uint16_t last_offset;
    uint32_t raw;           /* ranges as stated that cover the place, of accepted entries */
    uint32_t raw_dropped;   /* and of dropped ones */
    uint32_t loaded_claims; /* of the claims that cover it */
    uint32_t loaded_claim;  /* the last one that opened */
    bool open;         /* is a region open? */
    struct memmap_region region; /* the open one; its end is not set yet */
};

static const char finding_names[MEMMAP_FINDING_COUNT][16] = {
    "empty",       "wrapping",  "misaligned", "beyond-width",
    "shared-page", "duplicate", "overlap",    "contradiction",
};

const char *memmap_finding_name(enum memmap_finding finding)
{
    return (unsigned)finding < MEMMAP_FINDING_COUNT ? finding_names[finding] : "unknown";
}

uint64_t memmap_scratch_bytes(uint32_t entry_count, uint32_t claim_count)
{
    uint64_t origins = (uint64_t)entry_count + claim_count;

    return 2 * events_bound(entry_count, claim_count) * sizeof(struct memmap_event) +
           2 * origins * sizeof(uint32_t);
}

static struct scratch cut_scratch(void *memory, uint32_t entry_count, uint32_t claim_count)
{
    struct scratch scratch;
    uint64_t bound = events_bound(entry_count, claim_count);

    scratch.events = memory;
    scratch.spare = scratch.events + bound;
    scratch.links = (uint32_t *)(void *)(scratch.spare + bound);
    return scratch;
}

/* ---- accounting ------------------------------------------------------------------ */

static void size_add(struct memmap_size *size, uint64_t pages, uint64_t bytes)
{
    size->bytes += bytes;
    size->pages += pages + size->bytes / PAGE_BYTES;
    size->bytes %= PAGE_BYTES;
}

/* Accounts for the bytes between the last place and this one, all covered alike. */
static void account_span(struct sweep *sweep, const struct memmap_event *to)
{
    const struct cover *cover = &sweep->cover;
    struct memmap_report *report = sweep->report;
    uint64_t pages = to->pfn - sweep->last_pfn;
    uint64_t bytes = to->offset;
    bool in_output = cover->entries + cover->claims > 0;
    bool stated = sweep->raw + sweep->raw_dropped > 0;

    if (bytes < sweep->last_offset) {
        pages--;
        bytes += PAGE_BYTES;
    }
    bytes -= sweep->last_offset;
    if (stated)
        size_add(&report->stated, pages, bytes);
    if (stated && !in_output) {
        if (sweep->last_pfn >= sweep->width_pfn)
            size_add(&report->clipped, pages, bytes);
        else if (sweep->raw > 0)
            size_add(&report->lost, pages, bytes);
        else
            size_add(&report->dropped, pages, bytes);
    } else if (in_output && !stated) {
        size_add(cover->entries > 0 ? &report->grown : &report->claimed, pages, bytes);
    }
    sweep->last_pfn = to->pfn;
    sweep->last_offset = to->offset;
}

bool memmap_report_balances(const struct memmap_report *report)
{
    struct memmap_size left = report->output;
    struct memmap_size right = report->stated;

    size_add(&left, report->lost.pages, report->lost.bytes);
    size_add(&left, report->clipped.pages, report->clipped.bytes);
    size_add(&left, report->dropped.pages, report->dropped.bytes);
    size_add(&right, report->claimed.pages, report->claimed.bytes);
    size_add(&right, report->grown.pages, report->grown.bytes);
    return left.pages == right.pages && left.bytes == right.bytes;
}

/* Findings that show when an entry opens over what is there already. */
static void note_overlap(struct sweep *sweep, const struct memmap_event *event,
                         const struct memmap_entry *entry)
{
    const struct cover *cover = &sweep->cover;

    if (cover->entries == 0)
        return;
    if (cover->entry_counts[entry->kind] > 0)
        report_finding(sweep->report, MEMMAP_OVERLAP, event->origin);
    if ((cover->entry_mask & ~(UINT32_C(1) << entry->kind)) != 0)
        report_finding(sweep->report, MEMMAP_CONTRADICTION, event->origin);
    if (cover->entries > sweep->raw)
        report_finding(sweep->report, MEMMAP_SHARED_PAGE, event->origin);
}

static void open_entry(struct sweep *sweep, const struct memmap_event *event)
{
    struct cover *cover = &sweep->cover;
    struct memmap_entry entry;

    memmap_source_entry(&sweep->input->source, event->origin, &entry);
    note_overlap(sweep, event, &entry);
    cover_open_entry(cover, entry.kind, entry.attributes, event->origin);
}

static void close_entry(struct sweep *sweep, const struct memmap_event *event)
{
    struct memmap_entry entry;

    memmap_source_entry(&sweep->input->source, event->origin, &entry);
    cover_close_entry(&sweep->cover, entry.kind, entry.attributes, event->origin);
}

static void apply_claim(struct sweep *sweep, const struct memmap_event *event)
{
    struct cover *cover = &sweep->cover;
    uint32_t index = event->origin - sweep->input->source.count;
    const struct memmap_claim *claim = &sweep->input->claims[index];
    bool loaded = (claim->flags & MEMMAP_CLAIM_LOADED) != 0;

    if ((event->what & EVENT_OPEN) != 0) {
        cover_open_claim(cover, claim->kind, event->origin);
        sweep->loaded_claims += loaded;
        if (loaded)
            sweep->loaded_claim = index;
    } else {
        cover_close_claim(cover, claim->kind, event->origin);
        sweep->loaded_claims -= loaded;
    }
}

static void apply_raw(struct sweep *sweep, unsigned what)
{
    uint32_t *count = (what & EVENT_DROPPED) != 0 ? &sweep->raw_dropped : &sweep->raw;

    if ((what & EVENT_OPEN) != 0)
        ++*count;
    else
        --*count;
}

static void apply_event(struct sweep *sweep, const struct memmap_event *event)
{
    if ((event->what & EVENT_PAGE) != 0) {
        if (event->origin >= sweep->input->source.count)
            apply_claim(sweep, event);
        else if ((event->what & EVENT_OPEN) != 0)
            open_entry(sweep, event);
        else
            close_entry(sweep, event);
    }
    if ((event->what & EVENT_RAW) != 0)
        apply_raw(sweep, event->what);
}

/* ---- regions ------------------------------------------------------------------------- */

static void push_region(struct sweep *sweep, struct memmap_region region)
{
    struct memmap *map = sweep->map;

    if (map->count > 0) {
        struct memmap_region *last = &map->regions[map->count - 1];
        if (last->end_pfn == region.first_pfn && last->kind == region.kind &&
            last->attributes == region.attributes) {
            last->end_pfn = region.end_pfn;
            last->flags |= region.flags | MEMMAP_SHARED;
            return;
        }
    }
    map->regions[map->count++] = region;
}

static void close_region(struct sweep *sweep, uint64_t end_pfn)
{
    struct memmap_region region = sweep->region;

    if (!sweep->open)
        return;
    sweep->open = false;
    region.end_pfn = end_pfn;
    push_region(sweep, region);
}

static uint32_t origin_name(const struct sweep *sweep, uint32_t origin)
{
    uint32_t entries = sweep->input->source.count;

    return origin < entries ? origin : (origin - entries) | MEMMAP_ORIGIN_CLAIM;
}

/* The region that begins here, by what covers the place. */
static struct memmap_region region_here(const struct sweep *sweep, uint64_t pfn)
{
    const struct cover *cover = &sweep->cover;
    unsigned kind = bit_highest(cover->kind_mask);
    unsigned flags = 0;

    if (cover->entries + cover->claims > 1)
        flags |= MEMMAP_SHARED;
    if ((cover->entry_mask & (cover->entry_mask - 1)) != 0)
        flags |= MEMMAP_CONFLICT;
    return (struct memmap_region){
        .first_pfn = pfn,
        .attributes = cover_attributes(cover),
        .origin = origin_name(sweep, cover->heads[kind]),
        .kind = (uint8_t)kind,
        .flags = (uint8_t)flags,
    };
}

/* Is the loaded claim that covers this place really ours, and has it kept the page? */
static enum memmap_status check_loaded_claim(struct sweep *sweep, const struct memmap_region *here)
{
    const struct cover *cover = &sweep->cover;
    const struct memmap_claim *claim = &sweep->input->claims[sweep->loaded_claim];
    enum memmap_status status = MEMMAP_OK;

    if (sweep->loaded_claims > 1 || here->kind != claim->kind)
        status = MEMMAP_CLAIM_LOST;
    else if (cover->entry_counts[MEMMAP_LOADER_RECLAIMABLE] == 0)
        status = MEMMAP_CLAIM_MISSES;
    if (status != MEMMAP_OK) {
        sweep->report->fault_claim = sweep->loaded_claim;
        sweep->report->fault_origin =
            cover->entry_mask == 0
                ? here->origin
                : origin_name(sweep, cover->heads[bit_highest(cover->entry_mask)]);
        sweep->report->fault_pfn = here->first_pfn;
    }
    return status;
}

/*
 * Page 0 is never usable: a usable region that began there gives it up as `reserved`. At its
 * first change, at `pfn`, so that what goes on from page 1 is named by what covers page 1.
 */
static void cut_page_0(struct sweep *sweep, uint64_t pfn)
{
    struct memmap_region page_0 = sweep->region;

    if (!sweep->open || page_0.first_pfn != 0 || page_0.kind != MEMMAP_USABLE)
        return;
    page_0.end_pfn = 1;
    page_0.kind = MEMMAP_RESERVED;
    push_region(sweep, page_0);
    sweep->region.first_pfn = 1;
    sweep->open = pfn > 1;
}

/* Coverage changed at this page: close and open regions as it asks for. */
static enum memmap_status step_regions(struct sweep *sweep, uint64_t pfn)
{
    struct memmap_region here;

    cut_page_0(sweep, pfn);
    if (sweep->cover.kind_mask == 0) {
        close_region(sweep, pfn);
        return MEMMAP_OK;
    }
    here = region_here(sweep, pfn);
    if (sweep->open && sweep->region.kind == here.kind &&
        sweep->region.attributes == here.attributes) {
        if (sweep->region.origin != here.origin)
            sweep->region.flags |= MEMMAP_SHARED;
        sweep->region.flags |= here.flags;
    } else {
        close_region(sweep, pfn);
        sweep->region = here;
        sweep->open = true;
    }
    return sweep->loaded_claims > 0 ? check_loaded_claim(sweep, &here) : MEMMAP_OK;
}

static void note_duplicate(struct sweep *sweep, const struct memmap_event *event,
                           const struct memmap_event *before)
{
    struct memmap_entry a, b;

    if ((event->what & before->what & EVENT_OPEN) == 0 ||
        (event->what & before->what & EVENT_RAW) == 0 || !events_at_same_place(event, before))
        return;
    memmap_source_entry(&sweep->input->source, event->origin, &a);
    memmap_source_entry(&sweep->input->source, before->origin, &b);
    if (a.kind == b.kind && a.page_count == b.page_count && a.tail_bytes == b.tail_bytes &&
        a.attributes == b.attributes)
        report_finding(sweep->report, MEMMAP_DUPLICATE, event->origin);
}

/* The whole sweep; returns the first claim fault. */
static enum memmap_status run_sweep(struct sweep *sweep, const struct memmap_event *events,
                                    size_t count)
{
    enum memmap_status first_fault = MEMMAP_OK;
    size_t i = 0;

    while (i < count) {
        const struct memmap_event *place = &events[i];
        unsigned changes = 0;
        account_span(sweep, place);
        for (; i < count && events_at_same_place(&events[i], place); i++) {
            if (i > 0)
                note_duplicate(sweep, &events[i], &events[i - 1]);
            apply_event(sweep, &events[i]);
            changes |= events[i].what;
        }
        if ((changes & EVENT_PAGE) != 0) {
            enum memmap_status status = step_regions(sweep, place->pfn);
            if (first_fault == MEMMAP_OK)
                first_fault = status;
        }
    }
    return first_fault;
}

/* ---- the public function -------------------------------------------------------------- */

static enum memmap_status check_input(const struct memmap_input *input, uint64_t scratch_bytes,
                                      const struct memmap *map)
{
    uint64_t width_pfn;

    if (input->physical_bits < 32 || input->physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    if (input->claim_count > MEMMAP_MAX_ENTRIES)
        return MEMMAP_BAD_CLAIM;
    for (uint32_t i = 0; i < input->claim_count; i++) {
        const struct memmap_claim *claim = &input->claims[i];
        if (claim->first_pfn >= claim->end_pfn || claim->end_pfn > width_pfn ||
            claim->kind >= MEMMAP_KIND_COUNT)
            return MEMMAP_BAD_CLAIM;
    }
    if (map->capacity < memmap_max_regions(input->source.count, input->claim_count) ||
        scratch_bytes < memmap_scratch_bytes(input->source.count, input->claim_count))
        return MEMMAP_NO_ROOM;
    return MEMMAP_OK;
}

static void begin_report(struct memmap_report *report, const struct memmap_input *input)
{
    memset(report, 0, sizeof *report);
    report->entry_count = input->source.count;
    report->claim_count = input->claim_count;
    report->fault_claim = MEMMAP_NO_ORIGIN;
    report->fault_origin = MEMMAP_NO_ORIGIN;
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
        report->firsts[i] = MEMMAP_NO_ORIGIN;
}

static void begin_sweep(struct sweep *sweep, const struct memmap_input *input, void *scratch,
                        struct memmap *map, struct memmap_report *report)
{
    memset(sweep, 0, sizeof *sweep);
    sweep->input = input;
    sweep->map = map;
    sweep->report = report;
    sweep->scratch = cut_scratch(scratch, input->source.count, input->claim_count);
    sweep->width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    cover_begin(&sweep->cover, sweep->scratch.links, input->source.count + input->claim_count);
    map->count = 0;
}

enum memmap_status memmap_normalize(const struct memmap_input *input, void *scratch,
                                    uint64_t scratch_bytes, struct memmap *map,
                                    struct memmap_report *report)
{
    struct sweep sweep;
    struct memmap_event *events;
    size_t count;
    enum memmap_status status = check_input(input, scratch_bytes, map);

    if (status != MEMMAP_OK)
        return status;
    begin_report(report, input);
    begin_sweep(&sweep, input, scratch, map, report);
    count = events_collect(input, sweep.scratch.events, report);
    events = events_sort(&input->source, sweep.scratch.events, sweep.scratch.spare, count);
    status = run_sweep(&sweep, events, count);
    memmap_totals(map, report->region_pages);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        report->output.pages += report->region_pages[kind];
    report->region_count = (uint32_t)map->count;
    if (!memmap_report_balances(report))
        return MEMMAP_NOT_BALANCED;
    return status;
}
