/* SPDX-License-Identifier: MIT */
/* One lemma of the merge at a time: beside others the provers lose their way. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/split.h"
#include "place/merged_right_next.h"
#include "place/merged_right.h"
