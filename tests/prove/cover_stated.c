/* SPDX-License-Identifier: MIT */
/* What entries of the same bytes say: lemmas alone. */
#include "memmap/said.h"

#include "cover/bytes.h"
#include "cover/stated.h"
