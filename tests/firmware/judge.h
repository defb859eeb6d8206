/* SPDX-License-Identifier: MIT */
/* Was this run as the contract wants it? */
#ifndef GROMA_TESTS_FIRMWARE_JUDGE_H
#define GROMA_TESTS_FIRMWARE_JUDGE_H

#include "world.h"

enum verdict {
    GOOD,
    LEAKED, /* pages, pool, files or the watchdog are not as before */
    STUCK,  /* no end within the bounds */
    SILENT, /* no line with an id for whoever sits there */
    WILD,   /* touched or called what it must not */
    WRONG,  /* booted with something that is not so, or did not boot although it had to */
    VERDICTS,
};

const char *verdict_name(enum verdict verdict);

/*
 * Judges the run that world_run has just made. `must_boot`: nothing that failed was needed.
 * *ret_why: a sentence, also on GOOD.
 */
enum verdict judge_run(bool must_boot, const char **ret_why);

/* The first error line's id ("E-FILE-02") of the run, or "" ; valid until the next call. */
const char *judge_error_id(void);

#endif
