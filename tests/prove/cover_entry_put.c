/* SPDX-License-Identifier: MIT */
/* Entries put behind a map one by one: lemmas alone. */
#include "memmap/in_order.c"

#include "cover/least.h"
#include "cover/entry_put.h"
