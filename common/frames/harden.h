/* SPDX-License-Identifier: MIT */
/*
 * The hardened build (FRAMES_HARDENED): two more bits a frame say what was handed out, and as
 * which runs, so that nothing else is ever taken back: no reserved frame, none that is parked in a
 * cache, none in another order. Without the define all of it is nothing. Private to
 * common/frames.
 */
#ifndef GROMA_FRAMES_HARDEN_H
#define GROMA_FRAMES_HARDEN_H

#include "frames/tree.h"

#ifdef FRAMES_HARDENED

/* The run was handed out; it is the caller's. */
void harden_hand_out(struct frames *frames, uint64_t first_pfn, uint64_t count);

/*
 * The run comes back: OK, and it is nobody's; or, without change, OUT_OF_RANGE, NOT_OURS,
 * ALREADY_FREE (a frame of it is not handed out) or, as an order, WRONG_ORDER (the run was not
 * handed out as one, or is part of a larger one). Of two callers at once one is refused.
 */
MUST_USE enum frames_status harden_take_back(struct frames *frames, uint64_t first_pfn,
                                             uint64_t count, bool is_order);

/* A line is written for the first time. */
void harden_clear(struct frames_line *line);

/* Is nothing of the line both free and handed out, and every joined frame handed out? */
bool harden_is_consistent(const struct frames_line *line);

#else

static inline void harden_hand_out(struct frames *frames, uint64_t first_pfn, uint64_t count)
{
    (void)frames;
    (void)first_pfn;
    (void)count;
}

MUST_USE static inline enum frames_status harden_take_back(struct frames *frames,
                                                           uint64_t first_pfn, uint64_t count,
                                                           bool is_order)
{
    (void)frames;
    (void)first_pfn;
    (void)count;
    (void)is_order;
    return FRAMES_OK;
}

/*@ assigns \nothing; */
static inline void harden_clear(struct frames_line *line)
{
    (void)line;
}

static inline bool harden_is_consistent(const struct frames_line *line)
{
    (void)line;
    return true;
}

#endif

#endif
