/* SPDX-License-Identifier: MIT */
/*
 * Does the map that was handed over follow from what firmware said? The kernel normalizes the
 * raw map again, with the same code and the same claims, and compares.
 */
#ifndef GROMA_KERNEL_MAP_CHECK_H
#define GROMA_KERNEL_MAP_CHECK_H

#include "kernel.h"

/* Prints `groma: map ...`, and E-KMAP-NN for each difference. Gives back what memory it takes. */
void map_check(struct kernel *kernel);

/* Prints `groma: totals ... balance=0`: the accounting, from the report and the regions. */
void map_check_totals(const struct kernel *kernel);

#endif
