/* SPDX-License-Identifier: MIT */
/* The gap for an insertion, and the lemma that it needs. */
#include "memmap/place.c"

#include "place/gap.h"
