/* SPDX-License-Identifier: MIT */
/*
 * The map for people.
 */
#ifndef GROMA_KERNEL_MAP_SHOW_H
#define GROMA_KERNEL_MAP_SHOW_H

#include "kernel.h"

/* Prints each region as it was handed over (serial only) and the totals of each kind. */
void map_show(const struct kernel *kernel);

#endif
