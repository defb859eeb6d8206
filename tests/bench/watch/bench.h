/* SPDX-License-Identifier: MIT */
/* What the parts of bench-watch share. */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB_BYTES ((size_t)1 << 20)

double seconds(void); /* processor time, or the wall's */
double best(double a, double b);
uint8_t *memory(size_t size_bytes);
void judge(const char *what, double value, const char *unit, double bar, bool at_least);

/* A guest's RAM, as a file in this folder. */
void bench_shared(const char *folder);

#endif
