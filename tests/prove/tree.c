/* SPDX-License-Identifier: MIT */
/* The frame allocator's tree as one CPU alone sees it: words, lines, blocks. */
#include "frames/atomic.h"

#include "frames/tree.c"

#include "frames/line.c"
