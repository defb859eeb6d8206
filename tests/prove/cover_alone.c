/* SPDX-License-Identifier: MIT */
/* Ends that stand elsewhere than what is written. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/alone.h"
