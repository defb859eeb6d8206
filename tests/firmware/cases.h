/* SPDX-License-Identifier: MIT */
/*
 * Named cases of machines and faults, each with what must come of it. One line `ok NAME` or
 * `FAIL NAME detail` for each.
 */
#ifndef GROMA_TESTS_FIRMWARE_CASES_H
#define GROMA_TESTS_FIRMWARE_CASES_H

#include "world.h"

#define WB UINT64_C(0xf)

/*
 * Runs one case. `script` may be NULL. `expected`: "boots"; the id of the one error line; or
 * "boots or refuses", where only the contract counts. Returns whether it was so.
 */
bool expect(const char *name, const struct scenario *scenario, const char *script, const char *expected);

/* After an expected boot: one more thing that must hold. */
bool expect_that(const char *name, bool holds);

void firmware_cases(void); /* calls, exit, console, tables */
void cpu_cases(void);
void table_place_cases(void);
void file_cases(void);
void map_cases(void);
void capture_cases(void);
void aid_cases(void);
void watch_cases(void);
void store_cases(void);  /* what is remembered */
void corner_cases(void);
unsigned map_stream(void); /* maps from standard input; how many */

extern unsigned cases_failed;

#endif
