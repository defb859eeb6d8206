/* SPDX-License-Identifier: MIT */
/* What a step does to the heads, from the lemmas of left and right. */
#include "memmap/place.c"

#include "place/merged_left.h"
#include "place/merged_right.h"
#include "place/heads_left.h"
#include "place/heads_right.h"
#include "place/head_moves.h"
