/* SPDX-License-Identifier: MIT */
/* Instructions of a stretch of a program, counted by callgrind where its header is installed; see callgrind.py. */
#ifndef GROMA_BENCH_CALLGRIND_H
#define GROMA_BENCH_CALLGRIND_H

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else /* counting then fails in the runner, which finds no dumps */
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(label) ((void)(label))
#endif

#endif
