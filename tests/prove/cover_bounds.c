/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, what the walk has passed. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/stood.h"
#include "cover/between.h"
#include "cover/bounds.h"
