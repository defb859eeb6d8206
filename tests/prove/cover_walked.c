/* SPDX-License-Identifier: MIT */
/* A walk from seam to seam. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/spent.h"
#include "cover/walked.h"
#include "cover/walked_begins.h"
#include "cover/walked_done.h"
