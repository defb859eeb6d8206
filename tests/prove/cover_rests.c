/* SPDX-License-Identifier: MIT */
/* Where nothing is open, and nothing opens. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/class.h"
#include "cover/kept.h"
#include "cover/sums.h"
#include "cover/world.h"
#include "cover/rests.h"
