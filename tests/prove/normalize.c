/* SPDX-License-Identifier: MIT */
/* From collected spans to the map, behind the contracts of all that takes part. */
#include "parts.c"

#include "cover/known.h"
#include "cover/rank_known.h"
#include "cover/row.h"
#include "cover/taken.h"
