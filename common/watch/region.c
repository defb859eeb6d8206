/* SPDX-License-Identifier: MIT */
/* Regions, their memory, reading them, and snapshots; see watch.h. */
#include "base/bits.h"
#include "base/bytes.h"
#include "base/checked.h"
#include "base/mem.h"
#include "text/text.h"
#include "watch/inner.h"

/* Of a copy, at a time: what was read is looked at while a cache has it. */
#define SNAPSHOT_BYTES (UINT64_C(1) << 20)

const char *watch_status_text(enum watch_status status)
{
    static const char texts[] = "fine\0"
                                "some pages could not be read\0"
                                "no page could be read\0"
                                "stopped\0"
                                "the memory given is too small\0"
                                "an argument has no meaning\0"
                                "there is no snapshot yet\0"
                                "the region keeps no copy of its bytes\0"
                                "the pattern cannot be read\0"
                                "unknown watch status";
    unsigned last = WATCH_BAD_PATTERN + 1;

    return text_nth(texts, (unsigned)status < last ? (unsigned)status : last);
}

/* ---- memory ------------------------------------------------------------------------------------- */

/* Where the parts of a region's memory begin: | lost | filled | hashes | statistics | copy |. */
struct layout {
    uint64_t filled;
    uint64_t hashes;
    uint64_t statistics;
    uint64_t copy;
    uint64_t end;
};

/* False where the end would lie beyond 2^64. */
static bool lay_out(uint64_t size_bytes, unsigned keep, struct layout *ret_layout)
{
    uint64_t pages = size_bytes / WATCH_PAGE_BYTES + (size_bytes % WATCH_PAGE_BYTES != 0);
    uint64_t copy_bytes = 0;

    /* Pages are below 2^52 + 1: only the copy can reach beyond. */
    ret_layout->filled = (pages / 64 + (pages % 64 != 0)) * 8;
    ret_layout->hashes = ret_layout->filled * ((keep & WATCH_KEEP_COPY) != 0 ? 2 : 1);
    ret_layout->statistics = ret_layout->hashes + ((keep & WATCH_KEEP_HASHES) != 0 ? pages * 8 : 0);
    ret_layout->copy = ret_layout->statistics + ((keep & WATCH_KEEP_STATISTICS) != 0
                                                     ? pages * sizeof(struct watch_statistics)
                                                     : 0);
    if ((keep & WATCH_KEEP_COPY) != 0 && !checked_round_up_u64(size_bytes, 8, &copy_bytes))
        return false;
    return checked_add_u64(ret_layout->copy, copy_bytes, &ret_layout->end);
}

uint64_t watch_region_bytes(uint64_t size_bytes, unsigned keep)
{
    struct layout layout;

    return lay_out(size_bytes, keep, &layout) ? layout.end : UINT64_MAX;
}

/* The part of a region that has nothing to do with its snapshot. */
static enum watch_status open_region(struct watch_region *ret_region, uint64_t address,
                                     uint64_t size_bytes, const struct watch_reader *reader,
                                     void *workspace, size_t workspace_bytes)
{
    if (size_bytes == 0 || size_bytes - 1 > UINT64_MAX - address ||
        (reader->mapped == NULL) == (reader->read == NULL))
        return WATCH_BAD_VALUE;
    if (workspace == NULL || workspace_bytes < WATCH_LEAST_WORKSPACE)
        return WATCH_NO_ROOM;
    *ret_region = (struct watch_region){
        .address = address,
        .size_bytes = size_bytes,
        .reader = *reader,
        .workspace = workspace,
        .workspace_bytes = workspace_bytes - workspace_bytes % WATCH_PAGE_BYTES,
    };
    return WATCH_OK;
}

enum watch_status watch_region(struct watch_region *ret_region, uint64_t address,
                               uint64_t size_bytes, const struct watch_reader *reader,
                               unsigned keep, void *memory, uint64_t memory_bytes, void *workspace,
                               size_t workspace_bytes)
{
    unsigned kept = keep & (WATCH_KEEP_COPY | WATCH_KEEP_HASHES);
    uint8_t *bytes = memory;
    struct watch_region region;
    struct layout layout;
    enum watch_status status;

    if ((kept != WATCH_KEEP_COPY && kept != WATCH_KEEP_HASHES) ||
        (keep & ~(kept | WATCH_KEEP_STATISTICS)) != 0)
        return WATCH_BAD_VALUE;
    status = open_region(&region, address, size_bytes, reader, workspace, workspace_bytes);
    if (status != WATCH_OK)
        return status;
    if (memory == NULL || (uintptr_t)memory % 8 != 0 || !lay_out(size_bytes, keep, &layout) ||
        memory_bytes < layout.end)
        return WATCH_NO_ROOM;
    region.lost = memory;
    if ((keep & WATCH_KEEP_HASHES) != 0)
        region.hashes = (uint64_t *)(void *)(bytes + layout.hashes);
    if ((keep & WATCH_KEEP_STATISTICS) != 0)
        region.statistics = (struct watch_statistics *)(void *)(bytes + layout.statistics);
    if ((keep & WATCH_KEEP_COPY) != 0) {
        region.filled = (uint64_t *)(void *)(bytes + layout.filled);
        region.old_bytes = region.copy = bytes + layout.copy;
    }
    memset(memory, 0, (size_t)layout.copy);
    *ret_region = region;
    return WATCH_OK;
}

enum watch_status watch_region_against(struct watch_region *ret_region, uint64_t address,
                                       uint64_t size_bytes, const struct watch_reader *reader,
                                       const void *old_bytes, void *workspace,
                                       size_t workspace_bytes)
{
    enum watch_status status;

    if (old_bytes == NULL)
        return WATCH_BAD_VALUE;
    status = open_region(ret_region, address, size_bytes, reader, workspace, workspace_bytes);
    if (status == WATCH_OK) {
        ret_region->old_bytes = old_bytes;
        ret_region->has_snapshot = true;
    }
    return status;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

void watch_ask_gap(struct watch_region *region, uint64_t offset)
{
    const struct watch_reader *reader = &region->reader;
    uint64_t size = region->size_bytes, address = region->address + offset, first, end;

    region->gap_from = offset;
    region->gap = (struct watch_range){size, size};
    if (reader->absent == NULL || !reader->absent(reader->context, address, &first, &end))
        return;
    first = first <= address ? offset : at_most(first - region->address, size);
    end = at_most(end - region->address, size);
    /* Inward, to the region's own pages. */
    first += (WATCH_PAGE_BYTES - first % WATCH_PAGE_BYTES) % WATCH_PAGE_BYTES;
    if (end < size)
        end -= end % WATCH_PAGE_BYTES;
    if (first >= end) /* ask again behind this page at the earliest */
        first = end = end > offset ? end : offset + page_rest(region, offset);
    region->gap = (struct watch_range){first, end};
}

static void copy_mapped(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                        uint8_t *to)
{
    const uint8_t *mapped = region->reader.mapped;
    uint64_t end = offset + size_bytes, some;

    for (uint64_t at = offset; at < end; at += some, to += some) {
        bool is_absent = page_is_absent(region, bit_round_down(at, WATCH_PAGE_BYTES));
        some = at_most(end, is_absent ? region->gap.end : region->gap.first) - at;
        if (!is_absent)
            memcpy(to, mapped + at, (size_t)some);
        else if (!watch_is_filled(to, 0, (size_t)some)) /* memory that was never written stays so */
            memset(to, 0, (size_t)some);
    }
}

static uint64_t read_some(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                          uint8_t *to)
{
    if (region->reader.mapped == NULL)
        return at_most(region->reader.read(region->reader.context, region->address + offset, to,
                                           size_bytes),
                       size_bytes);
    copy_mapped(region, offset, size_bytes, to);
    return size_bytes;
}

uint64_t watch_read(struct watch_region *region, uint64_t offset, uint64_t size_bytes, void *to)
{
    if (offset >= region->size_bytes)
        return 0;
    if (offset < region->gap_from || offset >= region->gap.first)
        forget_gap(region);
    return read_some(region, offset, at_most(size_bytes, region->size_bytes - offset), to);
}

uint64_t watch_read_pages(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                          uint8_t *to)
{
    uint64_t got = read_some(region, offset, size_bytes, to);

    /* Half a page is none, unless it is all there is. */
    return got == size_bytes ? got : got - got % WATCH_PAGE_BYTES;
}

const uint8_t *watch_look_at_pages(struct watch_region *region, uint64_t offset,
                                   uint64_t *size_bytes, uint64_t *ret_got)
{
    if (region->reader.mapped != NULL && !page_is_absent(region, offset)) {
        *ret_got = *size_bytes = at_most(*size_bytes, region->gap.first - offset);
        return (const uint8_t *)region->reader.mapped + offset;
    }
    *size_bytes = at_most(*size_bytes, region->workspace_bytes);
    *ret_got = watch_read_pages(region, offset, *size_bytes, region->workspace);
    return region->workspace;
}

bool watch_read_exactly(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                        uint8_t *to)
{
    return read_some(region, offset, size_bytes, to) == size_bytes;
}

void watch_set_lost(struct watch_region *region, uint64_t page, bool is_lost)
{
    uint64_t bit = UINT64_C(1) << page % 64;

    if (is_lost)
        region->lost[page / 64] |= bit;
    else
        region->lost[page / 64] &= ~bit;
}

enum watch_status watch_outcome(uint64_t good_bytes, uint64_t bad_bytes)
{
    if (bad_bytes == 0)
        return WATCH_OK;
    return good_bytes == 0 ? WATCH_UNREADABLE : WATCH_PARTIAL;
}

/* ---- snapshots ----------------------------------------------------------------------------------------- */

void watch_note_filled(struct watch_region *region, uint64_t offset, uint64_t size_bytes)
{
    for (uint64_t at = offset; at < offset + size_bytes; at += WATCH_PAGE_BYTES) {
        const uint8_t *bytes = region->copy + at;
        uint64_t page = at / WATCH_PAGE_BYTES, bit = UINT64_C(1) << page % 64;
        if (region->size_bytes - at >= WATCH_PAGE_BYTES &&
            watch_is_filled(bytes, load_le64(bytes), WATCH_PAGE_BYTES))
            region->filled[page / 64] |= bit;
        else
            region->filled[page / 64] &= ~bit;
    }
}

/* Keeps pages that stand at `bytes`; those of a copy stand there already. */
static void keep_pages(struct watch_region *region, uint64_t offset, uint64_t size_bytes,
                       const uint8_t *bytes)
{
    for (uint64_t done = 0; done < size_bytes; done += WATCH_PAGE_BYTES) {
        uint64_t page = (offset + done) / WATCH_PAGE_BYTES;
        watch_set_lost(region, page, false);
        if (region->hashes != NULL)
            region->hashes[page] =
                watch_hash(bytes + done, (size_t)at_most(WATCH_PAGE_BYTES, size_bytes - done));
    }
    if (region->copy != NULL)
        watch_note_filled(region, offset, size_bytes);
}

enum watch_status watch_snapshot(struct watch_region *region)
{
    uint64_t most = region->copy != NULL ? SNAPSHOT_BYTES : region->workspace_bytes;
    uint64_t offset = 0, bad_bytes = 0;

    if (region->copy == NULL && region->hashes == NULL)
        return WATCH_BAD_VALUE;
    forget_gap(region);
    while (offset < region->size_bytes) {
        uint8_t *to = region->copy != NULL ? region->copy + offset : region->workspace;
        uint64_t wanted = at_most(most, region->size_bytes - offset);
        uint64_t got = watch_read_pages(region, offset, wanted, to);
        keep_pages(region, offset, got, to);
        offset += got;
        if (got < wanted) { /* the next page cannot be read */
            watch_set_lost(region, offset / WATCH_PAGE_BYTES, true);
            bad_bytes += page_rest(region, offset);
            offset += page_rest(region, offset);
        }
    }
    region->has_snapshot = true;
    return watch_outcome(region->size_bytes - bad_bytes, bad_bytes);
}
