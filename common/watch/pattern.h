/* SPDX-License-Identifier: MIT */
/*
 * Byte patterns with wildcards, and the search for them: `4D 5A ?? 00`, `4? 5A`, `"PK" 03 04`.
 *
 *   pattern = { part }, blanks between parts where one likes
 *   part    = two hex digits, either of which may be ? (that half is not compared)
 *           | ? alone: a whole byte | text in double quotes, \" and \\ inside
 */
#ifndef GROMA_WATCH_PATTERN_H
#define GROMA_WATCH_PATTERN_H

#include "watch/watch.h"

C_DECLARATIONS_BEGIN

#define WATCH_PATTERN_MOST_BYTES 256u

struct watch_pattern {
    uint8_t value[WATCH_PATTERN_MOST_BYTES]; /* 0 where the mask is */
    uint8_t mask[WATCH_PATTERN_MOST_BYTES];
    uint32_t length_bytes; /* 1 .. WATCH_PATTERN_MOST_BYTES */
    uint32_t anchor;       /* the byte to look for first */
};

/*
 * Reads a pattern. BAD_PATTERN: *ret_fault (may be NULL) is the offset in the text of what cannot be
 * read, or its length where the pattern is empty, compares nothing or does not end; *ret_pattern is
 * untouched. NO_ROOM: more than WATCH_PATTERN_MOST_BYTES. O(length).
 */
MUST_USE enum watch_status watch_pattern_parse(const char *text, size_t length,
                                               struct watch_pattern *ret_pattern,
                                               size_t *ret_fault);

/* A pattern of these bytes. BAD_PATTERN: none. NO_ROOM: too many. O(size). */
MUST_USE enum watch_status watch_pattern_of_bytes(const void *bytes, size_t size_bytes,
                                                  struct watch_pattern *ret_pattern);

/* Do these bytes, as many as the pattern has, match? */
bool watch_pattern_matches(const struct watch_pattern *pattern, const uint8_t *bytes);

/* The first match at or behind `from`, wholly inside. False, *ret_offset untouched, where none is. */
MUST_USE bool watch_pattern_find(const struct watch_pattern *pattern, const void *bytes,
                                 size_t size_bytes, size_t from, size_t *ret_offset);

struct watch_search_options {
    /* Takes each match, ascending and also overlapping; false ends the search. */
    bool (*take)(void *context, uint64_t address, const uint8_t *bytes);
    /* May be NULL: called now and then with what is done of the region; false ends the search. */
    bool (*progress)(void *context, uint64_t done_bytes);
    void *context;
};

/*
 * Finds every match in what the region holds now; needs no snapshot. PARTIAL, UNREADABLE: the rest was
 * searched, *ret_unreadable_bytes (may be NULL) says how much was not; no match lies over a gap. STOPPED: a function said so. O(size).
 */
MUST_USE enum watch_status watch_search(struct watch_region *region,
                                        const struct watch_pattern *pattern,
                                        const struct watch_search_options *options,
                                        uint64_t *ret_unreadable_bytes);

C_DECLARATIONS_END

#endif
