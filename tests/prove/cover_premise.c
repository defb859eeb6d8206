/* SPDX-License-Identifier: MIT */
/* What is open covers a page, if the walk has passed what it has to. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/stood.h"
#include "cover/cluster.h"
#include "cover/premise.h"
