/* SPDX-License-Identifier: MIT */
/* Kinds of regions and of pages: lemmas alone. */
#include "memmap/cover.h"
#include "memmap/output.h"

#include "cover/known.h"
#include "cover/rank_known.h"
