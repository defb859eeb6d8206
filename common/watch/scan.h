/* SPDX-License-Identifier: MIT */
/*
 * Where is a value? Rounds of conditions that narrow the candidates: equal to 100, then decreased,
 * then equal to 95. A candidate is a bit; bit i stands for the value at i * stride_bytes in the region.
 */
#ifndef GROMA_WATCH_SCAN_H
#define GROMA_WATCH_SCAN_H

#include "watch/watch.h"

C_DECLARATIONS_BEGIN

struct watch_scan {
    struct watch_region *region;
    uint64_t *candidates; /* the caller's */
    uint64_t slot_count;
    uint64_t candidate_count;
    enum watch_type type;
    uint32_t stride_bytes;
};

/* What watch_scan_begin needs for the candidates: a multiple of 8. */
uint64_t watch_scan_bytes(uint64_t size_bytes, uint32_t stride_bytes);

/*
 * Begins with every value of the region as a candidate. stride_bytes: 1, 2, 4 or 8; the type's width
 * for aligned values. BAD_VALUE: no such type or stride, or a region smaller than a value. NO_ROOM: see
 * watch_scan_bytes. *ret_scan is untouched on errors. O(size / stride / 64).
 */
MUST_USE enum watch_status watch_scan_begin(struct watch_scan *ret_scan,
                                            struct watch_region *region, enum watch_type type,
                                            uint32_t stride_bytes, uint64_t *candidates,
                                            uint64_t candidates_bytes);

/* May be NULL: called now and then with what is done of the region; false ends the round. */
typedef bool (*watch_progress)(void *context, uint64_t done_bytes);

/*
 * Keeps the candidates that match, and keeps the bytes looked at as the region's snapshot where it has
 * a copy: conditions on old values compare with the round before. Pages without candidates are not
 * read, those that cannot be read lose theirs (PARTIAL; UNREADABLE where none could be read). The
 * predicate's type must be the scan's: BAD_VALUE. NO_COPY, NO_SNAPSHOT: it needs old values. STOPPED: the rest are candidates
 * still. O(pages with candidates).
 */
MUST_USE enum watch_status watch_scan_round(struct watch_scan *scan,
                                            const struct watch_predicate *predicate,
                                            watch_progress progress, void *context);

/* Walks the candidates: *slot is 0 at the start. False at the end. */
MUST_USE bool watch_scan_next(const struct watch_scan *scan, uint64_t *slot, uint64_t *ret_address);

C_DECLARATIONS_END

#endif
