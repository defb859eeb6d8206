/* SPDX-License-Identifier: MIT */
/* The passes, and the lemmas that they need. */
#include "memmap/place.c"

#include "place/runs.h"
#include "place/more.h"
#include "place/again.h"
