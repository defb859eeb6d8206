/* SPDX-License-Identifier: MIT */
/* The highest open kind, from what covers a page. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/rank.h"
#include "cover/top.h"
