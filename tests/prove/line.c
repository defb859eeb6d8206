/* SPDX-License-Identifier: MIT */
/* Taking from a line, as one CPU alone sees it; tree.c is here for its contracts. */
#include "frames/atomic.h"

#include "frames/tree.c"

#include "frames/line.c"
