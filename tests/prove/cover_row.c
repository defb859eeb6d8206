/* SPDX-License-Identifier: MIT */
/* Spans in a row: lemmas alone. */
#include "memmap/order.h"

#include "cover/row.h"
