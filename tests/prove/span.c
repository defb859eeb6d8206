/* SPDX-License-Identifier: MIT */
/* Entries and claims as spans, behind the contracts of the readers and extents. */
#include "memmap/extent.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/collect.c"
