/* SPDX-License-Identifier: MIT */
/* Ties in the order of their keys, behind the contracts of the sort and of the spans' keys. */
#include "memmap/extent.c"
#include "memmap/place.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/order.c"

#include "cover/boxed.h"
#include "cover/found.h"
