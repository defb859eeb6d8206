/* SPDX-License-Identifier: MIT */
/* Runs below and above. */
#include "memmap/place.c"

#include "place/runs_below.h"
#include "place/runs.h"
