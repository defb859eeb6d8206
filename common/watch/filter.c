/* SPDX-License-Identifier: MIT */
/* Which changes are told; see struct watch_filter in watch.h. */
#include "watch/filter.h"

#include "watch/inner.h"

enum watch_status watch_filter_check(const struct watch_region *region,
                                     const struct watch_filter *filter)
{
    for (size_t i = 0; i < filter->ignored_count; i++) {
        if (filter->ignored[i].first >= filter->ignored[i].end ||
            (i > 0 && filter->ignored[i].first < filter->ignored[i - 1].end))
            return WATCH_BAD_VALUE;
    }
    if (filter->least_bytes > region->workspace_bytes - WATCH_PAGE_BYTES)
        return WATCH_BAD_VALUE;
    if (filter->predicate == NULL)
        return region->hashes != NULL && filter->least_bytes > 1 ? WATCH_NO_COPY : WATCH_OK;
    if (!watch_predicate_is_good(filter->predicate))
        return WATCH_BAD_VALUE;
    return region->hashes != NULL ? WATCH_NO_COPY : WATCH_OK;
}

/* Is one of the values that the change touches, wholly inside the region's bytes, a match? */
static bool values_match(const struct watch_region *region, const struct watch_change *change,
                         const struct watch_predicate *predicate)
{
    uint64_t width = watch_type_bytes(predicate->type);
    uint64_t first = change->address - region->address, end = first + change->length_bytes;
    uint64_t at = first - first % width, back = first - at;
    /* Values do not straddle pages, so that those at both ends stand in the batch, too. */
    const uint8_t *old_bytes = change->old_bytes - back, *new_bytes = change->new_bytes - back;

    for (; at < end && region->size_bytes - at >= width; at += width) {
        if (watch_match(predicate, old_bytes, new_bytes, 1, 1) != 0)
            return true;
        old_bytes += width;
        new_bytes += width;
    }
    return false;
}

static bool hand_over(const struct watch_region *region, const struct watch_diff_options *options,
                      const struct watch_change *change, struct watch_totals *totals)
{
    const struct watch_filter *filter = options->filter;

    if (!change->continues && !change->is_rest && change->length_bytes < filter->least_bytes)
        return true;
    if (filter->predicate != NULL && !values_match(region, change, filter->predicate))
        return true;
    totals->change_count++;
    return options->take == NULL || options->take(options->context, change);
}

/* The part of a change from `first` up to `end`, both within it. */
static struct watch_change part_of(const struct watch_change *change, uint64_t first, uint64_t end)
{
    struct watch_change part = *change;
    uint64_t skipped = first - change->address;

    part.address = first;
    part.length_bytes = end - first;
    if (change->old_bytes != NULL) {
        part.old_bytes = change->old_bytes + skipped;
        part.new_bytes = change->new_bytes + skipped;
    }
    part.is_rest = change->is_rest && skipped == 0;
    part.continues = change->continues && end - change->address == change->length_bytes;
    return part;
}

bool watch_filter_change(const struct watch_region *region,
                         const struct watch_diff_options *options,
                         const struct watch_change *change, struct watch_totals *totals)
{
    const struct watch_filter *filter = options->filter;
    uint64_t at = change->address, end = at + change->length_bytes;
    struct watch_change part;

    for (size_t i = 0; i < filter->ignored_count && at != end; i++) {
        const struct watch_range *ignored = &filter->ignored[i];
        if (ignored->end <= at)
            continue;
        if (ignored->first - change->address >= change->length_bytes && ignored->first > at)
            break;
        if (ignored->first > at) {
            part = part_of(change, at, ignored->first);
            if (!hand_over(region, options, &part, totals))
                return false;
        }
        at = ignored->end - change->address < change->length_bytes ? ignored->end : end;
    }
    if (at == end)
        return true;
    part = part_of(change, at, end);
    return hand_over(region, options, &part, totals);
}
