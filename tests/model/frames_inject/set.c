/* SPDX-License-Identifier: MIT */
/* Sets of frames as runs; see inject.h. */
#include <stdlib.h>
#include <string.h>

#include "inject.h"

/* The first run that ends above `first`. */
static unsigned find(const struct set *set, uint64_t first)
{
    unsigned low = 0, high = set->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (set->runs[middle].end > first)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void insert(struct set *set, unsigned i, uint64_t first, uint64_t end)
{
    if (set->count == SET_MAX)
        abort();
    memmove(&set->runs[i + 1], &set->runs[i], (set->count - i) * sizeof *set->runs);
    set->runs[i] = (struct set_run){first, end};
    set->count++;
}

static void erase(struct set *set, unsigned i)
{
    set->count--;
    memmove(&set->runs[i], &set->runs[i + 1], (set->count - i) * sizeof *set->runs);
}

bool set_has_any(const struct set *set, uint64_t first, uint64_t end)
{
    unsigned i = find(set, first);

    return first < end && i < set->count && set->runs[i].first < end;
}

bool set_has_all(const struct set *set, uint64_t first, uint64_t end)
{
    unsigned i = find(set, first);

    return first >= end || (i < set->count && set->runs[i].first <= first && set->runs[i].end >= end);
}

bool set_add(struct set *set, uint64_t first, uint64_t end)
{
    unsigned i = find(set, first);
    bool joins_before = i > 0 && set->runs[i - 1].end == first;
    bool joins_after = i < set->count && set->runs[i].first == end;

    if (first >= end)
        return true;
    if (set_has_any(set, first, end))
        return false;
    if (joins_before && joins_after) {
        set->runs[i - 1].end = set->runs[i].end;
        erase(set, i);
    } else if (joins_before) {
        set->runs[i - 1].end = end;
    } else if (joins_after) {
        set->runs[i].first = first;
    } else {
        insert(set, i, first, end);
    }
    return true;
}

bool set_remove(struct set *set, uint64_t first, uint64_t end)
{
    unsigned i = find(set, first);
    uint64_t run_end;

    if (first >= end)
        return true;
    if (!set_has_all(set, first, end))
        return false;
    run_end = set->runs[i].end;
    set->runs[i].end = first;
    if (end < run_end)
        insert(set, i + 1, end, run_end);
    if (set->runs[i].first == set->runs[i].end)
        erase(set, i);
    return true;
}

uint64_t set_size(const struct set *set)
{
    uint64_t size = 0;

    for (unsigned i = 0; i < set->count; i++)
        size += set->runs[i].end - set->runs[i].first;
    return size;
}

void set_copy(struct set *set, const struct set *from)
{
    set->count = from->count;
    memcpy(set->runs, from->runs, from->count * sizeof *from->runs);
}

void set_keep(struct set *set, const struct set *other)
{
    static struct set both;

    both.count = 0;
    for (unsigned i = 0, k = 0; i < set->count && k < other->count;) {
        uint64_t first = max_u64(set->runs[i].first, other->runs[k].first);
        uint64_t end = min_u64(set->runs[i].end, other->runs[k].end);
        if (first < end)
            insert(&both, both.count, first, end);
        if (set->runs[i].end < other->runs[k].end)
            i++;
        else
            k++;
    }
    set_copy(set, &both);
}

/* Is there a place in [first, end), all of it free? */
static bool fits(uint64_t first, uint64_t end, uint64_t count, uint64_t align)
{
    uint64_t start = (first + align - 1) & ~(align - 1);

    return start < end && end - start >= count;
}

bool set_has_fit(const struct set *set, const struct frames_request *request)
{
    static const uint64_t zones[] = {0, FRAMES_LOW_END, FRAMES_4G_END, PFN_END};
    uint64_t count = request->count == 0 ? UINT64_C(1) << request->order : request->count;
    uint64_t align = max_u64(request->align_count, request->count == 0 ? count : 1);
    uint64_t limit = request->end_pfn == 0 ? PFN_END : request->end_pfn;

    for (unsigned i = 0; i < set->count; i++) {
        for (unsigned z = (request->flags & FRAMES_LOW) != 0 ? 0 : 1; z < 3; z++) {
            uint64_t first = max_u64(max_u64(set->runs[i].first, zones[z]), request->first_pfn);
            if (fits(first, min_u64(min_u64(set->runs[i].end, zones[z + 1]), limit), count, align))
                return true;
        }
    }
    return false;
}
