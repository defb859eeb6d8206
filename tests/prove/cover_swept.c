/* SPDX-License-Identifier: MIT */
/* What becomes of pages between two bounds of a cluster. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/amid.h"
#include "cover/some.h"
#include "cover/top.h"
#include "cover/swept.h"
#include "cover/drawn_pages.h"
