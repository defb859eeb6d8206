/* SPDX-License-Identifier: MIT */
/* A walk from seam to seam, behind the contract of the walk. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/over.h"
#include "cover/walked_begins.h"
#include "cover/walked_seam.h"
