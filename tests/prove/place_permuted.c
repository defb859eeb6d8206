/* SPDX-License-Identifier: MIT */
/* Places permuted twice over, from the lemmas of counting. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/again.h"
