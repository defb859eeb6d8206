/* SPDX-License-Identifier: MIT */
/* The bytes of each entry: lemmas alone. */
#include "memmap/said.h"

#include "cover/entry.h"
