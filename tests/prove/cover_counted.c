/* SPDX-License-Identifier: MIT */
/* Open spans, counted. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/walk.h"
#include "cover/most.h"
#include "cover/counted.h"
