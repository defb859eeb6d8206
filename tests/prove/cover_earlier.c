/* SPDX-License-Identifier: MIT */
/* Spans taken in for entries that stay: lemmas alone. */
#include "memmap/said.h"

#include "cover/stated.h"
#include "cover/earlier.h"
