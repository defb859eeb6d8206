/* SPDX-License-Identifier: MIT */
/* The frame allocator's tree as one CPU alone sees it: words and blocks. */
#include "frames/atomic.h"

#include "frames/tree.c"
