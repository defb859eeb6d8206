/* SPDX-License-Identifier: MIT */
/* What is done stays done where nothing is put out, and nothing opens. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/stays.h"
#include "cover/rests.h"
#include "cover/same.h"
