/* SPDX-License-Identifier: MIT */
/* Ends that stand elsewhere than what is written. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/alone.h"
#include "cover/apart.h"
#include "cover/ends_kept.h"
