/* SPDX-License-Identifier: MIT */
/*
 * The public function: collect spans, put them in order, sweep them, account. See normalize.h.
 *
 *   entries, claims --collect--> spans --order--> spans in order --sweep--> regions
 *                   (collect.c)        (order.c)                 (sweep.c)
 */
#include "memmap/normalize.h"

#include "memmap/account.h"
#include "memmap/order.h"
#include "memmap/said.h"
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
                   s.spare + (0 .. n - 1), s.next + (0 .. n));
    // Where the parts stand, in bytes.
    predicate scratch_at{L}(struct scratch s, uint8_t *bytes, integer n) =
        s.collected == (struct span *)bytes && s.ordered == (struct span *)(bytes + 32 * n) &&
        s.places == (struct place *)(bytes + 64 * n) &&
        s.spare == (struct place *)(bytes + 80 * n) && s.next == (uint32_t *)(bytes + 96 * n); */

/*@ requires 0 < span_count < 0x80000000;
    requires \valid((uint8_t *)memory + (0 .. SCRATCH_BYTES_PER_SPAN * span_count - 1));
    assigns \result \from memory, span_count;
    ensures scratch_sound(\result, span_count);
    ensures at: scratch_at(\result, (uint8_t *)memory, span_count); */
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

/*@ // Collected spans, and room for as many.
    predicate list_open{L}(struct span_list l, struct scratch s, struct memmap_report *r) =
        \valid(r) && scratch_sound(s, l.count) && l.spans == s.collected &&
        spans_keyed(&l.input->source, l.spans, l.count) && spans_all_sound(l.spans, l.count) &&
        (l.in_order ==> spans_in_order(l.spans, l.count)) &&
        \separated(r, &l.input->source, s.collected + (0 .. l.count - 1),
                   s.ordered + (0 .. l.count - 1), s.places + (0 .. l.count - 1),
                   s.spare + (0 .. l.count - 1), s.next + (0 .. l.count)); */

/* Spans in order, none of them empty. */
struct row {
    const struct span *spans;
    size_t count;
};

/*@ requires list_open(list, scratch, report);
    assigns scratch.ordered[0 .. list.count - 1], scratch.places[0 .. list.count - 1],
        scratch.spare[0 .. list.count - 1], report->counts[MEMMAP_DUPLICATE],
        report->firsts[MEMMAP_DUPLICATE];
    ensures spans: \result.spans == scratch.collected || \result.spans == scratch.ordered;
    ensures count: \result.count <= list.count;
    ensures good: spans_good(\result.spans, \result.count);
    ensures order: spans_begin_in_order(\result.spans, \result.count);
    ensures rank: \forall integer p; rank_at(\result.spans, \result.count, p) ==
        rank_at{Pre}(list.spans, list.count, p); */
static struct row row_of_list(struct span_list list, struct scratch scratch,
                              struct memmap_report *report)
{
    struct row row = {list.spans, list.count};

    if (list.in_order)
        return row;
    row.spans = scratch.ordered;
    row.count = memmap_order_spans(&list.input->source, list.spans, list.count, scratch.places,
                                   scratch.spare, scratch.ordered, report);
    return row;
}

/*@ predicate map_empty{L}(struct memmap *m, integer n) = \valid(m) &&
        2 * n + 1 <= m->capacity <= 0x7ffffffffffffff &&
        \valid(m->regions + (0 .. m->capacity - 1)); */

/*@ // What the sweep reads and writes stands apart, and apart from its own state.
    predicate row_apart{L}(struct sweep *s, struct row row, struct scratch parts, struct memmap *m,
                           struct memmap_report *r) =
        \separated(s, r, m, row.spans + (0 .. row.count - 1), parts.next + (0 .. row.count),
                   parts.places + (0 .. row.count - 1), parts.spare + (0 .. row.count - 1),
                   m->regions + (0 .. m->capacity - 1));
    predicate row_open{L}(struct row row, struct scratch parts) = row.count <= 0x7fffffff &&
        \valid_read(row.spans + (0 .. row.count - 1)) && \valid(parts.next + (0 .. row.count)) &&
        \valid(parts.places + (0 .. row.count - 1)) &&
        \valid(parts.spare + (0 .. row.count - 1)); */

/* Says to a sweep that is all zeros what it is to sweep, and whereby. */
/*@ requires \valid(sweep) && sweep_blank(sweep) && \valid(report) && row_open(row, scratch);
    requires map_empty(map, row.count) && map->count == 0;
    requires row_apart(sweep, row, scratch, map, report);
    requires good: spans_good(row.spans, row.count);
    requires order: spans_begin_in_order(row.spans, row.count);
    assigns *sweep;
    ensures blank: sweep_blank(sweep);
    ensures valid: sweep_valid(sweep);
    ensures room: sweep_room(sweep);
    ensures apart: sweep_apart(sweep);
    ensures good: spans_good(sweep->spans, sweep->count);
    ensures order: spans_begin_in_order(sweep->spans, sweep->count);
    ensures rank: \forall integer p; rank_at(sweep->spans, sweep->count, p) ==
        rank_at{Pre}(row.spans, row.count, p);
    ensures fields: sweep->map == map && sweep->report == report && sweep->count == row.count &&
        sweep->next == scratch.next && sweep->ends == scratch.places &&
        sweep->spare == scratch.spare && sweep->spans == row.spans; */
static inline void begin_sweep(struct sweep *sweep, struct row row, uint64_t always,
                               struct scratch scratch, struct memmap *map,
                               struct memmap_report *report)
{
    sweep->spans = row.spans;
    sweep->count = row.count;
    sweep->ends = scratch.places;
    sweep->spare = scratch.spare;
    sweep->next = scratch.next;
    sweep->map = map;
    sweep->report = report;
    sweep->entry_count = report->entry_count;
    sweep->bits_always = always;
    //@ assert as: spans_as{Pre,Here}(row.spans, row.count);
    //@ assert good: spans_good(row.spans, row.count);
    //@ assert order: spans_begin_in_order(row.spans, row.count);
    /*@ assert rank: \forall integer p; rank_at(row.spans, row.count, p) ==
        rank_at{Pre}(row.spans, row.count, p); */
}

/*@ requires \valid(report) && row_open(row, scratch) && map_empty(map, row.count);
    requires \separated(report, map, row.spans + (0 .. row.count - 1),
        scratch.next + (0 .. row.count), scratch.places + (0 .. row.count - 1),
        scratch.spare + (0 .. row.count - 1), map->regions + (0 .. map->capacity - 1));
    requires good: spans_good(row.spans, row.count);
    requires order: spans_begin_in_order(row.spans, row.count);
    assigns scratch.places[0 .. row.count - 1], scratch.spare[0 .. row.count - 1],
        scratch.next[0 .. row.count], *report, map->count, map->regions[0 .. map->capacity - 1];
    ensures count: map->count <= 2 * row.count + 1;
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, rank_at{Pre}(row.spans, row.count, p)); */
static enum memmap_status sweep_row(struct row row, uint64_t always, struct scratch scratch,
                                    struct memmap *map, struct memmap_report *report)
{
    struct sweep sweep = {0};

    //@ assert blank: sweep_blank(&sweep);
    map->count = 0;
    //@ assert as: spans_as{Pre,Here}(row.spans, row.count);
    //@ assert good: spans_good(row.spans, row.count);
    //@ assert order: spans_begin_in_order(row.spans, row.count);
    /*@ assert rank: \forall integer p; rank_at(row.spans, row.count, p) ==
        rank_at{Pre}(row.spans, row.count, p); */
    //@ assert blank_still: sweep_blank(&sweep);
    begin_sweep(&sweep, row, always, scratch, map, report);
    memmap_sweep_spans(&sweep);
    /*@ assert ranks: \forall integer p;
        rank_at{Pre}(row.spans, row.count, p) < MEMMAP_KIND_COUNT; */
    /*@ assert pages: \forall integer p;
        kind_at(map->regions, map->count, p) < MEMMAP_KIND_COUNT; */
    //@ assert firsts: firsts_known(map->regions, map->count);
    return sweep.status;
}

/* Attribute bits, capabilities inverted, that every entry has. */
/*@ assigns \nothing; */
static inline uint64_t bits_always(struct span_list list)
{
    return (list.all_attributes & ~MEMMAP_CAPABILITIES) |
           (~list.any_attributes & MEMMAP_CAPABILITIES);
}

/* Fills the map from spans that are collected already. */
/*@ requires list_open(list, scratch, report) && map_empty(map, list.count);
    requires \separated(map, map->regions + (0 .. map->capacity - 1), report,
        &list.input->source, scratch.collected + (0 .. list.count - 1),
        scratch.ordered + (0 .. list.count - 1), scratch.places + (0 .. list.count - 1),
        scratch.spare + (0 .. list.count - 1), scratch.next + (0 .. list.count));
    assigns scratch.ordered[0 .. list.count - 1], scratch.places[0 .. list.count - 1],
        scratch.spare[0 .. list.count - 1], scratch.next[0 .. list.count], *report, map->count,
        map->regions[0 .. map->capacity - 1];
    ensures count: map->count <= 2 * list.count + 1;
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, rank_at{Pre}(list.spans, list.count, p));
    ensures map: map->regions == \old(map->regions) && map->capacity == \old(map->capacity); */
static enum memmap_status sweep_list(struct span_list list, struct scratch scratch,
                                     struct memmap *map, struct memmap_report *report)
{
    uint64_t always = bits_always(list);
    struct row row = row_of_list(list, scratch, report);

    return sweep_row(row, always, scratch, map, report);
}

/*@ requires \valid(report) && input_sound(input);
    requires \valid(memory + (0 .. span_limit(input) - 1));
    requires \separated(report, input, memory + (0 .. span_limit(input) - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1), report,
                        memory + (0 .. span_limit(input) - 1));
    requires \separated(input->source.bytes +
                        (0 .. input->source.count * input->source.stride_bytes - 1), report,
                        memory + (0 .. span_limit(input) - 1));
    assigns memory[0 .. span_limit(input) - 1], *report;
    ensures spans: \result.input == input && \result.spans == memory;
    ensures count: \result.count <= \old(span_limit(input));
    ensures order: \result.in_order ==> spans_in_order(memory, \result.count);
    ensures all: spans_all_sound(memory, \result.count);
    ensures keyed: spans_keyed(&input->source, memory, \result.count);
    ensures readable: input_readable(input);
    ensures source: input->source.count == \old(input->source.count) &&
        input->claim_count == \old(input->claim_count);
    ensures ranks: \forall integer p;
        rank_at(memory, \result.count, p) == input_rank{Pre}(input, p); */
static inline struct span_list collect_spans(const struct memmap_input *input, struct span *memory,
                                       struct memmap_report *report)
{
    struct span_list list;

    memmap_spans_collect(&list, input, memory, report);
    /*@ assert source: input->source.count == \at(input->source.count, Pre) &&
        input->source.stride_bytes == \at(input->source.stride_bytes, Pre) &&
        input->source.format == \at(input->source.format, Pre); */
    //@ assert readable: input_readable(input);
    return list;
}

/*@ // All that the sweep of an input reads or writes stands apart.
    predicate parts_apart{L}(struct memmap_input *in, struct scratch s, integer n,
                             struct memmap *m, struct memmap_report *r) =
        \separated(m, m->regions + (0 .. m->capacity - 1), r, in, s.collected + (0 .. n - 1),
                   s.ordered + (0 .. n - 1), s.places + (0 .. n - 1), s.spare + (0 .. n - 1),
                   s.next + (0 .. n)) &&
        \separated(in->claims + (0 .. in->claim_count - 1), r, s.collected + (0 .. n - 1)) &&
        \separated(in->source.bytes + (0 .. in->source.count * in->source.stride_bytes - 1), r,
                   s.collected + (0 .. n - 1)); */

/* What the sweep says, and whether every entry was a span of its own bytes. */
struct swept {
    enum memmap_status status;
    bool all_exact;
};

/* Collects the spans and fills the map. */
/*@ requires \valid(report) && input_sound(input);
    requires scratch_sound(scratch, span_limit(input)) && map_empty(map, span_limit(input));
    requires parts_apart(input, scratch, span_limit(input), map, report);
    assigns scratch.collected[0 .. span_limit(input) - 1],
        scratch.ordered[0 .. span_limit(input) - 1], scratch.places[0 .. span_limit(input) - 1],
        scratch.spare[0 .. span_limit(input) - 1], scratch.next[0 .. span_limit(input)], *report,
        map->count, map->regions[0 .. map->capacity - 1];
    ensures count: map->count <= 2 * \old(span_limit(input)) + 1;
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, input_rank{Pre}(input, p));
    ensures map: map->regions == \old(map->regions) && map->capacity == \old(map->capacity); */
static struct swept sweep_input(const struct memmap_input *input, struct scratch scratch,
                                struct memmap *map, struct memmap_report *report)
{
    struct span_list list = collect_spans(input, scratch.collected, report);
    struct swept swept = {.all_exact = list.all_exact};

    /*@ assert map: map->regions == \at(map->regions, Pre) &&
        map->capacity == \at(map->capacity, Pre); */
    //@ assert open: list_open(list, scratch, report);
    swept.status = sweep_list(list, scratch, map, report);
    return swept;
}

/* The sweep took pages for what entries say; where they say bytes, all of it is measured again. */
/*@ requires input_readable(input) && \valid(report);
    requires \valid((uint8_t *)scratch_memory +
                    (0 .. SCRATCH_BYTES_PER_SPAN * span_limit(input) - 1));
    requires \separated(input, report, (uint8_t *)scratch_memory +
                        (0 .. SCRATCH_BYTES_PER_SPAN * span_limit(input) - 1));
    assigns ((struct place *)scratch_memory)[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    assigns *report; */
static void account_for_rounding(const struct memmap_input *input, void *scratch_memory,
                                 struct memmap_report *report)
{
    uint64_t places_bytes =
        account_places(input->source.count, input->claim_count) * sizeof(struct place);
    uint8_t *bytes = scratch_memory;

    memmap_account_bytes(input, (struct place *)(void *)bytes,
                         (struct place *)(void *)(bytes + places_bytes), report);
}

/* The same, beside a map that is done. */
/*@ requires input_readable(input) && \valid(report) && map_readable(map);
    requires \valid((uint8_t *)scratch_memory + (0 .. 128 * span_limit(input) - 1));
    requires \separated(input, report, (uint8_t *)scratch_memory +
                        (0 .. 128 * span_limit(input) - 1));
    requires \separated(map, report, map->regions + (0 .. map->count - 1),
                        (uint8_t *)scratch_memory + (0 .. 128 * span_limit(input) - 1));
    requires made: made_to(map->regions, map->count, PFN_END);
    requires known: all_known(map->regions, map->count);
    assigns ((struct place *)scratch_memory)[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    assigns *report;
    ensures map: map->regions == \old(map->regions) && map->count == \old(map->count) &&
        map->capacity == \old(map->capacity);
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures pages: \forall integer p; kind_at(map->regions, map->count, p) ==
        kind_at{Pre}(map->regions, \old(map->count), p); */
static inline void account_beside(const struct memmap_input *input, void *scratch_memory,
                                  const struct memmap *map, struct memmap_report *report)
{
    (void)map; /* only the contract speaks of it */
    account_for_rounding(input, scratch_memory, report);
    //@ assert same: same{Pre,Here}(map->regions, 0, map->count);
}

/*@ // The working memory, byte by byte, stands apart from all that is read or written beside it.
    predicate call_apart{L}(struct memmap_input *in, uint8_t *bytes, struct memmap *m,
                            struct memmap_report *r) =
        \separated(m, m->regions + (0 .. m->capacity - 1), r, in,
                   bytes + (0 .. 128 * span_limit(in) - 1)) &&
        \separated(in->claims + (0 .. in->claim_count - 1), r,
                   bytes + (0 .. 128 * span_limit(in) - 1)) &&
        \separated(in->source.bytes + (0 .. in->source.count * in->source.stride_bytes - 1), r, m,
                   m->regions + (0 .. m->capacity - 1), bytes + (0 .. 128 * span_limit(in) - 1));
    */

/* Whatever the input says. */
/*@ requires input_sound(input) && \valid(report) && map_empty(map, span_limit(input));
    requires span_limit(input) > 0 && call_apart(input, (uint8_t *)scratch_memory, map, report);
    requires \valid((uint8_t *)scratch_memory + (0 .. 128 * span_limit(input) - 1));
    assigns ((struct span *)scratch_memory)[0 .. span_limit(input) - 1];
    assigns ((struct span *)((uint8_t *)scratch_memory + 32 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 64 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 80 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((uint32_t *)((uint8_t *)scratch_memory + 96 * span_limit(input)))
        [0 .. span_limit(input)];
    assigns ((struct place *)scratch_memory)[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    assigns *report, map->count, map->regions[0 .. map->capacity - 1];
    ensures count: map->count <= 2 * \old(span_limit(input)) + 1;
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, input_rank{Pre}(input, p));
    ensures map: map->regions == \old(map->regions) && map->capacity == \old(map->capacity); */
static enum memmap_status sweep_any(const struct memmap_input *input, void *scratch_memory,
                                    struct memmap *map, struct memmap_report *report)
{
    struct scratch scratch =
        cut_scratch(scratch_memory, (uint64_t)input->source.count + input->claim_count);
    //@ assert apart: parts_apart(input, scratch, span_limit(input), map, report);
    struct swept swept = sweep_input(input, scratch, map, report);
    //@ assert bits: input->physical_bits == \at(input->physical_bits, Pre);
    //@ assert claims: input->claim_count == \at(input->claim_count, Pre);
    //@ assert format: input->source.format == \at(input->source.format, Pre);
    //@ assert stride: input->source.stride_bytes == \at(input->source.stride_bytes, Pre);
    //@ assert count: input->source.count == \at(input->source.count, Pre);
    //@ assert readable: input_readable(input);
    /*@ assert kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, input_rank{Pre}(input, p)); */
    if (!swept.all_exact)
        account_beside(input, scratch_memory, map, report);
    return swept.status;
}

/* The short way, if there are no claims; is it one? */
/*@ requires input_sound(input) && \valid(report) && map_empty(map, span_limit(input));
    requires \separated(input, map, report, map->regions + (0 .. map->capacity - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1), report);
    requires \separated(input->source.bytes +
                        (0 .. input->source.count * input->source.stride_bytes - 1), map, report,
                        map->regions + (0 .. map->capacity - 1));
    assigns *report, map->count, map->regions[0 .. map->capacity - 1];
    ensures sound: input_sound(input);
    ensures entries: input->source.count == \old(input->source.count);
    ensures claims: input->claim_count == \old(input->claim_count);
    ensures map: map->regions == \old(map->regions) && map->capacity == \old(map->capacity);
    ensures some: !\result ==> \old(span_limit(input)) > 0;
    ensures count: \result ==> map->count <= 2 * \old(span_limit(input)) + 1;
    ensures made: \result ==> made_to(map->regions, map->count, PFN_END);
    ensures known: \result ==> all_known(map->regions, map->count);
    ensures kinds: \result ==> \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, input_rank{Pre}(input, p));
    ensures same: input_stays{Pre,Here}(input); */
static bool fill_in_order(const struct memmap_input *input, struct memmap *map,
                          struct memmap_report *report)
{
    //@ ghost const uint8_t *bytes = input->source.bytes;
    //@ ghost uint32_t count = input->source.count;
    //@ ghost uint32_t stride = input->source.stride_bytes;
    //@ ghost enum memmap_format format = input->source.format;
    //@ ghost uint64_t size = (uint64_t)count * stride;
    bool done;

    //@ assert size: size == count * stride;
    //@ assert inside: entries_within(count, smallest_stride(format), stride);
    begin_report(report, input);
    //@ assert stay: claims_stay{Pre,Here}(input->claims, input->claim_count);
    //@ assert readable: input_readable(input);
    //@ assert width1: input->physical_bits == \at(input->physical_bits, Pre);
    //@ assert sound1: input_sound(input);
    //@ assert stays1: input_stays{Pre,Here}(input);
    //@ assert rank1: \forall integer p; input_rank(input, p) == input_rank{Pre}(input, p);
    /*@ assert alone: input->claim_count == 0 ==> \forall integer p;
        input_rank(input, p) == source_rank(&input->source, p, width_of(input)); */
    //@ ghost Begun1: ;
    done = input->claim_count == 0;
    if (done) {
        done = memmap_sweep_in_order(input, map, report);
        //@ assert bytes1: bytes_as{Begun1,Here}(bytes, bytes, size);
        /*@ assert map1: map->regions == \at(map->regions, Pre) &&
            map->capacity == \at(map->capacity, Pre); */
    }
    //@ assert width2: input->physical_bits == \at(input->physical_bits, Pre);
    //@ assert claims2: claims_stay{Begun1,Here}(input->claims, input->claim_count);
    //@ assert bytes: bytes_as{Pre,Here}(bytes, bytes, size);
    //@ assert all: all_bytes_as{Pre,Here}(bytes, bytes, stride, count);
    //@ assert entries: entries_as{Pre,Here}(bytes, bytes, stride, format, count);
    //@ assert stays2: input_stays{Pre,Here}(input);
    //@ assert readable2: input_readable(input);
    return done;
}

/* Fills the map, the short way if that is one. */
/*@ requires input_sound(input) && \valid(report) && map_empty(map, span_limit(input));
    requires call_apart(input, (uint8_t *)scratch_memory, map, report);
    requires \valid((uint8_t *)scratch_memory + (0 .. 128 * span_limit(input) - 1));
    assigns ((struct span *)scratch_memory)[0 .. span_limit(input) - 1];
    assigns ((struct span *)((uint8_t *)scratch_memory + 32 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 64 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 80 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((uint32_t *)((uint8_t *)scratch_memory + 96 * span_limit(input)))
        [0 .. span_limit(input)];
    assigns ((struct place *)scratch_memory)[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    assigns *report, map->count, map->regions[0 .. map->capacity - 1];
    ensures count: map->count <= 2 * \old(span_limit(input)) + 1;
    ensures made: made_to(map->regions, map->count, PFN_END);
    ensures known: all_known(map->regions, map->count);
    ensures kinds: \forall integer p; kind_at(map->regions, map->count, p) ==
        kept_kind(p, input_rank{Pre}(input, p));
    ensures map: map->regions == \old(map->regions) && map->capacity == \old(map->capacity); */
static enum memmap_status fill_map(const struct memmap_input *input, void *scratch_memory,
                                   struct memmap *map, struct memmap_report *report)
{
    if (fill_in_order(input, map, report))
        return MEMMAP_OK;
    //@ ghost Begun: ;
    begin_report(report, input);
    //@ assert stay: claims_stay{Begun,Here}(input->claims, input->claim_count);
    //@ assert readable: input_readable(input);
    //@ assert width: width_of(input) == \at(width_of(input), Pre);
    /*@ assert ranges: \forall integer i; 0 <= i < input->claim_count ==>
        claim_is_range(&input->claims[i], width_of(input)); */
    //@ assert sound: input_sound(input);
    //@ assert stays: input_stays{Begun,Here}(input);
    //@ assert rank1: \forall integer p; input_rank{Begun}(input, p) == input_rank{Pre}(input, p);
    //@ assert rank2: \forall integer p; input_rank(input, p) == input_rank{Begun}(input, p);
    //@ assert limit: span_limit(input) == \at(span_limit(input), Pre);
    //@ assert places: places_of(input) == \at(places_of(input), Pre);
    /*@ assert map: map->regions == \at(map->regions, Pre) &&
        map->capacity == \at(map->capacity, Pre); */
    return sweep_any(input, scratch_memory, map, report);
}

/* The pages of each kind, and of all. */
/*@ requires \valid(report) && map_readable(map) && map->count <= UINT32_MAX;
    requires \separated(map, report, map->regions + (0 .. map->count - 1));
    requires made: made_to(map->regions, map->count, PFN_END);
    requires known: all_known(map->regions, map->count);
    assigns report->region_pages[0 .. MEMMAP_KIND_COUNT - 1], report->output.pages,
        report->region_count;
    ensures count: report->region_count == map->count;
    ensures pages: \forall integer k; 0 <= k < MEMMAP_KIND_COUNT ==>
        report->region_pages[k] == pages_of{Pre}(map, \old(map->count), k); */
static void sum_regions(const struct memmap *map, struct memmap_report *report)
{
    memmap_totals(map, report->region_pages);
    //@ ghost Totals: ;
    /*@ loop invariant 0 <= kind <= MEMMAP_KIND_COUNT;
        loop assigns kind, report->output.pages;
        loop variant MEMMAP_KIND_COUNT - kind; */
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        report->output.pages += report->region_pages[kind];
    report->region_count = (uint32_t)map->count;
}

/*@ requires \valid_read(input) && source_opened(&input->source);
    requires \valid_read(input->claims + (0 .. input->claim_count - 1));
    requires \valid(report) && \valid(map) && map->capacity <= 0x7ffffffffffffff;
    requires \valid(map->regions + (0 .. map->capacity - 1));
    requires \valid((uint8_t *)scratch_memory + (0 .. scratch_bytes - 1));
    requires \separated(map, map->regions + (0 .. map->capacity - 1), report, input,
                        (uint8_t *)scratch_memory + (0 .. scratch_bytes - 1));
    requires \separated(input->claims + (0 .. input->claim_count - 1), report,
                        (uint8_t *)scratch_memory + (0 .. scratch_bytes - 1));
    requires \separated(input->source.bytes +
                        (0 .. input->source.count * input->source.stride_bytes - 1), map, report,
                        map->regions + (0 .. map->capacity - 1),
                        (uint8_t *)scratch_memory + (0 .. scratch_bytes - 1));
    assigns ((struct span *)scratch_memory)[0 .. span_limit(input) - 1];
    assigns ((struct span *)((uint8_t *)scratch_memory + 32 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 64 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 80 * span_limit(input)))
        [0 .. span_limit(input) - 1];
    assigns ((uint32_t *)((uint8_t *)scratch_memory + 96 * span_limit(input)))
        [0 .. span_limit(input)];
    assigns ((struct place *)scratch_memory)[0 .. places_of(input) - 1];
    assigns ((struct place *)((uint8_t *)scratch_memory + 16 * places_of(input)))
        [0 .. places_of(input) - 1];
    assigns *report, map->count, map->regions[0 .. map->capacity - 1];
    ensures count: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> map->count <= 2 * \old(span_limit(input)) + 1;
    ensures room: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> map->count <= map->capacity;
    ensures made: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> made_to(map->regions, map->count, PFN_END);
    ensures known: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> all_known(map->regions, map->count);
    ensures kinds: \result != MEMMAP_BAD_WIDTH && \result != MEMMAP_BAD_CLAIM &&
        \result != MEMMAP_NO_ROOM ==> \forall integer p;
        kind_at(map->regions, map->count, p) == kept_kind(p, input_rank{Pre}(input, p)); */
enum memmap_status memmap_normalize(const struct memmap_input *input, void *scratch_memory,
                                    uint64_t scratch_bytes, struct memmap *map,
                                    struct memmap_report *report)
{
    enum memmap_status status = check_call(input, scratch_bytes, map);

    if (status != MEMMAP_OK)
        return status;
    //@ assert sound: input_sound(input);
    //@ assert apart: call_apart(input, (uint8_t *)scratch_memory, map, report);
    status = fill_map(input, scratch_memory, map, report);
    //@ assert fits: map->count <= map->capacity;
    //@ ghost Filled: ;
    sum_regions(map, report);
    //@ assert same: same{Filled,Here}(map->regions, 0, map->count);
    return memmap_report_balances(report) ? status : MEMMAP_NOT_BALANCED;
}
