/* SPDX-License-Identifier: MIT */
/* Output of this kernel: lines on the first serial port. */
#ifndef REUSE_PRINT_H
#define REUSE_PRINT_H

#include "memmap/normalize.h"

void print_start(void);

/* A formatted line or part of one, at most 255 bytes; the formats of text_format. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The regions of a map, and what normalizing it repaired and summed; `name` tells maps apart. */
void print_map(const char *name, const struct memmap *map);
void print_report(const char *name, const struct memmap_report *report);

/* Waits until the last byte is out. */
void print_end(void);

#endif
