/* SPDX-License-Identifier: MIT */
/* Insertion, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/split.h"
#include "place/shift.h"
