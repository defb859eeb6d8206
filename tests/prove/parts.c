/* SPDX-License-Identifier: MIT */
/* Files of the engine of which not all is proved so far. */
#include "memmap/account.c"
#include "memmap/extent.c"
#include "memmap/in_place.c"
#include "memmap/normalize.c"
#include "memmap/place.c"
#include "memmap/source.c"
#include "memmap/span.c"
