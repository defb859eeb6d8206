/* SPDX-License-Identifier: MIT */
/* Pages between two bounds are put out: what the walk goes over stays. */
#include "memmap/cut.h"
#include "memmap/walk.h"
