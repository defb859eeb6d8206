/* SPDX-License-Identifier: MIT */
/* One lemma of the merge at a time: beside others the provers lose their way. */
#include "memmap/place.c"

#include "place/tails_left_next.h"
#include "place/tails_left.h"
