/* SPDX-License-Identifier: MIT */
/* The merge of two runs of one width, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/merged_left.h"
#include "place/merged_right.h"
#include "place/heads_left.h"
#include "place/heads_right.h"
