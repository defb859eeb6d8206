/* SPDX-License-Identifier: MIT */
/* The accounting, behind the contracts of the readers, spans and the sort. */
#include "memmap/extent.c"
#include "memmap/place.c"
#include "memmap/source.c"
#include "memmap/span.c"
#include "memmap/account.c"
