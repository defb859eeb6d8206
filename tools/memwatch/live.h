/* SPDX-License-Identifier: MIT */
/* What memwatch watch tells of its rounds (history.c), and how (live.c): a picture in a terminal, lines elsewhere, a summary at the end. */
#ifndef MEMWATCH_LIVE_H
#define MEMWATCH_LIVE_H

#include "session.h"

#define STRIP_CELLS 32u
#define MOST_SHOWN  64u /* changes that a picture can show */

/* What rounds have found in a region. */
struct heat {
    uint64_t round_bytes, all_bytes;  /* changed in the last round, in all of them */
    uint32_t rounds[STRIP_CELLS];     /* in how many rounds each part of it changed */
    uint64_t last_round[STRIP_CELLS]; /* of them */
};

struct history {
    const struct session *session;
    struct heat *regions, whole; /* one for each of the target's, and one for all bytes one after another */
    size_t region_count;
    uint64_t start_ns, now_ns;
    uint64_t round, took_ns, round_ns; /* the last round, what comparing took, how long it was */
    uint64_t change_count, changed_bytes, changed_rounds, first_round, last_round, last_ns;
    uint64_t processor_start_ns, processor_ns; /* the target's own */
    double busy;                       /* processors it used in the last round */
    struct found *kept;                /* the first of the last round that had any */
    size_t found_count, found_room;
    uint64_t told_round; /* the last that a line told of */
    uint64_t told_ns;
};

void history_begin(struct history *history, const struct session *session);
/* After session_diff, which took so long. */
void history_add(struct history *history, uint64_t took_ns);

/* One line on what is watched. */
void show_begin(const struct history *history);
/* A terminal's picture: rates and strips of heat. */
void show_picture(const struct history *history);
/* The round's changes; of quiet rounds one line in a while. */
void show_lines(struct history *history);
void show_json(const struct history *history);
/* What it came to. */
void show_end(const struct history *history);

#endif
