/* SPDX-License-Identifier: MIT */
/* Clusters and their sorted ends, behind the contract of the sort. */
#include "memmap/cut.h"
#include "memmap/place.c"
#include "memmap/sweep.c"

#include "cover/class.h"
#include "cover/ends.h"
#include "cover/kept.h"
#include "cover/last_all.h"
