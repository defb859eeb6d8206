/* SPDX-License-Identifier: MIT */
/* Where two runs are parted, and that two halves meet there. */
#include "memmap/place.c"

#include "place/far.h"
#include "place/parted.h"
#include "place/once.h"
#include "place/seam.h"
