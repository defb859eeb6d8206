/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, some class is open. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/amid.h"
#include "cover/reached.h"
#include "cover/drawn.h"
#include "cover/one.h"
#include "cover/some.h"
