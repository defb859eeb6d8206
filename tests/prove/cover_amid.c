/* SPDX-License-Identifier: MIT */
/* Pages between two bounds of a cluster, and what covers them. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/begun.h"
#include "cover/cluster.h"
#include "cover/between.h"
#include "cover/amid.h"
