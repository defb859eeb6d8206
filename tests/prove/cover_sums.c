/* SPDX-License-Identifier: MIT */
/* Sums over spans and places that stay the same. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/class.h"
#include "cover/sums.h"
