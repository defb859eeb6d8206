/* SPDX-License-Identifier: MIT */
/* The merge of two runs of one width, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/head_moves.h"
#include "place/tail_moves.h"
