/* SPDX-License-Identifier: MIT */
/* What is open in a cluster, from the bounds that were passed. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/stood.h"
#include "cover/begun.h"
#include "cover/passed.h"
#include "cover/cluster.h"
