/* SPDX-License-Identifier: MIT */
/* Pages between two bounds of a cluster. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "place/far.h"
#include "cover/stood.h"
#include "cover/begun.h"
#include "cover/cluster.h"
#include "cover/between.h"
