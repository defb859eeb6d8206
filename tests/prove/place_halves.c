/* SPDX-License-Identifier: MIT */
/* What each half of a merge counts. */
#include "memmap/place.c"

#include "place/split.h"
#include "place/quarters.h"
#include "place/halves.h"
