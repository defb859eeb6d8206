/* SPDX-License-Identifier: MIT */
/* Counting from the first place. */
#include "memmap/place.c"

#include "place/same.h"
#include "place/split.h"
#include "place/first.h"
