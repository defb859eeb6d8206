/* SPDX-License-Identifier: MIT */
/* From seam to seam. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/same_seam.h"
