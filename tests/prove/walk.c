/* SPDX-License-Identifier: MIT */
/* The steps over a cluster. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/over.h"
