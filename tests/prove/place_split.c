/* SPDX-License-Identifier: MIT */
/* Where permuted parts make a whole, the first half. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/split.h"
#include "place/more_split.h"
#include "place/all.h"
