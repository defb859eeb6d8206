/* SPDX-License-Identifier: MIT */
/* The spans of places in order. */
#include "memmap/order.c"

#include "cover/taken.h"
