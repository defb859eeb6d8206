/* SPDX-License-Identifier: MIT */
/* The merge of two runs, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/head_moves.h"
#include "place/known.h"
#include "place/again.h"
