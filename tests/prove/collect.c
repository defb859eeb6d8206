/* SPDX-License-Identifier: MIT */
/* The collecting of spans, with the lemmas that it needs. */
#include "memmap/extent.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/collect.c"

#include "cover/claims.h"
#include "cover/collected.h"
#include "cover/collected_ranks.h"
#include "cover/entry.h"
#include "cover/earlier.h"
