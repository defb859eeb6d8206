/* SPDX-License-Identifier: MIT */
/*
 * The public function: collect spans, put them in order, sweep them, account. See normalize.h.
 *
 *   entries, claims --collect--> spans --order--> spans in order --sweep--> regions
 *                                  (span.c)  (order.c)             (sweep.c)
 */
#include "memmap/normalize.h"

#include "memmap/account.h"
#include "memmap/order.h"
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

/*@ predicate scratch_sound{L}(struct scratch s, integer n) =
        \valid(s.collected + (0 .. n - 1)) && \valid(s.ordered + (0 .. n - 1)) &&
        \valid(s.places + (0 .. n - 1)) && \valid(s.spare + (0 .. n - 1)) &&
        \valid(s.next + (0 .. n)) &&
        \separated(s.collected + (0 .. n - 1), s.ordered + (0 .. n - 1), s.places + (0 .. n - 1),
                   s.spare + (0 .. n - 1), s.next + (0 .. n)); */

/*@ requires 0 < span_count < 0x80000000;
    requires \valid((uint8_t *)memory + (0 .. SCRATCH_BYTES_PER_SPAN * span_count - 1));
    assigns \result \from memory, span_count;
    ensures scratch_sound(\result, span_count); */
static struct scratch cut_scratch(void *memory, uint64_t span_count)
{
    const uint64_t spans_bytes = span_count * sizeof(struct span);
    const uint64_t places_bytes = span_count * sizeof(struct place);
    uint8_t *bytes = memory;
    struct scratch scratch;

    scratch.collected = (struct span *)(void *)bytes;
    scratch.ordered = (struct span *)(void *)(bytes + spans_bytes);
    scratch.places = (struct place *)(void *)(bytes + 2 * spans_bytes);
    scratch.spare = (struct place *)(void *)(bytes + 2 * spans_bytes + places_bytes);
    scratch.next = (uint32_t *)(void *)(bytes + 2 * spans_bytes + 2 * places_bytes);
    return scratch;
}

/*@ requires \valid_read(report);
    assigns \nothing; */
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

/*@ requires \valid_read(input) && \valid_read(input->claims + (0 .. input->claim_count - 1));
    requires \valid_read(map);
    assigns \nothing;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_WIDTH || \result == MEMMAP_BAD_CLAIM ||
        \result == MEMMAP_NO_ROOM;
    ensures \result == MEMMAP_OK && source_opened(&input->source) ==> input_sound(input);
    ensures \result == MEMMAP_OK ==> map->capacity >= 2 * span_limit(input) + 1 &&
        scratch_bytes >= 128 * span_limit(input); */
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

/*@ requires \valid(report) && \valid_read(input) && \separated(report, input);
    assigns *report;
    ensures report->entry_count == input->source.count &&
        report->claim_count == input->claim_count;
    ensures \forall integer i; 0 <= i < MEMMAP_FINDING_COUNT ==>
        report->firsts[i] == MEMMAP_NO_ORIGIN; */
static void begin_report(struct memmap_report *report, const struct memmap_input *input)
{
    *report = (struct memmap_report){0};
    report->entry_count = input->source.count;
    report->claim_count = input->claim_count;
    report->fault_claim = MEMMAP_NO_ORIGIN;
    report->fault_origin = MEMMAP_NO_ORIGIN;
    /*@ loop invariant 0 <= i <= MEMMAP_FINDING_COUNT;
        loop invariant \forall integer j; 0 <= j < i ==> report->firsts[j] == MEMMAP_NO_ORIGIN;
        loop assigns i, report->firsts[0 .. MEMMAP_FINDING_COUNT - 1];
        loop variant MEMMAP_FINDING_COUNT - i; */
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
        report->firsts[i] = MEMMAP_NO_ORIGIN;
}

/* Fills the map from spans that are collected already. */
static enum memmap_status sweep_list(struct span_list *list, const struct scratch *scratch,
                                     struct memmap *map, struct memmap_report *report)
{
    struct sweep sweep = {0};

    sweep.spans = list->spans;
    sweep.count = list->count;
    sweep.ends = scratch->places;
    sweep.spare = scratch->spare;
    sweep.next = scratch->next;
    sweep.map = map;
    sweep.report = report;
    sweep.entry_count = report->entry_count;
    sweep.bits_always = (list->all_attributes & ~MEMMAP_CAPABILITIES) |
                        (~list->any_attributes & MEMMAP_CAPABILITIES);
    if (!list->in_order) {
        sweep.spans = scratch->ordered;
        sweep.count = memmap_order_spans(&list->input->source, list->spans, list->count,
                                         scratch->places, scratch->spare, scratch->ordered, report);
    }
    map->count = 0;
    memmap_sweep_spans(&sweep);
    return sweep.status;
}

/* The sweep took pages for what entries say; where they say bytes, all of it is measured again. */
/*@ requires input_readable(input) && \valid(report);
    requires \valid((uint8_t *)scratch_memory +
                    (0 .. SCRATCH_BYTES_PER_SPAN * span_limit(input) - 1));
    requires \separated(input, report, (uint8_t *)scratch_memory +
                        (0 .. SCRATCH_BYTES_PER_SPAN * span_limit(input) - 1));
    assigns ((uint8_t *)scratch_memory)[0 .. SCRATCH_BYTES_PER_SPAN * span_limit(input) - 1];
    assigns *report; */
static void account_for_rounding(const struct memmap_input *input, void *scratch_memory,
                                 struct memmap_report *report)
{
    uint64_t places_bytes =
        account_places(input->source.count, input->claim_count) * sizeof(struct place);
    uint8_t *bytes = scratch_memory;

    report->stated = (struct memmap_size){0};
    report->claimed = (struct memmap_size){0};
    memmap_account_bytes(input, (struct place *)(void *)bytes,
                         (struct place *)(void *)(bytes + places_bytes), report);
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
