/* SPDX-License-Identifier: MIT */
/*
 * Which bytes of a memory region changed, when, and from what: snapshots and their differences.
 *
 *   reader ─▶ watch_region ─▶ watch_snapshot ─▶ watch_diff ─▶ changes: address, length, old, new
 *
 * A region is a range of some address space and a reader of it: a function, or a pointer where the
 * bytes are mapped. It keeps a copy of its bytes, or a hash of each page where a copy would be too
 * large. Memory is the caller's; nothing is allocated, printed, or written through a reader.
 * Blocks of WATCH_PAGE_BYTES counted from the region's first byte are what can be unreadable, has a
 * hash and has statistics; only the last may be shorter. Plain 64-bit words throughout: as fast as
 * memory in a kernel without SSE. Patterns stand in pattern.h, typed values and scans in scan.h.
 */
#ifndef GROMA_WATCH_WATCH_H
#define GROMA_WATCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "watch/value.h"

C_DECLARATIONS_BEGIN

#define WATCH_PAGE_BYTES 4096u
/* The least workspace; 1 MiB is as fast as it gets where a reader is a system call. */
#define WATCH_LEAST_WORKSPACE (2 * WATCH_PAGE_BYTES)

/* Values are stable: append only. */
enum watch_status {
    WATCH_OK = 0,
    WATCH_PARTIAL = 1,     /* done; some pages could not be read and were left out */
    WATCH_UNREADABLE = 2,  /* no page could be read */
    WATCH_STOPPED = 3,     /* the caller's function asked for the end */
    WATCH_NO_ROOM = 4,     /* the memory given is too small or not aligned to 8 */
    WATCH_BAD_VALUE = 5,   /* an argument that means nothing: an empty or wrapping range, ... */
    WATCH_NO_SNAPSHOT = 6, /* there is nothing to compare with yet */
    WATCH_NO_COPY = 7,     /* asks for old bytes of a region that keeps hashes */
    WATCH_BAD_PATTERN = 8, /* the pattern's text cannot be read */
};

/* One sentence for people; never NULL. */
const char *watch_status_text(enum watch_status status);

/* Where a region's bytes come from. Either `mapped` or `read`. */
struct watch_reader {
    /*
     * Copies [address, address + size) to `to` and returns how many bytes it could, from the first
     * on; what could not be read begins there.
     */
    uint64_t (*read)(void *context, uint64_t address, void *to, uint64_t size_bytes);
    /*
     * May be NULL. Finds the first range at or behind `address` that may have changed since the last
     * refresh, and forgets nothing; false where there is none. What lies outside is not looked at:
     * dirty bits of page tables, write protection.
     */
    bool (*dirty)(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end);
    /*
     * May be NULL; of mapped memory alone. Finds the first range at or behind `address` that nobody has
     * written yet, a hole of a file: zeros, which are not looked at (a look would fill the hole). An
     * empty range: ask again at its end. False where there is none.
     */
    bool (*absent)(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end);
    void *context;
    const void *mapped; /* the region's first byte */
    bool is_stable;     /* mapped, and nobody writes there during a call: changes are not copied first */
};

/* What a region keeps, as bits: COPY or HASHES, and STATISTICS with either. */
enum {
    WATCH_KEEP_COPY = 1,
    WATCH_KEEP_HASHES = 2,
    WATCH_KEEP_STATISTICS = 4,
};

/* How often diffs saw a page changed, and the caller's time of the first and last of them. */
struct watch_statistics {
    uint64_t change_count;
    uint64_t first_seen;
    uint64_t last_seen;
};

/* [first, end) of addresses. */
struct watch_range {
    uint64_t first;
    uint64_t end;
};

struct watch_region {
    uint64_t address;
    uint64_t size_bytes;
    struct watch_reader reader;
    const uint8_t *old_bytes; /* the snapshot; NULL: hashes */
    uint8_t *copy;            /* the same to write to; NULL: hashes, or somebody else's bytes */
    uint64_t *hashes;         /* one a page; NULL: a copy */
    uint64_t *lost;           /* a bit a page that the snapshot lacks; NULL: it has all */
    uint64_t *filled;         /* a bit a page of `copy` that is one word over and over; NULL: unknown */
    struct watch_statistics *statistics; /* one a page, or NULL */
    uint8_t *workspace;
    size_t workspace_bytes; /* whole pages */
    uint64_t gap_from; /* from this offset on ... */
    struct watch_range gap; /* ... these pages are the first that are absent, as offsets */
    bool has_snapshot;
};

/* What watch_region needs for this much: a multiple of 8; UINT64_MAX where that exceeds 2^64. */
uint64_t watch_region_bytes(uint64_t size_bytes, unsigned keep);

/*
 * Makes a region of [address, address + size_bytes) in the caller's memory (8-byte aligned). The
 * workspace may serve many regions, one call at a time. BAD_VALUE: an empty range or one beyond
 * 2^64, not one of COPY and HASHES, no or two ways to read. NO_ROOM: see watch_region_bytes and
 * WATCH_LEAST_WORKSPACE. *ret_region is untouched on errors. O(1).
 */
MUST_USE enum watch_status watch_region(struct watch_region *ret_region, uint64_t address,
                                        uint64_t size_bytes, const struct watch_reader *reader,
                                        unsigned keep, void *memory, uint64_t memory_bytes,
                                        void *workspace, size_t workspace_bytes);

/*
 * Makes a region whose snapshot are the caller's own bytes, as many as the region: a file, an earlier
 * dump. They are never written, so it cannot be refreshed. Errors as watch_region's. O(1).
 */
MUST_USE enum watch_status watch_region_against(struct watch_region *ret_region, uint64_t address,
                                                uint64_t size_bytes,
                                                const struct watch_reader *reader,
                                                const void *old_bytes, void *workspace,
                                                size_t workspace_bytes);

/* How many pages a region has. */
static inline uint64_t watch_page_count(const struct watch_region *region)
{
    return region->size_bytes / WATCH_PAGE_BYTES + (region->size_bytes % WATCH_PAGE_BYTES != 0);
}

/* Does the snapshot lack this page (< watch_page_count)? */
static inline bool watch_page_is_lost(const struct watch_region *region, uint64_t page)
{
    return region->lost != NULL && (region->lost[page / 64] >> page % 64 & 1) != 0;
}

/*
 * Keeps what the region holds now. PARTIAL, UNREADABLE: what could be read is kept, the rest is lost
 * until a refresh can read it. BAD_VALUE: a region against the caller's bytes. O(size).
 */
MUST_USE enum watch_status watch_snapshot(struct watch_region *region);

/*
 * A run of changed bytes with unchanged ones, or the end of what could be compared, on both sides:
 * maximal. Only a run longer than the workspace less one page can come in several pieces, all but
 * the last marked `continues`, all but the first `is_rest`. Of hashed pages only the run of pages is known: old_bytes and new_bytes are NULL.
 */
struct watch_change {
    uint64_t address;
    uint64_t length_bytes;
    const uint8_t *old_bytes; /* good until the function returns */
    const uint8_t *new_bytes;
    bool continues;
    bool is_rest; /* the change before it continues in this */
};

/*
 * What to be told of. Ignored ranges cut runs; what is left must have `least_bytes` (at most a
 * workspace less one page), and one of the values it touches must match. Values lie at multiples of
 * their width from the region's first byte. A run in pieces is judged piece by piece.
 */
struct watch_filter {
    const struct watch_range *ignored; /* ascending, none empty, none overlapping */
    size_t ignored_count;
    uint64_t least_bytes;
    const struct watch_predicate *predicate; /* NULL: any */
};

struct watch_totals {
    uint64_t compared_bytes;   /* what both snapshot and region had */
    uint64_t unreadable_bytes; /* the snapshot has them, the region no more */
    uint64_t appeared_bytes;   /* the region has them, the snapshot did not */
    uint64_t changed_bytes;    /* before filters; of hashed pages the whole page */
    uint64_t changed_pages;    /* before filters */
    uint64_t change_count;     /* runs handed over */
};

struct watch_diff_options {
    const struct watch_filter *filter; /* NULL: everything */
    bool refresh; /* the snapshot becomes what was compared, so that no change is lost between */
    uint64_t now; /* the caller's clock, for statistics */
    /* Takes each change, in order of addresses; false ends the diff. NULL: totals alone. */
    bool (*take)(void *context, const struct watch_change *change);
    void *context;
};

/*
 * Compares the region with its snapshot. PARTIAL, UNREADABLE: the rest was compared. STOPPED: what lies
 * behind was not looked at, and a refresh can have left out the last workspace full before.
 * BAD_VALUE: a filter as above does not allow, or a refresh of the caller's bytes. NO_COPY: a
 * predicate or least_bytes on hashes. NO_SNAPSHOT. ret_totals may be NULL; it is set unless the call
 * is refused. O(size), or O(dirty) where the reader can tell.
 */
MUST_USE enum watch_status watch_diff(struct watch_region *region,
                                      const struct watch_diff_options *options,
                                      struct watch_totals *ret_totals);

/*
 * Reads the region's bytes from `offset` on, as many as there are up to `size_bytes`; returns how many it
 * could: what could not be read begins there. A workspace is not needed.
 */
uint64_t watch_read(struct watch_region *region, uint64_t offset, uint64_t size_bytes, void *to);

/* ---- without a region -------------------------------------------------------------------------- */

/* How many bytes are the same in both, from the first on: size_bytes where all are. O(result). */
size_t watch_same_bytes(const void *left, const void *right, size_t size_bytes);

/*
 * A 64-bit hash of the bytes. Two pages that differ in one 64-bit word always differ in it, others
 * but for one in 2^64. Not cryptographic. The same on every machine and in every version. O(size).
 */
uint64_t watch_hash(const void *bytes, size_t size_bytes);

C_DECLARATIONS_END

#endif
