/* SPDX-License-Identifier: MIT */
/* Between two bounds of a cluster, what covers a page. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/stood.h"
#include "cover/bounds.h"
#include "cover/premise.h"
#include "cover/amid.h"
