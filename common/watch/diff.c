/* SPDX-License-Identifier: MIT */
/*
 * Changed bytes as maximal runs; see watch.h.
 *
 * Pages go through the workspace in batches of neighbours, so that a change is handed over, and kept
 * by a refresh, as it was when it was compared. Memory that is mapped is compared where it lies, and
 * only pages that differ are copied first; memory that nobody writes needs no copy at all.
 *
 *   batch    |== == == == == =#|        a run that is open at the end of a full batch: its pages
 *   next                    |=#|## =  | move to the front, and the rest of the batch follows them
 */
#include "base/bits.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "watch/filter.h"
#include "watch/inner.h"

enum { BLOCK_BYTES = 64 };

/* The pages under comparison. Offsets count from the region's first byte. */
struct walk {
    struct watch_region *region;
    const struct watch_diff_options *options;
    struct watch_totals *totals;
    const uint8_t *bytes; /* the current bytes: workspace, or the memory itself */
    uint64_t first;       /* offset of bytes[0] */
    uint64_t held_bytes;
    uint64_t room_bytes;
    uint64_t run_first; /* offset of the open run, or of what is left of it */
    bool run_is_open;
    bool run_is_rest; /* a piece of it was handed over */
    bool goes_on; /* the batch is full, and a page may follow it */
    uint64_t counted_end; /* offset of the end of the last page that was counted as changed */
};

/* ---- runs ---------------------------------------------------------------------------------------------- */

/* Counts the pages of a run that were not counted with the run before. */
static void count_pages(struct walk *walk, uint64_t first, uint64_t end)
{
    uint64_t page = first / WATCH_PAGE_BYTES, last = (end - 1) / WATCH_PAGE_BYTES;

    if (first < walk->counted_end)
        page = walk->counted_end / WATCH_PAGE_BYTES;
    for (; page <= last; page++) {
        walk->totals->changed_pages++;
        watch_count_change(walk->region, page, walk->options->now);
    }
    walk->counted_end = page * WATCH_PAGE_BYTES;
}

/* The run [first, end); false where the caller wants no more. */
static inline bool hand_over(struct walk *walk, uint64_t first, uint64_t end, bool continues)
{
    const struct watch_change change = {
        .address = walk->region->address + first,
        .length_bytes = end - first,
        .old_bytes = walk->region->old_bytes + first,
        .new_bytes = walk->bytes + (first - walk->first),
        .continues = continues,
        .is_rest = walk->run_is_rest,
    };

    walk->run_is_rest = continues;
    walk->totals->changed_bytes += end - first;
    if (end > walk->counted_end)
        count_pages(walk, first, end);
    if (walk->options->filter != NULL)
        return watch_filter_change(walk->region, walk->options, &change, walk->totals);
    walk->totals->change_count++;
    return walk->options->take == NULL || walk->options->take(walk->options->context, &change);
}

/* The top bit of each byte that differs in these words. */
static inline uint64_t word_tops(const uint8_t *left, const uint8_t *right)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t word = load_le64(left) ^ load_le64(right);

    return (((word & low) + low) | word) & ~low;
}

/* Bit i: do the bytes i differ? */
static inline uint64_t block_mask(const uint8_t *left, const uint8_t *right)
{
    /* Bit 8 k + i of the square is of byte k of word i. Written out: compilers leave a loop as it is. */
    uint64_t square = word_tops(left, right) >> 7 | word_tops(left + 8, right + 8) >> 6 |
                      word_tops(left + 16, right + 16) >> 5 | word_tops(left + 24, right + 24) >> 4 |
                      word_tops(left + 32, right + 32) >> 3 | word_tops(left + 40, right + 40) >> 2 |
                      word_tops(left + 48, right + 48) >> 1 | word_tops(left + 56, right + 56);
    uint64_t swapped;

    /* Turned over its diagonal: bits, pairs, fours. */
    swapped = (square ^ square >> 7) & UINT64_C(0x00aa00aa00aa00aa);
    square ^= swapped ^ swapped << 7;
    swapped = (square ^ square >> 14) & UINT64_C(0x0000cccc0000cccc);
    square ^= swapped ^ swapped << 14;
    swapped = (square ^ square >> 28) & UINT64_C(0x00000000f0f0f0f0);
    return square ^ swapped ^ swapped << 28;
}

static uint64_t short_mask(const uint8_t *left, const uint8_t *right, uint64_t size_bytes)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < size_bytes; i++)
        mask |= (uint64_t)(left[i] != right[i]) << i;
    return mask;
}

/* Runs end and begin at the edges of the mask of the bytes from `offset` on. */
static inline bool take_edges(struct walk *walk, uint64_t offset, uint64_t mask)
{
    uint64_t edges = mask ^ (mask << 1 | walk->run_is_open);

    if (walk->run_is_open) {
        if (edges == 0)
            return true;
        walk->run_is_open = false;
        if (!hand_over(walk, walk->run_first, offset + bit_lowest(edges), false))
            return false;
        edges &= edges - 1;
    }
    while (edges != 0) {
        uint64_t first = offset + bit_lowest(edges);
        edges &= edges - 1;
        if (edges == 0) {
            walk->run_first = first;
            walk->run_is_open = true;
            return true;
        }
        if (!hand_over(walk, first, offset + bit_lowest(edges), false))
            return false;
        edges &= edges - 1;
    }
    return true;
}

/* How many bytes of the batch from `at` on are the snapshot's, in whole blocks. */
static uint64_t same_bytes(const struct walk *walk, uint64_t at)
{
    const struct watch_region *region = walk->region;
    const uint8_t *old_bytes = region->old_bytes + walk->first;
    uint64_t end = at, some, same;

    if (region->filled == NULL)
        return watch_same_blocks(old_bytes + at, walk->bytes + at, (size_t)(walk->held_bytes - at));
    do {
        uint64_t page = (walk->first + end) / WATCH_PAGE_BYTES;
        some = same = page_rest(region, walk->first + end);
        if (some < WATCH_PAGE_BYTES || !page_is_filled(region, page) ||
            !watch_is_filled(walk->bytes + end, load_le64(old_bytes + end), WATCH_PAGE_BYTES))
            same = watch_same_blocks(old_bytes + end, walk->bytes + end, (size_t)some);
        end += same;
    } while (same == some && end < walk->held_bytes);
    return end - at;
}

/* Looks at the bytes of the batch from `from` on. */
static bool scan_batch(struct walk *walk, uint64_t from)
{
    const uint8_t *old_bytes = walk->region->old_bytes + walk->first;
    uint64_t at = from;

    while (at < walk->held_bytes) {
        uint64_t left = walk->held_bytes - at, mask;
        if (!walk->run_is_open) {
            at += same_bytes(walk, at);
            left = walk->held_bytes - at;
            if (left == 0)
                break;
        }
        do {
            mask = left >= BLOCK_BYTES ? block_mask(old_bytes + at, walk->bytes + at)
                                       : short_mask(old_bytes + at, walk->bytes + at, left);
            if (!take_edges(walk, walk->first + at, mask))
                return false;
            /* A short block's end is seen from outside. */
            at += left >= BLOCK_BYTES ? BLOCK_BYTES : left;
            left = walk->held_bytes - at;
        } while (left > 0 && mask != 0);
    }
    return true;
}

/* ---- batches ------------------------------------------------------------------------------------------------ */

static void keep_page(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                      const uint8_t *bytes)
{
    memcpy(region->copy + offset, bytes, (size_t)size_bytes);
    watch_note_filled(region, offset, size_bytes);
}

/* In a refresh the new bytes become the old ones. */
static void retire_pages(struct walk *walk, uint64_t size_bytes)
{
    struct watch_region *region = walk->region;

    for (uint64_t at = 0; walk->options->refresh && at < size_bytes; at += WATCH_PAGE_BYTES) {
        uint64_t offset = walk->first + at, size = page_rest(region, offset);
        if (!watch_is_same(region->old_bytes + offset, walk->bytes + at, (size_t)size))
            keep_page(region, offset, size, walk->bytes + at);
    }
}

/* Ends the batch: closes its open run, or keeps that run's pages for the next. */
static bool finish_batch(struct walk *walk)
{
    uint64_t end = walk->first + walk->held_bytes, keep_from = end;
    bool wanted = true;

    if (walk->run_is_open) {
        uint64_t run_page = bit_round_down(walk->run_first, WATCH_PAGE_BYTES);
        if (!walk->goes_on) {
            wanted = hand_over(walk, walk->run_first, end, false);
            walk->run_is_open = false;
        } else if (run_page > walk->first) {
            keep_from = run_page;
        } else { /* a page stays, so that the last piece is never empty */
            keep_from = end - WATCH_PAGE_BYTES;
            wanted = hand_over(walk, walk->run_first, keep_from, true);
            walk->run_first = keep_from;
        }
    }
    retire_pages(walk, keep_from - walk->first);
    if (walk->goes_on)
        memmove(walk->region->workspace, walk->bytes + (keep_from - walk->first),
                (size_t)(end - keep_from));
    walk->first = keep_from;
    walk->held_bytes = end - keep_from;
    return wanted;
}

/* The page at `offset` cannot be compared; in a refresh it is lost, or comes back. */
static void pass_page(struct walk *walk, uint64_t offset, bool is_readable)
{
    struct watch_region *region = walk->region;
    uint64_t page = offset / WATCH_PAGE_BYTES, size = page_rest(region, offset);

    if (is_readable)
        walk->totals->appeared_bytes += size;
    else if (!watch_page_is_lost(region, page))
        walk->totals->unreadable_bytes += size;
    if (walk->options->refresh)
        watch_set_lost(region, page, !is_readable);
}

/* Reads a lost page, straight into the copy where that is refreshed. */
static void look_at_lost(struct walk *walk, uint64_t offset)
{
    struct watch_region *region = walk->region;
    uint8_t *to = walk->options->refresh && region->copy != NULL ? region->copy + offset
                                                                : region->workspace;
    uint64_t size = page_rest(region, offset);
    bool is_readable = watch_read_exactly(region, offset, size, to);

    pass_page(walk, offset, is_readable);
    if (!is_readable || !walk->options->refresh)
        return;
    if (region->hashes != NULL)
        region->hashes[offset / WATCH_PAGE_BYTES] = watch_hash(to, (size_t)size);
    else
        watch_note_filled(region, offset, size);
}

/* How many bytes from `offset` on the snapshot has, up to `end`. */
static uint64_t present_bytes(const struct watch_region *region, uint64_t offset, uint64_t end)
{
    uint64_t at = offset;

    if (region->lost == NULL)
        return end - offset;
    while (at < end && !watch_page_is_lost(region, at / WATCH_PAGE_BYTES))
        at += at_most(page_rest(region, at), end - at);
    return at - offset;
}

/*
 * Fills the batch with readable pages from behind what it holds, up to `end`; returns the offset up to
 * which everything has been seen to.
 */
static uint64_t fill_by_reading(struct walk *walk, uint64_t end)
{
    uint64_t offset = walk->first + walk->held_bytes;
    uint64_t wanted = at_most(end - offset, walk->room_bytes - walk->held_bytes);
    uint64_t got = watch_read_pages(walk->region, offset, wanted,
                                    walk->region->workspace + walk->held_bytes);

    walk->held_bytes += got;
    walk->totals->compared_bytes += got;
    offset += got;
    walk->goes_on = got == wanted && offset < end;
    if (got < wanted) {
        pass_page(walk, offset, false);
        offset += page_rest(walk->region, offset);
    }
    return offset;
}

/*
 * Is a page of mapped memory the snapshot's? Only one of both is read where the other is known: old
 * bytes that are one word over and over, new ones that are absent.
 */
static bool page_is_same(struct walk *walk, uint64_t offset, uint64_t size_bytes)
{
    struct watch_region *region = walk->region;
    const uint8_t *mapped = (const uint8_t *)region->reader.mapped + offset;
    const uint8_t *old_bytes = region->old_bytes + offset;
    bool is_filled = page_is_filled(region, offset / WATCH_PAGE_BYTES);

    if (page_is_absent(region, offset))
        return is_filled ? load_le64(old_bytes) == 0
                         : watch_is_filled(old_bytes, 0, (size_t)size_bytes);
    return is_filled ? watch_is_filled(mapped, load_le64(old_bytes), (size_t)size_bytes)
                     : watch_is_same(mapped, old_bytes, (size_t)size_bytes);
}

/* The same where memory is mapped: skips what is equal, copies neighbours that are not. */
static uint64_t fill_from_mapped(struct walk *walk, uint64_t end)
{
    uint64_t offset = walk->first + walk->held_bytes, start = offset, size;

    if (walk->held_bytes == 0) { /* no run is open */
        while (offset < end && page_is_same(walk, offset, size = page_rest(walk->region, offset)))
            offset += size;
        walk->first = offset;
    }
    walk->goes_on = false;
    while (offset < end && !walk->goes_on) {
        size = page_rest(walk->region, offset);
        if (page_is_same(walk, offset, size)) {
            offset += size;
            break;
        }
        (void)watch_read_pages(walk->region, offset, size, walk->region->workspace + walk->held_bytes);
        walk->held_bytes += size;
        offset += size;
        walk->goes_on = offset < end && walk->held_bytes == walk->room_bytes;
    }
    walk->totals->compared_bytes += offset - start;
    return offset;
}

/* Nobody writes there: everything up to `end` is one batch in its place. */
static uint64_t fill_in_place(struct walk *walk, uint64_t end)
{
    const uint8_t *mapped = walk->region->reader.mapped;

    walk->bytes = mapped + walk->first;
    walk->held_bytes = end - walk->first;
    walk->totals->compared_bytes += walk->held_bytes;
    return end;
}

/* Compares [first, end), all of which the snapshot has. */
static bool compare_present(struct walk *walk, uint64_t first, uint64_t end)
{
    const struct watch_reader *reader = &walk->region->reader;
    uint64_t offset = first;

    walk->goes_on = walk->run_is_open = walk->run_is_rest = false;
    do {
        uint64_t from;
        if (!walk->goes_on) {
            walk->first = offset;
            walk->held_bytes = 0;
        }
        from = walk->held_bytes;
        if (reader->mapped == NULL)
            offset = fill_by_reading(walk, end);
        else if (reader->is_stable)
            offset = fill_in_place(walk, end);
        else
            offset = fill_from_mapped(walk, end);
        if (!scan_batch(walk, from) || !finish_batch(walk))
            return false;
    } while (offset < end);
    return true;
}

/* ---- hashed pages ------------------------------------------------------------------------------------------- */

/* The open run of pages ends at `end`. */
static bool close_pages(struct walk *walk, uint64_t end)
{
    struct watch_change change = {.address = walk->region->address + walk->run_first,
                                  .length_bytes = end - walk->run_first};

    if (!walk->run_is_open)
        return true;
    walk->run_is_open = false;
    if (walk->options->filter != NULL)
        return watch_filter_change(walk->region, walk->options, &change, walk->totals);
    walk->totals->change_count++;
    return walk->options->take == NULL || walk->options->take(walk->options->context, &change);
}

static bool compare_hash(struct walk *walk, uint64_t offset, const uint8_t *bytes)
{
    struct watch_region *region = walk->region;
    uint64_t page = offset / WATCH_PAGE_BYTES, size = page_rest(region, offset);
    uint64_t hash = watch_hash(bytes, (size_t)size);

    if (hash == region->hashes[page])
        return close_pages(walk, offset);
    if (!walk->run_is_open)
        walk->run_first = offset;
    walk->run_is_open = true;
    walk->totals->changed_bytes += size;
    walk->totals->changed_pages++;
    watch_count_change(region, page, walk->options->now);
    if (walk->options->refresh)
        region->hashes[page] = hash;
    return true;
}

static bool compare_hashes(struct walk *walk, uint64_t first, uint64_t end)
{
    struct watch_region *region = walk->region;
    uint64_t offset = first;

    walk->run_is_open = false;
    while (offset < end) {
        uint64_t wanted = end - offset, got;
        const uint8_t *bytes = watch_look_at_pages(region, offset, &wanted, &got);
        for (uint64_t at = 0; at < got; at += WATCH_PAGE_BYTES) {
            if (!compare_hash(walk, offset + at, bytes + at))
                return false;
        }
        walk->totals->compared_bytes += got;
        offset += got;
        if (got < wanted) {
            if (!close_pages(walk, offset))
                return false;
            pass_page(walk, offset, false);
            offset += page_rest(region, offset);
        }
    }
    return close_pages(walk, end);
}

/* ---- the whole region ------------------------------------------------------------------------------------------ */

/* Compares what may have changed in [first, end), page bounds both or the region's end. */
static bool compare_range(struct walk *walk, uint64_t first, uint64_t end)
{
    while (first < end) {
        uint64_t present = present_bytes(walk->region, first, end);
        bool wanted = present == 0 ? true
                      : walk->region->hashes != NULL
                          ? compare_hashes(walk, first, first + present)
                          : compare_present(walk, first, first + present);
        if (!wanted)
            return false;
        first += present;
        if (first < end) {
            look_at_lost(walk, first);
            first += page_rest(walk->region, first);
        }
    }
    return true;
}

/* The next range that the reader calls dirty, as offsets of whole pages within the region. */
static bool next_dirty(const struct watch_region *region, uint64_t from, uint64_t *ret_first,
                       uint64_t *ret_end)
{
    uint64_t address = region->address + from, first, end;

    if (from >= region->size_bytes ||
        !region->reader.dirty(region->reader.context, address, &first, &end))
        return false;
    first = first < address ? from : first - region->address;
    end = end - region->address;
    if (first >= region->size_bytes || end <= first)
        return false;
    *ret_first = bit_round_down(first, WATCH_PAGE_BYTES);
    *ret_end = end >= region->size_bytes
                   ? region->size_bytes
                   : at_most(bit_round_down(end - 1, WATCH_PAGE_BYTES) + WATCH_PAGE_BYTES,
                             region->size_bytes);
    return true;
}

static bool compare_dirty(struct walk *walk)
{
    struct watch_region *region = walk->region;
    uint64_t first, end, clean_from = 0;

    while (next_dirty(region, clean_from, &first, &end)) {
        walk->totals->compared_bytes += first - clean_from;
        if (!compare_range(walk, first, end))
            return false;
        clean_from = end;
    }
    walk->totals->compared_bytes += region->size_bytes - clean_from;
    return true;
}

static enum watch_status check_call(const struct watch_region *region,
                                    const struct watch_diff_options *options)
{
    if (!region->has_snapshot)
        return WATCH_NO_SNAPSHOT;
    if (options->refresh && region->copy == NULL && region->hashes == NULL)
        return WATCH_BAD_VALUE;
    return options->filter == NULL ? WATCH_OK : watch_filter_check(region, options->filter);
}

enum watch_status watch_diff(struct watch_region *region, const struct watch_diff_options *options,
                             struct watch_totals *ret_totals)
{
    struct watch_totals totals = {0};
    struct walk walk = {
        .region = region,
        .options = options,
        .totals = &totals,
        .bytes = region->workspace,
        .room_bytes = region->workspace_bytes,
    };
    enum watch_status status = check_call(region, options);
    bool wanted;

    if (status != WATCH_OK)
        return status;
    forget_gap(region);
    wanted = region->reader.dirty != NULL ? compare_dirty(&walk)
                                          : compare_range(&walk, 0, region->size_bytes);
    if (ret_totals != NULL)
        *ret_totals = totals;
    if (!wanted)
        return WATCH_STOPPED;
    return watch_outcome(totals.compared_bytes, totals.unreadable_bytes);
}
