/* SPDX-License-Identifier: MIT */
/* Sorting by insertion, and the lemmas that it needs. */
#include "memmap/place.c"

#include "place/rest.h"
#include "place/again.h"
