/* SPDX-License-Identifier: MIT */
/* Machines and volumes to boot on. */
#ifndef GROMA_TESTS_FIRMWARE_SCENARIOS_H
#define GROMA_TESTS_FIRMWARE_SCENARIOS_H

#include "world.h"

/* Builds the files, once. Then: the good machines, each of which must boot without faults. */
const struct scenario *scenarios_open(size_t *ret_count);

/* What every machine is derived from: the small map, a kernel, a console. */
struct scenario scenario_plain(const char *name);
const struct file *kernel_exec(void);
const struct file *kernel_pie(void);

extern const struct file captures_kept[]; /* 0001.map and 0002.tmp */

#endif
