/* SPDX-License-Identifier: MIT */
/* The first seam, and the last. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/seam.h"
#include "cover/done.h"
#include "cover/class.h"
#include "cover/kept.h"
#include "cover/sums.h"
#include "cover/blank.h"
#include "cover/blank_seam.h"
