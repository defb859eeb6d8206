/* SPDX-License-Identifier: MIT */
/* Entries put that stay: lemmas alone. */
#include "memmap/in_order.c"

#include "cover/stated.h"
#include "cover/put_earlier.h"
