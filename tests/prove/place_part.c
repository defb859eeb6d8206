/* SPDX-License-Identifier: MIT */
/* What is known of a part, and of the places to merge from that stay. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/part.h"
#include "place/known.h"
