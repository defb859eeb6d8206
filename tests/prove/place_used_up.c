/* SPDX-License-Identifier: MIT */
/* The merge where one run is used up, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/head_moves.h"
#include "place/all.h"
