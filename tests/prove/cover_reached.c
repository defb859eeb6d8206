/* SPDX-License-Identifier: MIT */
/* A cluster has no gap. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/reached.h"
