/* SPDX-License-Identifier: MIT */
/* Spans in order: filled, sorted, ties put in order, taken. */
#include "memmap/extent.c"
#include "memmap/place.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/order.c"

#include "cover/boxed.h"
#include "cover/found.h"
#include "cover/filled.h"
