/* SPDX-License-Identifier: MIT */
/* All spans of a cluster end by the last of their ends in order. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "place/far.h"
#include "cover/ends.h"
#include "cover/opened.h"
#include "cover/spent.h"
#include "cover/last.h"
#include "cover/last_all.h"
