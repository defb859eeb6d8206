/* SPDX-License-Identifier: MIT */
/* All spans, from seam to seam. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/blank_seam.h"
#include "cover/same_seam.h"
