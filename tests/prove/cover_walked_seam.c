/* SPDX-License-Identifier: MIT */
/* A walk that has passed all leaves a seam. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/done_seam.h"
#include "cover/walked_done.h"
#include "cover/walked_seam.h"
