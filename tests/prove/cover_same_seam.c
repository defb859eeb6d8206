/* SPDX-License-Identifier: MIT */
/* A seam stays one where nothing is put out, and nothing opens. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/again.h"
#include "cover/class.h"
#include "cover/kept.h"
#include "cover/sums.h"
#include "cover/world.h"
#include "cover/rests.h"
#include "cover/same.h"
#include "cover/same_seam.h"
