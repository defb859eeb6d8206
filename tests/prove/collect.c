/* SPDX-License-Identifier: MIT */
/* The collecting of spans, with the lemmas that it needs. */
#include "memmap/extent.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/collect.c"

#include "cover/collected.h"
