/* SPDX-License-Identifier: MIT */
/* What the walk put out stays where it passes a bound. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/moved.h"
#include "cover/further.h"
