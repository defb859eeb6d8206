/* SPDX-License-Identifier: MIT */
/*
 * The public function: collect spans, put them in order, sweep them, account. See normalize.h.
 *
 *   entries, claims --collect--> spans --order--> spans in order --sweep--> regions
 *                                  (span.c)  (place.c)             (sweep.c)
 */
#include "memmap/normalize.h"

#include "base/mem.h"
#include "memmap/account.h"
#include "memmap/sweep.h"

static const char finding_names[MEMMAP_FINDING_COUNT][16] = {
    "empty",       "wrapping",  "misaligned", "beyond-width",
    "shared-page", "duplicate", "overlap",    "contradiction",
};

/*@ assigns \result \from finding;
    ensures \valid_read(\result); */
const char *memmap_finding_name(enum memmap_finding finding)
{
    return (unsigned)finding < MEMMAP_FINDING_COUNT ? finding_names[finding] : "unknown";
}

/*
 * The caller's scratch memory, cut up; of each as many as there are entries and claims. The
 * accounting uses it again, as places.
 */
struct scratch {
    struct span *collected;
    struct span *ordered;
    struct place *places;
    struct place *spare;
    uint32_t *next; /* one more */
};

/* More than the parts above need: two arrays of four places for each entry. */
#define SCRATCH_BYTES_PER_SPAN 128u
STATIC_ASSERT(SCRATCH_BYTES_PER_SPAN >= 2 * sizeof(struct span) + 2 * sizeof(struct place) +
                                             2 * sizeof(uint32_t), "the sweep's part");
STATIC_ASSERT(SCRATCH_BYTES_PER_SPAN >= 2 * 4 * sizeof(struct place), "the accounting's part");

/*@ assigns \nothing;
    ensures \result == 128 * (entry_count + claim_count); */
uint64_t memmap_scratch_bytes(uint32_t entry_count, uint32_t claim_count)
{
    return SCRATCH_BYTES_PER_SPAN * ((uint64_t)entry_count + claim_count);
}

static struct scratch cut_scratch(void *memory, uint64_t span_count)
{
    struct scratch scratch;

    scratch.collected = memory;
    scratch.ordered = scratch.collected + span_count;
    scratch.places = (struct place *)(void *)(scratch.ordered + span_count);
    scratch.spare = scratch.places + span_count;
    scratch.next = (uint32_t *)(void *)(scratch.spare + span_count);
    return scratch;
}

/* Puts spans that begin on the same page in the order of their keys, and counts duplicates. */
static void order_ties(const struct span_list *list, struct place *places, struct place *spare,
                       size_t count, struct memmap_report *report)
{
    const struct memmap_source *source = &list->input->source;

    for (unsigned key = SPAN_KEYS; key-- > 0;) {
        const struct place *sorted;
        for (size_t i = 0; i < count; i++)
            places[i].key = memmap_span_key(source, &list->spans[places[i].index], key);
        sorted = memmap_places_sort(places, spare, count);
        for (size_t i = 0; i < count && sorted != places; i++)
            places[i] = sorted[i];
    }
    for (size_t i = 1; i < count; i++) {
        const struct span *span = &list->spans[places[i].index];
        if (span->form != SPAN_CLAIM &&
            !memmap_span_precedes(source, &list->spans[places[i - 1].index], span))
            memmap_report_finding(report, MEMMAP_DUPLICATE, span->origin);
    }
}

/* Puts the spans that are not empty in order. Returns how many there are. */
static size_t order_spans(const struct span_list *list, const struct scratch *scratch,
                          struct memmap_report *report)
{
    struct place *places = scratch->places;
    struct place *sorted;
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        places[i] = (struct place){.key = list->spans[i].first_pfn, .index = (uint32_t)i};
    sorted = memmap_places_sort(places, scratch->spare, list->count);
    for (size_t i = 0, end; i < list->count; i = end) {
        for (end = i + 1; end < list->count && sorted[end].key == sorted[i].key;)
            end++;
        if (end - i > 1)
            order_ties(list, sorted + i, sorted == places ? scratch->spare : places, end - i,
                       report);
        for (size_t k = i; k < end; k++) {
            const struct span *span = &list->spans[sorted[k].index];
            if (span->first_pfn < span->end_pfn)
                scratch->ordered[count++] = *span;
        }
    }
    return count;
}

bool memmap_report_balances(const struct memmap_report *report)
{
    struct memmap_size left = report->output;
    struct memmap_size right = report->stated;

    memmap_size_add(&left, report->lost.pages, report->lost.bytes);
    memmap_size_add(&left, report->clipped.pages, report->clipped.bytes);
    memmap_size_add(&left, report->dropped.pages, report->dropped.bytes);
    memmap_size_add(&right, report->claimed.pages, report->claimed.bytes);
    memmap_size_add(&right, report->grown.pages, report->grown.bytes);
    return left.pages == right.pages && left.bytes == right.bytes;
}

static enum memmap_status check_call(const struct memmap_input *input, uint64_t scratch_bytes,
                                     const struct memmap *map)
{
    enum memmap_status status = memmap_check_input(input);

    if (status == MEMMAP_OK &&
        (map->capacity < memmap_max_regions(input->source.count, input->claim_count) ||
         scratch_bytes < memmap_scratch_bytes(input->source.count, input->claim_count)))
        status = MEMMAP_NO_ROOM;
    return status;
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

/* Fills the map from spans that are collected already. */
static enum memmap_status sweep_list(struct span_list *list, const struct scratch *scratch,
                                     struct memmap *map, struct memmap_report *report)
{
    struct sweep sweep;

    memset(&sweep, 0, sizeof sweep);
    sweep.spans = list->spans;
    sweep.ends = scratch->places;
    sweep.spare = scratch->spare;
    sweep.next = scratch->next;
    sweep.map = map;
    sweep.report = report;
    sweep.entry_count = report->entry_count;
    sweep.bits_always = (list->all_attributes & ~MEMMAP_CAPABILITIES) |
                        (~list->any_attributes & MEMMAP_CAPABILITIES);
    if (!list->in_order) {
        list->count = order_spans(list, scratch, report);
        sweep.spans = scratch->ordered;
    }
    map->count = 0;
    memmap_sweep_spans(&sweep, list->count);
    return sweep.status;
}

/* The sweep took pages for what entries say; where they say bytes, all of it is measured again. */
static void account_for_rounding(const struct memmap_input *input, void *scratch_memory,
                                 struct memmap_report *report)
{
    struct place *places = scratch_memory;

    report->stated = (struct memmap_size){0};
    report->claimed = (struct memmap_size){0};
    memmap_account_bytes(input, places,
                         places + account_places(report->entry_count, report->claim_count),
                         report);
}

/* Whatever the input says. */
static enum memmap_status sweep_any(const struct memmap_input *input, void *scratch_memory,
                                    struct memmap *map, struct memmap_report *report)
{
    struct scratch scratch =
        cut_scratch(scratch_memory, (uint64_t)input->source.count + input->claim_count);
    struct span_list list;
    enum memmap_status status;

    memmap_spans_collect(&list, input, scratch.collected, report);
    status = sweep_list(&list, &scratch, map, report);
    if (!list.all_exact)
        account_for_rounding(input, scratch_memory, report);
    return status;
}

enum memmap_status memmap_normalize(const struct memmap_input *input, void *scratch_memory,
                                    uint64_t scratch_bytes, struct memmap *map,
                                    struct memmap_report *report)
{
    enum memmap_status status = check_call(input, scratch_bytes, map);

    if (status != MEMMAP_OK)
        return status;
    begin_report(report, input);
    if (input->claim_count > 0 || !memmap_sweep_in_order(input, map, report)) {
        begin_report(report, input);
        status = sweep_any(input, scratch_memory, map, report);
    }
    memmap_totals(map, report->region_pages);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        report->output.pages += report->region_pages[kind];
    report->region_count = (uint32_t)map->count;
    if (!memmap_report_balances(report))
        return MEMMAP_NOT_BALANCED;
    return status;
}
