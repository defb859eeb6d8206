/* SPDX-License-Identifier: MIT */
/* Private to common/watch: which changes a filter lets through, and statistics. */
#ifndef GROMA_WATCH_FILTER_H
#define GROMA_WATCH_FILTER_H

#include "base/language.h"
#include "watch/watch.h"

C_DECLARATIONS_BEGIN

MUST_USE enum watch_status watch_filter_check(const struct watch_region *region,
                                              const struct watch_filter *filter);

/* Hands over what the filter leaves of a change; false where the caller wants no more. */
bool watch_filter_change(const struct watch_region *region,
                         const struct watch_diff_options *options,
                         const struct watch_change *change, struct watch_totals *totals);

/* A page was seen changed. */
static inline void watch_count_change(struct watch_region *region, uint64_t page, uint64_t now)
{
    struct watch_statistics *statistics = region->statistics;

    if (statistics == NULL)
        return;
    statistics += page;
    if (statistics->change_count++ == 0)
        statistics->first_seen = now;
    statistics->last_seen = now;
}

C_DECLARATIONS_END

#endif
