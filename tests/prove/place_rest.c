/* SPDX-License-Identifier: MIT */
/* The lemmas of sorting by insertion, from those of counting. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/split.h"
#include "place/rest.h"
