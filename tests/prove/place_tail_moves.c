/* SPDX-License-Identifier: MIT */
/* What a step does to the tails, from the lemmas of left and right. */
#include "memmap/place.c"

#include "place/merged_left_down.h"
#include "place/merged_right_down.h"
#include "place/tails_left.h"
#include "place/tails_right.h"
#include "place/tail_moves.h"
