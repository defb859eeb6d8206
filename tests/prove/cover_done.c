/* SPDX-License-Identifier: MIT */
/* From where all that passed has ended to where the next span begins. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/seam.h"
#include "cover/done.h"
#include "cover/done_seam.h"
