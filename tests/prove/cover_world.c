/* SPDX-License-Identifier: MIT */
/* What stays sound where spans and ends stay the same. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/class.h"
#include "cover/kept.h"
#include "cover/sums.h"
#include "cover/world.h"
