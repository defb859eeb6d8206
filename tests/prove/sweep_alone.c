/* SPDX-License-Identifier: MIT */
/* A span that stands alone, from seam to seam. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/put_seam.h"
