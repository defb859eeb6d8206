/* SPDX-License-Identifier: MIT */
/* Where permuted parts make a whole, the second half. */
#include "memmap/place.c"

#include "place/more_split.h"
#include "place/more.h"
