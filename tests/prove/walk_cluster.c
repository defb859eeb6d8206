/* SPDX-License-Identifier: MIT */
/* From bound to bound, behind the contract of a step. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/further.h"
