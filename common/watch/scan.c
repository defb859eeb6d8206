/* SPDX-License-Identifier: MIT */
/*
 * Narrowing candidates round by round; see scan.h.
 *
 * Pages that have candidates are read in runs of neighbours, with the first bytes of the page behind:
 * a value may begin in one page and end in the next.
 */
#include "watch/scan.h"

#include "base/bits.h"
#include "base/mem.h"
#include "watch/inner.h"

enum { MOST_WIDTH = 8 };

struct round {
    struct watch_scan *scan;
    const struct watch_predicate *predicate;
    uint64_t good_bytes;
    uint64_t bad_bytes;
};

static bool stride_is_good(uint32_t stride_bytes)
{
    return stride_bytes != 0 && stride_bytes <= 8 && bit_at_most_one(stride_bytes);
}

uint64_t watch_scan_bytes(uint64_t size_bytes, uint32_t stride_bytes)
{
    uint64_t slots = (size_bytes >> bit_lowest(stride_bytes)) + 1;

    return (slots / 64 + 1) * 8;
}

enum watch_status watch_scan_begin(struct watch_scan *ret_scan, struct watch_region *region,
                                   enum watch_type type, uint32_t stride_bytes,
                                   uint64_t *candidates, uint64_t candidates_bytes)
{
    uint64_t width, slots;

    if ((unsigned)type >= WATCH_TYPE_COUNT || !stride_is_good(stride_bytes))
        return WATCH_BAD_VALUE;
    width = watch_type_bytes(type);
    if (region->size_bytes < width)
        return WATCH_BAD_VALUE;
    if (candidates == NULL || candidates_bytes < watch_scan_bytes(region->size_bytes, stride_bytes))
        return WATCH_NO_ROOM;
    slots = ((region->size_bytes - width) >> bit_lowest(stride_bytes)) + 1;
    memset(candidates, 0xff, (size_t)(slots / 64 * 8));
    candidates[slots / 64] = bit_mask_low((unsigned)(slots % 64));
    *ret_scan = (struct watch_scan){
        .region = region,
        .candidates = candidates,
        .slot_count = slots,
        .candidate_count = slots,
        .type = type,
        .stride_bytes = stride_bytes,
    };
    return WATCH_OK;
}

/* ---- which pages ---------------------------------------------------------------------------------------- */

/* The words of candidates of a page: a page is a multiple of 64 values. */
static uint64_t first_word(const struct watch_scan *scan, uint64_t offset)
{
    return offset / 64 >> bit_lowest(scan->stride_bytes);
}

static bool page_has_candidates(const struct watch_scan *scan, uint64_t offset)
{
    uint64_t last = scan->slot_count / 64;
    uint64_t end = first_word(scan, offset + WATCH_PAGE_BYTES);

    for (uint64_t word = first_word(scan, offset); word < end && word <= last; word++) {
        if (scan->candidates[word] != 0)
            return true;
    }
    return false;
}

static uint64_t run_of_pages(const struct watch_scan *scan, uint64_t offset, uint64_t most_bytes)
{
    uint64_t length = 0;

    while (length < most_bytes && offset + length < scan->region->size_bytes &&
           page_has_candidates(scan, offset + length))
        length += page_rest(scan->region, offset + length);
    return length;
}

/* ---- judging ---------------------------------------------------------------------------------------------- */

/*
 * Judges the values that begin in [offset, offset + size); their bytes are good up to `good_end`.
 */
static void judge(struct round *round, uint64_t offset, uint64_t size_bytes, uint64_t good_end)
{
    struct watch_scan *scan = round->scan;
    uint64_t width = watch_type_bytes(scan->type), span = UINT64_C(64) * scan->stride_bytes;
    const uint8_t *old_bytes = scan->region->old_bytes;

    for (uint64_t at = offset; at < offset + size_bytes; at += span) {
        uint64_t *word = &scan->candidates[first_word(scan, at)], before = *word;
        uint64_t last = at + span - scan->stride_bytes + width; /* the end of the last value */
        unsigned count = 64;
        if (before == 0)
            continue;
        if (last > good_end)
            count = good_end - at < width
                        ? 0
                        : (unsigned)((good_end - at - width) >> bit_lowest(scan->stride_bytes)) + 1;
        *word &= watch_match(round->predicate, old_bytes == NULL ? NULL : old_bytes + at,
                             scan->region->workspace + (at - offset), count, scan->stride_bytes);
        scan->candidate_count -= bit_count(before) - bit_count(*word);
    }
}

/* Removes the candidates of a page that cannot be read. */
static void drop_page(struct round *round, uint64_t offset)
{
    struct watch_scan *scan = round->scan;
    uint64_t end = first_word(scan, offset + WATCH_PAGE_BYTES), last = scan->slot_count / 64;

    for (uint64_t word = first_word(scan, offset); word < end && word <= last; word++) {
        scan->candidate_count -= bit_count(scan->candidates[word]);
        scan->candidates[word] = 0;
    }
    if (scan->region->copy != NULL)
        watch_set_lost(scan->region, offset / WATCH_PAGE_BYTES, true);
    round->bad_bytes += page_rest(scan->region, offset);
}

static void keep_bytes(struct round *round, uint64_t offset, uint64_t size_bytes)
{
    struct watch_region *region = round->scan->region;

    round->good_bytes += size_bytes;
    if (region->copy == NULL)
        return;
    memcpy(region->copy + offset, region->workspace, (size_t)size_bytes);
    watch_note_filled(region, offset, size_bytes);
    for (uint64_t at = 0; at < size_bytes; at += WATCH_PAGE_BYTES)
        watch_set_lost(region, (offset + at) / WATCH_PAGE_BYTES, false);
}

/* The first bytes of the page behind, for the values that reach into it; where they end. */
static uint64_t read_behind(struct round *round, uint64_t offset, uint64_t got)
{
    struct watch_region *region = round->scan->region;
    uint64_t end = offset + got, more = at_most(MOST_WIDTH - 1, region->size_bytes - end);

    if (more == 0 || round->scan->stride_bytes >= watch_type_bytes(round->scan->type))
        return end;
    if (watch_predicate_needs_old(round->predicate) &&
        watch_page_is_lost(region, end / WATCH_PAGE_BYTES))
        return end;
    if (!watch_read_exactly(region, end, more, region->workspace + got))
        return end;
    return end + more;
}

/* Old values of pages that the snapshot lacks are none: their candidates go, their bytes are kept. */
static uint64_t skip_lost(struct round *round, uint64_t offset, uint64_t size_bytes)
{
    struct watch_scan *scan = round->scan;
    uint64_t at = 0;

    if (!watch_predicate_needs_old(round->predicate))
        return size_bytes;
    while (at < size_bytes && !watch_page_is_lost(scan->region, (offset + at) / WATCH_PAGE_BYTES))
        at += page_rest(scan->region, offset + at);
    return at;
}

/* Judges pages that have candidates, from `offset` on; returns how many bytes are seen to. */
static uint64_t judge_pages(struct round *round, uint64_t offset, uint64_t size_bytes)
{
    struct watch_region *region = round->scan->region;
    uint64_t known = skip_lost(round, offset, size_bytes), got, good_end;

    if (known == 0) {
        drop_page(round, offset);
        return page_rest(region, offset);
    }
    got = watch_read_pages(region, offset, known, region->workspace);
    if (got > 0) {
        good_end = read_behind(round, offset, got);
        judge(round, offset, got, good_end);
        keep_bytes(round, offset, got);
    }
    if (got == known)
        return got;
    drop_page(round, offset + got);
    return got + page_rest(region, offset + got);
}

enum watch_status watch_scan_round(struct watch_scan *scan, const struct watch_predicate *predicate,
                                   watch_progress progress, void *context)
{
    struct watch_region *region = scan->region;
    uint64_t most = region->workspace_bytes - WATCH_PAGE_BYTES, offset = 0;
    struct round round = {.scan = scan, .predicate = predicate};

    if (!watch_predicate_is_good(predicate) || predicate->type != scan->type)
        return WATCH_BAD_VALUE;
    if (watch_predicate_needs_old(predicate)) {
        if (region->old_bytes == NULL)
            return WATCH_NO_COPY;
        if (!region->has_snapshot)
            return WATCH_NO_SNAPSHOT;
    }
    forget_gap(region);
    while (offset < region->size_bytes) {
        uint64_t length = run_of_pages(scan, offset, most);
        offset += length > 0 ? judge_pages(&round, offset, length) : page_rest(region, offset);
        if (progress != NULL && !progress(context, offset))
            return WATCH_STOPPED;
    }
    if (region->copy != NULL)
        region->has_snapshot = true;
    return watch_outcome(round.good_bytes, round.bad_bytes);
}

bool watch_scan_next(const struct watch_scan *scan, uint64_t *slot, uint64_t *ret_address)
{
    uint64_t index = *slot / 64, word;

    if (*slot >= scan->slot_count)
        return false;
    word = scan->candidates[index] & ~bit_mask_low((unsigned)(*slot % 64));
    while (word == 0) {
        if (++index > (scan->slot_count - 1) / 64)
            return false;
        word = scan->candidates[index];
    }
    *slot = index * 64 + bit_lowest(word);
    *ret_address = scan->region->address + *slot * scan->stride_bytes;
    ++*slot;
    return true;
}
