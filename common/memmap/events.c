/* SPDX-License-Identifier: MIT */
/* Entries and claims as events, and their sort; see events.h. */
#include "memmap/events.h"

/* An end as stated: a page and a byte in it. */
struct place {
    uint64_t pfn;
    uint16_t offset;
};

/* A range as stated. */
struct extent {
    struct place first;
    struct place end;
};

/* A list under construction. */
struct event_list {
    struct memmap_event *events;
    size_t count;
};

void report_finding(struct memmap_report *report, enum memmap_finding finding, uint32_t entry)
{
    if (report->counts[finding]++ == 0)
        report->firsts[finding] = entry;
}

static void add_event(struct event_list *list, struct place place, uint32_t origin, unsigned what)
{
    list->events[list->count++] = (struct memmap_event){
        .pfn = place.pfn, .origin = origin, .offset = place.offset, .what = (uint16_t)what};
}

static void add_pair(struct event_list *list, struct extent extent, uint32_t origin, unsigned what)
{
    add_event(list, extent.first, origin, what | EVENT_OPEN);
    add_event(list, extent.end, origin, what);
}

/* The stated extent; false where it ends beyond 2^64 (then extent->end is 2^64). */
static bool extent_of(const struct memmap_entry *entry, struct extent *extent)
{
    uint64_t first = entry->base_bytes / PAGE_BYTES;
    uint64_t offset = entry->base_bytes % PAGE_BYTES;
    uint64_t rest = offset + entry->tail_bytes;
    uint64_t end;

    extent->first = (struct place){.pfn = first, .offset = (uint16_t)offset};
    extent->end = (struct place){.pfn = PFN_END, .offset = 0};
    if (entry->page_count > PFN_END - first)
        return false;
    end = first + entry->page_count + rest / PAGE_BYTES;
    if (end > PFN_END || (end == PFN_END && rest % PAGE_BYTES != 0))
        return false;
    extent->end = (struct place){.pfn = end, .offset = (uint16_t)(rest % PAGE_BYTES)};
    return true;
}

static bool extent_is_aligned(const struct extent *extent)
{
    return extent->first.offset == 0 && extent->end.offset == 0;
}

/* Usable memory shrinks to whole pages, everything else grows to them. */
static struct extent round_inward(struct extent extent)
{
    return (struct extent){.first = {.pfn = extent.first.pfn + (extent.first.offset != 0)},
                           .end = {.pfn = extent.end.pfn}};
}

static struct extent round_outward(struct extent extent)
{
    return (struct extent){.first = {.pfn = extent.first.pfn},
                           .end = {.pfn = extent.end.pfn + (extent.end.offset != 0)}};
}

static bool reaches_over(const struct extent *extent, uint64_t width_pfn)
{
    return extent->end.pfn > width_pfn ||
           (extent->end.pfn == width_pfn && extent->end.offset != 0);
}

/* Events of one accepted entry. True where it reaches over the width. */
static bool add_entry(struct event_list *list, const struct memmap_entry *entry, uint32_t index,
                      struct extent stated, uint64_t width_pfn)
{
    bool over = reaches_over(&stated, width_pfn);
    struct extent pages =
        entry->kind == MEMMAP_USABLE ? round_inward(stated) : round_outward(stated);

    if (!over && extent_is_aligned(&stated)) {
        add_pair(list, pages, index, EVENT_PAGE | EVENT_RAW);
        return false;
    }
    if (pages.end.pfn > width_pfn)
        pages.end.pfn = width_pfn;
    add_pair(list, stated, index, EVENT_RAW);
    if (pages.first.pfn < pages.end.pfn)
        add_pair(list, pages, index, EVENT_PAGE);
    return over;
}

/* One entry: findings, totals and events. True where it reaches over the width. */
static bool collect_entry(const struct memmap_source *source, uint32_t index, uint64_t width_pfn,
                          struct event_list *list, struct memmap_report *report)
{
    struct memmap_entry entry;
    struct extent stated;

    memmap_source_entry(source, index, &entry);
    if (entry.page_count == 0 && entry.tail_bytes == 0) {
        report_finding(report, MEMMAP_EMPTY, index);
        return false;
    }
    if (!extent_of(&entry, &stated)) {
        report_finding(report, MEMMAP_WRAPPING, index);
        add_pair(list, stated, index, EVENT_RAW | EVENT_DROPPED);
        return reaches_over(&stated, width_pfn);
    }
    report->stated_pages[entry.kind] += entry.page_count;
    if (!extent_is_aligned(&stated))
        report_finding(report, MEMMAP_MISALIGNED, index);
    if (!add_entry(list, &entry, index, stated, width_pfn))
        return false;
    report_finding(report, MEMMAP_BEYOND_WIDTH, index);
    return true;
}

size_t events_collect(const struct memmap_input *input, struct memmap_event *events,
                      struct memmap_report *report)
{
    struct event_list list = {.events = events, .count = 0};
    uint64_t width_pfn = UINT64_C(1) << (input->physical_bits - 12);
    bool over = false;

    for (uint32_t i = 0; i < input->source.count; i++)
        over |= collect_entry(&input->source, i, width_pfn, &list, report);
    for (uint32_t i = 0; i < input->claim_count; i++) {
        const struct memmap_claim *claim = &input->claims[i];
        struct extent pages = {.first = {.pfn = claim->first_pfn}, .end = {.pfn = claim->end_pfn}};
        add_pair(&list, pages, input->source.count + i, EVENT_PAGE);
    }
    if (over)
        add_event(&list, (struct place){.pfn = width_pfn}, 0, 0);
    return list.count;
}

/* Order of two entries that open at the same place: equal ones stand together. */
static bool entry_precedes(const struct memmap_source *source, uint32_t a, uint32_t b)
{
    struct memmap_entry left, right;

    memmap_source_entry(source, a, &left);
    memmap_source_entry(source, b, &right);
    if (left.kind != right.kind)
        return left.kind < right.kind;
    if (left.page_count != right.page_count)
        return left.page_count < right.page_count;
    if (left.tail_bytes != right.tail_bytes)
        return left.tail_bytes < right.tail_bytes;
    return left.attributes < right.attributes;
}

/*
 * A strict weak order. At one place: what ends before what begins (ranges that touch do not
 * overlap), entries before claims, equal entries together, and of one entry's two events the
 * stated range's before the rounded one's (so that twins come as R R P P).
 */
static bool event_precedes(const struct memmap_source *source, const struct memmap_event *a,
                           const struct memmap_event *b)
{
    if (a->pfn != b->pfn)
        return a->pfn < b->pfn;
    if (a->offset != b->offset)
        return a->offset < b->offset;
    if (((a->what ^ b->what) & EVENT_OPEN) != 0)
        return (a->what & EVENT_OPEN) == 0;
    if ((a->what & EVENT_OPEN) == 0)
        return false;
    if (a->origin >= source->count || b->origin >= source->count)
        return a->origin < source->count && b->origin >= source->count;
    if (entry_precedes(source, a->origin, b->origin))
        return true;
    if (entry_precedes(source, b->origin, a->origin))
        return false;
    return (a->what & EVENT_RAW) > (b->what & EVENT_RAW);
}

/* One past the ascending run that begins at `from`. */
static size_t run_end(const struct memmap_source *source, const struct memmap_event *events,
                      size_t from, size_t count)
{
    size_t end = from + 1;

    while (end < count && !event_precedes(source, &events[end], &events[end - 1]))
        end++;
    return end;
}

/* Merges from[low, middle) and from[middle, high) into to[low, high), left first on a tie. */
static void merge_runs(const struct memmap_source *source, const struct memmap_event *from,
                       struct memmap_event *to, size_t low, size_t middle, size_t high)
{
    size_t left = low;
    size_t right = middle;

    for (size_t out = low; out < high; out++) {
        bool take_right = left >= middle || (right < high && event_precedes(source, &from[right],
                                                                            &from[left]));
        to[out] = take_right ? from[right++] : from[left++];
    }
}

/* One pass: pairs of runs merge into `to`. Returns how many runs there were. */
static size_t merge_pass(const struct memmap_source *source, const struct memmap_event *from,
                         struct memmap_event *to, size_t count)
{
    size_t runs = 0;

    for (size_t low = 0; low < count;) {
        size_t middle = run_end(source, from, low, count);
        size_t high = middle < count ? run_end(source, from, middle, count) : middle;
        merge_runs(source, from, to, low, middle, high);
        runs += middle < high ? 2 : 1;
        low = high;
    }
    return runs;
}

struct memmap_event *events_sort(const struct memmap_source *source, struct memmap_event *events,
                                 struct memmap_event *spare, size_t count)
{
    if (count == 0 || run_end(source, events, 0, count) == count)
        return events;
    for (;;) {
        size_t runs = merge_pass(source, events, spare, count);
        struct memmap_event *swap = events;
        events = spare;
        spare = swap;
        if (runs <= 2)
            return events;
    }
}
