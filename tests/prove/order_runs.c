/* SPDX-License-Identifier: MIT */
/* Ties put in order, one run of places after another. */
#include "memmap/extent.c"
#include "memmap/place.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/order.c"

#include "cover/found.h"
#include "cover/parts.h"
