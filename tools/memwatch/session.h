/* SPDX-License-Identifier: MIT */
/* A target's regions under watch: cut into slices that threads compare side by side, joined again. */
#ifndef MEMWATCH_SESSION_H
#define MEMWATCH_SESSION_H

#include "command.h"

#define SAMPLE_BYTES 8u
#define SLICE_BYTES  (UINT64_C(64) << 20)

/* A maximal run of changed bytes, with the first of them; samples are empty of hashed pages. */
struct found {
    uint64_t address;
    uint64_t length_bytes;
    uint8_t old_bytes[SAMPLE_BYTES], new_bytes[SAMPLE_BYTES];
    uint8_t sample_bytes;
};

struct slice {
    struct watch_region region;
    struct found *found;
    size_t count, room;
    struct watch_totals totals;
    enum watch_status status;
};

struct session {
    struct target *target;
    struct slice *slices;
    size_t slice_count, slice_room;
    const struct arguments *arguments;
    struct watch_predicate predicate;
    struct watch_filter filter;
    uint64_t most_slice_bytes; /* 0: slices are whole regions */
    /* Of the last round, over all slices; `found` is joined, ascending. */
    struct found *found;
    size_t found_count, found_room;
    struct watch_totals totals;
};

/* Slices of the chosen parts (--range, --region) of a target; `keep` as watch_region's, 0: nothing. */
struct session *open_session(struct target *target, const struct arguments *arguments, unsigned keep,
                             uint64_t most_slice_bytes);

/* A session that compares b with a, where both have bytes. */
struct session *open_comparison(struct target *a, struct target *b, const struct arguments *arguments,
                                uint64_t *ret_unmatched_bytes);

/* Calls the function for each slice, on as many threads as there are processors. */
void for_each_slice(struct session *session, void (*function)(struct session *session, struct slice *slice));

/* Snapshots, and a round of differences. */
void session_snapshot(struct session *session);
void session_diff(struct session *session, bool refresh, uint64_t now);

/* "0x... +4 01020304 -> 01020305  where", and the same as JSON; the full form has old, new, where. */
void print_found(FILE *to, const struct session *session, const struct found *found);
void print_found_json(FILE *to, const struct session *session, const struct found *found, bool is_full);

/* A bar on stderr, where that is a terminal: called from any thread. */
void progress_begin(const char *what, uint64_t total_bytes);
void progress_add(uint64_t size_bytes);
void progress_end(void);

#endif
