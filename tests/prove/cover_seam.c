/* SPDX-License-Identifier: MIT */
/* Pages that nothing covers, and a page that one span covers. */
#include "memmap/cut.h"
#include "memmap/cover.h"

#include "cover/seam.h"
