/* SPDX-License-Identifier: MIT */
/* The halves of a merge are a whole. */
#include "memmap/place.c"

#include "place/halves.h"
#include "place/whole.h"
