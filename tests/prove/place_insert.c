/* SPDX-License-Identifier: MIT */
/* Insertion, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/split.h"
#include "place/shift.h"
