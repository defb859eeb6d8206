/* SPDX-License-Identifier: MIT */
/* What stands around the sweep and needs no contract of it. */
#include "memmap/account.c"
#include "memmap/collect.c"
#include "memmap/extent.c"
#include "memmap/order.c"
#include "memmap/place.c"
#include "memmap/query.c"
#include "memmap/source.c"
#include "memmap/span.c"

#include "memmap/in_order.c"
#include "memmap/normalize.c"
