/* SPDX-License-Identifier: MIT */
/* The sweep; see sweep.h. */
#include "memmap/sweep.h"

#include "base/bits.h"

/*@ requires class < SWEEP_CLASSES;
    assigns \nothing;
    ensures \result == 1 << class; */
static uint64_t class_bit(unsigned class)
{
    return UINT64_C(1) << class;
}

/* Kinds (bit k) of the entries that cover the place. */
/*@ requires \valid_read(sweep);
    assigns \nothing;
    ensures \result == (uint32_t)sweep->class_mask; */
static uint32_t entry_kinds(const struct sweep *sweep)
{
    return (uint32_t)sweep->class_mask;
}

/*@ requires \valid_read(sweep);
    assigns \nothing;
    ensures \result == (uint32_t)(sweep->class_mask >> SWEEP_CLAIM); */
static uint32_t claim_kinds(const struct sweep *sweep)
{
    return (uint32_t)(sweep->class_mask >> SWEEP_CLAIM);
}

/* ---- regions --------------------------------------------------------------------------- */

/*@ // The regions so far, and `more` behind them, can be written; the map itself stands elsewhere.
    predicate map_open{L}(struct memmap *m, integer more) =
        \valid(m) && m->count + more <= m->capacity &&
        \valid(m->regions + (0 .. m->capacity - 1)) &&
        \separated(m, m->regions + (0 .. m->capacity - 1)); */

/*@ requires map_readable(map) && map->count > 0;
    assigns \result \from map->regions, map->count;
    ensures \result == map->regions + (map->count - 1); */
static struct memmap_region *last_region(const struct memmap *map)
{
    return &map->regions[map->count - 1];
}

/* Do pages of this kind and these attributes from `first_pfn` on belong to the last region? */
/*@ requires map_readable(map);
    assigns \nothing;
    ensures \result <==> map->count > 0 &&
        map->regions[map->count - 1].end_pfn == first_pfn &&
        map->regions[map->count - 1].kind == kind &&
        map->regions[map->count - 1].attributes == attributes; */
static inline bool goes_on(const struct memmap *map, uint64_t first_pfn, unsigned kind,
                           uint64_t attributes)
{
    return map->count > 0 && last_region(map)->end_pfn == first_pfn &&
           last_region(map)->kind == kind && last_region(map)->attributes == attributes;
}

/* Whatever a region grows by is another's, or lies beside where another ended: it is shared. */
/*@ requires map_open(map, 0) && map->count > 0;
    assigns map->regions[map->count - 1].end_pfn, map->regions[map->count - 1].flags;
    ensures map->regions[map->count - 1].end_pfn == end_pfn; */
static void grow_last(struct memmap *map, uint64_t end_pfn, unsigned flags)
{
    last_region(map)->end_pfn = end_pfn;
    last_region(map)->flags = (uint8_t)(last_region(map)->flags | flags | MEMMAP_SHARED);
}

/* Page 0 is never usable: where the last region has it as such, it gives it up. */
/*@ requires map_open(map, 1) && map->count > 0;
    assigns map->count, map->regions[map->count - 1 .. map->count];
    ensures \old(map->count) <= map->count <= \old(map->count) + 1; */
static void cut_page_0(struct memmap *map)
{
    struct memmap_region *page_0 = last_region(map);

    if (page_0->kind != MEMMAP_USABLE)
        return;
    if (page_0->end_pfn > 1) {
        //@ assert \separated(map, map->regions + map->count);
        map->regions[map->count] = *page_0;
        map->regions[map->count].first_pfn = 1;
        map->count++;
    }
    page_0->end_pfn = 1;
    page_0->kind = MEMMAP_RESERVED;
}

/*@ requires map_open(map, first_pfn == 0 ? 2 : 1);
    assigns map->count, map->regions[map->count .. map->count + 1];
    ensures \old(map->count) < map->count <= \old(map->count) + (first_pfn == 0 ? 2 : 1); */
static inline void append_region(struct memmap *map, uint64_t first_pfn, uint64_t end_pfn,
                                 unsigned kind, uint64_t attributes, uint32_t origin,
                                 unsigned flags)
{
    struct memmap_region *region = &map->regions[map->count++];

    region->first_pfn = first_pfn;
    region->end_pfn = end_pfn;
    region->attributes = attributes;
    region->origin = origin;
    region->kind = (uint8_t)kind;
    region->flags = (uint8_t)flags;
    region->reserved = 0;
    if (first_pfn == 0)
        cut_page_0(map);
}

/*@ requires \valid_read(sweep) && \valid_read(span);
    assigns \nothing; */
static uint32_t origin_of_span(const struct sweep *sweep, const struct span *span)
{
    return span->form == SPAN_CLAIM ? (span->origin - sweep->entry_count) | MEMMAP_ORIGIN_CLAIM
                                    : span->origin;
}

/*@ // What is written stands apart from each other.
    predicate sweep_open{L}(struct sweep *s) =
        \valid(s) && \valid(s->report) && \valid(s->map) &&
        \separated(s, s->report, s->map, s->map->regions + (0 .. s->map->capacity - 1)); */

/*@ requires sweep_open(sweep);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn; */
static void fail(struct sweep *sweep, enum memmap_status status, uint32_t claim, uint32_t origin,
                 uint64_t pfn)
{
    if (sweep->status != MEMMAP_OK)
        return;
    sweep->status = status;
    sweep->report->fault_claim = claim;
    sweep->report->fault_origin = origin;
    sweep->report->fault_pfn = pfn;
}

/* ---- a span that nothing else covers --------------------------------------------------- */

/*@ requires sweep_open(sweep) && \valid_read(span);
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages; */
static void claim_alone(struct sweep *sweep, const struct span *span)
{
    uint32_t origin = origin_of_span(sweep, span);

    sweep->report->claimed.pages += span->end_pfn - span->first_pfn;
    if (span->loaded != 0)
        fail(sweep, MEMMAP_CLAIM_MISSES, origin & ~MEMMAP_ORIGIN_CLAIM, origin, span->first_pfn);
}

/*@ requires sweep_open(sweep) && \valid_read(span);
    requires map_open(sweep->map, span->first_pfn == 0 ? 2 : 1);
    requires \separated(span, sweep, sweep->report, sweep->map,
                        sweep->map->regions + (0 .. sweep->map->capacity - 1));
    assigns sweep->status, sweep->report->fault_claim, sweep->report->fault_origin,
            sweep->report->fault_pfn, sweep->report->claimed.pages, sweep->report->stated.pages,
            sweep->map->count, sweep->map->regions[0 .. sweep->map->count + 1]; */
static void emit_alone(struct sweep *sweep, const struct span *span)
{
    if (span->form == SPAN_CLAIM)
        claim_alone(sweep, span);
    else
        sweep->report->stated.pages += span->end_pfn - span->first_pfn;
    if (goes_on(sweep->map, span->first_pfn, span->kind, span->attributes))
        grow_last(sweep->map, span->end_pfn, 0);
    else
        append_region(sweep->map, span->first_pfn, span->end_pfn, span->kind, span->attributes,
                      origin_of_span(sweep, span), 0);
}

/* ---- spans that cover each other ------------------------------------------------------- */

/*@ predicate span_known{L}(struct span *s) = s->kind < MEMMAP_KIND_COUNT && s->loaded <= 1; */

/*@ requires \valid_read(span) && span_known(span);
    assigns \nothing;
    ensures \result == span->kind + (span->form == SPAN_CLAIM ? SWEEP_CLAIM : 0);
    ensures \result < SWEEP_CLASSES; */
static unsigned class_of(const struct span *span)
{
    return span->form == SPAN_CLAIM ? span->kind + SWEEP_CLAIM : span->kind;
}

/* Counts a finding if there is one; whether there is, no branch can foresee. */
/*@ requires \valid(report) && finding < MEMMAP_FINDING_COUNT;
    assigns report->firsts[finding], report->counts[finding];
    ensures !is_one ==> report->firsts[finding] == \old(report->firsts[finding]) &&
        report->counts[finding] == \old(report->counts[finding]);
    ensures is_one ==> report->firsts[finding] == (\old(report->firsts[finding]) ==
        MEMMAP_NO_ORIGIN ? entry : \old(report->firsts[finding])); */
static void count_finding(struct memmap_report *report, enum memmap_finding finding,
                          uint32_t entry, bool is_one)
{
    if (report->firsts[finding] == MEMMAP_NO_ORIGIN && is_one)
        report->firsts[finding] = entry;
    report->counts[finding] += is_one;
}

/* Findings that show when an entry opens over what is there already. */
/*@ requires sweep_open(sweep) && \valid_read(span) && span_known(span);
    assigns sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1]; */
static void note_overlap(struct sweep *sweep, const struct span *span)
{
    uint32_t kinds = entry_kinds(sweep);
    uint32_t own = UINT32_C(1) << span->kind;

    count_finding(sweep->report, MEMMAP_OVERLAP, span->origin, (kinds & own) != 0);
    count_finding(sweep->report, MEMMAP_CONTRADICTION, span->origin, (kinds & ~own) != 0);
}

/*
 * Restrictions unite and capabilities intersect: with capabilities inverted both unite. What
 * every entry of the map has needs no counting.
 */
/*@ requires \valid_read(sweep) && \valid_read(span);
    assigns \nothing; */
static uint64_t counted_bits(const struct sweep *sweep, const struct span *span)
{
    return (span->attributes ^ MEMMAP_CAPABILITIES) & ~sweep->bits_always;
}

/*@ requires \valid(sweep);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63]; */
static void open_bits(struct sweep *sweep, uint64_t bits)
{
    sweep->bits_now |= bits;
    /*@ loop assigns bits, sweep->bit_counts[0 .. 63];
        loop variant bits; */
    for (; bits != 0; bits = bit_without_lowest(bits))
        sweep->bit_counts[bit_lowest(bits)]++;
}

/*@ requires \valid(sweep);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63]; */
static void close_bits(struct sweep *sweep, uint64_t bits)
{
    /*@ loop assigns bits, sweep->bits_now, sweep->bit_counts[0 .. 63];
        loop variant bits; */
    for (; bits != 0; bits = bit_without_lowest(bits)) {
        unsigned bit = bit_lowest(bits);
        if (--sweep->bit_counts[bit] == 0)
            sweep->bits_now &= ~(UINT64_C(1) << bit);
    }
}

/*@ requires sweep_open(sweep) && \valid_read(sweep->spans + index);
    requires span_known(&sweep->spans[index]) && index < UINT32_MAX;
    requires \valid(sweep->next + (0 .. index));
    requires \forall integer c; 0 <= c < SWEEP_CLASSES ==> sweep->tails[c] <= index;
    requires \separated(sweep->spans + index, sweep, sweep->report, sweep->next + (0 .. index));
    requires \separated(sweep, sweep->next + (0 .. index));
    assigns sweep->report->firsts[0 .. MEMMAP_FINDING_COUNT - 1],
            sweep->report->counts[0 .. MEMMAP_FINDING_COUNT - 1], sweep->bits_now,
            sweep->bit_counts[0 .. 63], sweep->loaded_count, sweep->loaded_claim,
            sweep->next[0 .. index], sweep->heads[0 .. SWEEP_CLASSES - 1],
            sweep->tails[0 .. SWEEP_CLASSES - 1], sweep->open_counts[0 .. SWEEP_CLASSES - 1],
            sweep->class_mask, sweep->depth;
    ensures \forall integer c; 0 <= c < SWEEP_CLASSES ==> sweep->tails[c] <= index + 1; */
static void open_span(struct sweep *sweep, uint32_t index)
{
    const struct span *span = &sweep->spans[index];
    unsigned class = class_of(span);

    if (span->form != SPAN_CLAIM) {
        note_overlap(sweep, span);
        open_bits(sweep, counted_bits(sweep, span));
    } else if (span->loaded != 0) {
        sweep->loaded_count++;
        sweep->loaded_claim = index;
    }
    /* The tail of a class that is not open is a span that ended, or none: nobody follows it. */
    sweep->next[sweep->tails[class]] = index;
    sweep->heads[class] = sweep->open_counts[class] == 0 ? index : sweep->heads[class];
    sweep->tails[class] = index + 1;
    sweep->open_counts[class]++;
    sweep->class_mask |= class_bit(class);
    sweep->depth++;
}

/*@ requires sweep_open(sweep) && \valid_read(sweep->spans + index);
    requires span_known(&sweep->spans[index]);
    requires \separated(sweep->spans + index, sweep);
    assigns sweep->bits_now, sweep->bit_counts[0 .. 63], sweep->loaded_count,
            sweep->open_counts[0 .. SWEEP_CLASSES - 1], sweep->class_mask, sweep->depth; */
static void close_span(struct sweep *sweep, uint32_t index)
{
    const struct span *span = &sweep->spans[index];
    unsigned class = class_of(span);
    uint64_t last_one = --sweep->open_counts[class] == 0;

    if (span->form != SPAN_CLAIM)
        close_bits(sweep, counted_bits(sweep, span));
    else
        sweep->loaded_count -= span->loaded;
    sweep->class_mask ^= last_one << class;
    sweep->depth--;
}

/*@ logic integer span_class{L}(struct span *s) =
        s->kind + (s->form == SPAN_CLAIM ? SWEEP_CLAIM : 0);
    // From span `head` on, those of a class that ended by pfn lead, each to a later one, to an open
    // one, which is `last` at the latest.
    predicate leads_to{L}(struct sweep *s, integer head, integer class, integer pfn, integer last) =
        head <= last < UINT32_MAX &&
            \valid_read(s->spans + (head .. last)) && \valid_read(s->next + (head .. last)) &&
            \separated(s, s->next + (head .. last)) && s->spans[last].end_pfn > pfn &&
            span_class(s->spans + head) == class &&
            \forall integer i; head <= i < last && s->spans[i].end_pfn <= pfn &&
                span_class(s->spans + i) == class ==> i < s->next[i + 1] <= last &&
                    span_class(s->spans + s->next[i + 1]) == class;
    lemma leads_on{L}: \forall struct sweep *s, integer head, class, pfn, last;
        leads_to(s, head, class, pfn, last) ==> s->spans[head].end_pfn <= pfn ==>
        head < s->next[head + 1] && head < last &&
            leads_to(s, s->next[head + 1], class, pfn, last);
    predicate leads_to_open{L}(struct sweep *s, integer head, integer class, integer pfn) =
        \exists integer last; leads_to(s, head, class, pfn, last); */

/* The first span of an open class that is still open at `pfn`. */
/*@ requires \valid(sweep) && class < SWEEP_CLASSES;
    requires leads_to_open(sweep, sweep->heads[class], class, pfn);
    assigns sweep->heads[class];
    ensures \valid_read(sweep->spans + \result) && sweep->spans[\result].end_pfn > pfn;
    ensures span_class(sweep->spans + \result) == class; */
static uint32_t first_open(struct sweep *sweep, unsigned class, uint64_t pfn)
{
    const uint32_t *behind = sweep->next + 1;
    uint32_t head = sweep->heads[class];

    /*@ loop invariant leads_to_open(sweep, head, class, pfn);
        loop assigns head;
        loop variant UINT32_MAX - head; */
    while (sweep->spans[head].end_pfn <= pfn) {
        /*@ assert \exists integer last; leads_to(sweep, head, class, pfn, last) &&
                leads_to(sweep, sweep->next[head + 1], class, pfn, last) && head < last &&
                head < sweep->next[head + 1]; */
        head = behind[head];
    }
    sweep->heads[class] = head;
    return head;
}

/* The span that decides over an open kind: the first that opened, entry or claim. */
static const struct span *decider(struct sweep *sweep, unsigned kind, uint64_t pfn)
{
    bool by_entry = (entry_kinds(sweep) >> kind & 1) != 0;
    bool by_claim = (claim_kinds(sweep) >> kind & 1) != 0;
    uint32_t index = first_open(sweep, by_entry ? kind : kind + SWEEP_CLAIM, pfn);

    if (by_entry && by_claim) {
        uint32_t claim = first_open(sweep, kind + SWEEP_CLAIM, pfn);
        index = claim < index ? claim : index;
    }
    return &sweep->spans[index];
}

/* Is the loaded claim that covers the pages from `pfn` on really ours, and has it kept them? */
static void check_loaded_claim(struct sweep *sweep, unsigned kind, uint64_t pfn)
{
    const struct span *claim = &sweep->spans[sweep->loaded_claim];
    uint32_t kinds = entry_kinds(sweep);
    enum memmap_status status = MEMMAP_OK;

    if (sweep->loaded_count > 1 || kind != claim->kind)
        status = MEMMAP_CLAIM_LOST;
    else if ((kinds & memmap_kind_bit(MEMMAP_LOADER_RECLAIMABLE)) == 0)
        status = MEMMAP_CLAIM_MISSES;
    if (status == MEMMAP_OK)
        return;
    if (status == MEMMAP_CLAIM_MISSES && kinds != 0)
        kind = bit_highest(kinds);
    fail(sweep, status, claim->origin - sweep->entry_count,
         origin_of_span(sweep, decider(sweep, kind, pfn)), pfn);
}

/* The pages [first_pfn, end_pfn) in which nothing begins or ends. */
static void emit_covered(struct sweep *sweep, uint64_t first_pfn, uint64_t end_pfn)
{
    uint32_t kinds = entry_kinds(sweep);
    unsigned kind = bit_highest(kinds | claim_kinds(sweep));
    unsigned flags = sweep->depth > 1 ? MEMMAP_SHARED : 0;
    uint64_t attributes = 0;

    if ((kinds & (kinds - 1)) != 0)
        flags |= MEMMAP_CONFLICT;
    if (kinds != 0) {
        attributes = (sweep->bits_always | sweep->bits_now) ^ MEMMAP_CAPABILITIES;
        sweep->report->stated.pages += end_pfn - first_pfn;
    } else {
        sweep->report->claimed.pages += end_pfn - first_pfn;
    }
    if (sweep->loaded_count > 0)
        check_loaded_claim(sweep, kind, first_pfn);
    if (goes_on(sweep->map, first_pfn, kind, attributes))
        grow_last(sweep->map, end_pfn, flags);
    else
        append_region(sweep->map, first_pfn, end_pfn, kind, attributes,
                      origin_of_span(sweep, decider(sweep, kind, first_pfn)), flags);
}

/* The ends of spans [first, end), in order. */
/*@ requires \valid_read(sweep) && first < end <= UINT32_MAX;
    requires \valid_read(sweep->spans + (first .. end - 1));
    requires \valid(sweep->ends + (0 .. end - first - 1));
    requires \valid(sweep->spare + (0 .. end - first - 1));
    requires \separated(sweep->ends + (0 .. end - first - 1), sweep,
                        sweep->spans + (first .. end - 1), sweep->spare + (0 .. end - first - 1));
    assigns sweep->ends[0 .. end - first - 1], sweep->spare[0 .. end - first - 1];
    assigns \result \from sweep->ends, sweep->spare, sweep->spans[first .. end - 1];
    ensures \result == sweep->ends || \result == sweep->spare; */
static const struct place *sort_ends(struct sweep *sweep, size_t first, size_t end)
{
    /*@ loop invariant first <= i <= end;
        loop assigns i, sweep->ends[0 .. end - first - 1];
        loop variant end - i; */
    for (size_t i = first; i < end; i++)
        sweep->ends[i - first] =
            (struct place){.key = sweep->spans[i].end_pfn, .index = (uint32_t)i};
    return memmap_places_sort(sweep->ends, sweep->spare, end - first);
}

/* Spans [first, end) overlap without a gap: between two bounds in a row the cover is the same. */
static void sweep_cluster(struct sweep *sweep, size_t first, size_t end)
{
    const struct place *close = sort_ends(sweep, first, end);
    const struct place *behind = close + (end - first);
    uint64_t pfn = sweep->spans[first].first_pfn;
    uint64_t open_pfn = pfn;

    while (close < behind) {
        uint64_t next_pfn = open_pfn < close->key ? open_pfn : close->key;
        if (next_pfn != pfn)
            emit_covered(sweep, pfn, next_pfn);
        pfn = next_pfn;
        if (close->key == pfn) {
            close_span(sweep, close->index);
            close++;
        } else {
            open_span(sweep, (uint32_t)first);
            first++;
            open_pfn = first < end ? sweep->spans[first].first_pfn : UINT64_MAX;
        }
    }
}

/* One past the last span that overlaps, over any number of others, the span `first`. */
/*@ requires first < count && \valid_read(spans + (0 .. count - 1));
    assigns \nothing;
    ensures first < \result <= count; */
static size_t cluster_end(const struct span *spans, size_t first, size_t count)
{
    uint64_t end_pfn = spans[first].end_pfn;
    size_t i = first + 1;

    /*@ loop invariant first < i <= count;
        loop assigns i, end_pfn;
        loop variant count - i; */
    for (; i < count && spans[i].first_pfn < end_pfn; i++)
        if (spans[i].end_pfn > end_pfn)
            end_pfn = spans[i].end_pfn;
    return i;
}

void memmap_sweep_spans(struct sweep *sweep, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t end = cluster_end(sweep->spans, i, count);
        if (end == i + 1)
            emit_alone(sweep, &sweep->spans[i]);
        else
            sweep_cluster(sweep, i, end);
        i = end;
    }
}

/* ---- entries that are in order already ------------------------------------------------- */

bool memmap_sweep_in_order(const struct memmap_input *input, struct memmap *map,
                    struct memmap_report *report)
{
    const uint64_t width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    const uint32_t count = input->source.count;
    /* A copy stays in registers. */
    struct memmap out = {.regions = map->regions, .capacity = map->capacity};
    uint64_t end_pfn = 0;
    struct memmap_entry entry;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t first_pfn;
        memmap_source_entry(&input->source, i, &entry);
        first_pfn = entry.base_bytes / PAGE_BYTES;
        if (first_pfn < end_pfn || !entry_is_exact(&entry, width_pfn))
            return false;
        end_pfn = first_pfn + entry.page_count;
        report->stated_pages[entry.kind] += entry.page_count;
        if (goes_on(&out, first_pfn, entry.kind, entry.attributes))
            grow_last(&out, end_pfn, 0);
        else
            append_region(&out, first_pfn, end_pfn, entry.kind, entry.attributes, i, 0);
    }
    map->count = out.count;
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        report->stated.pages += report->stated_pages[kind];
    return true;
}
