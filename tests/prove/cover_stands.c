/* SPDX-License-Identifier: MIT */
/* Where the walk stands, from step to step. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "place/far.h"
#include "cover/stands.h"
