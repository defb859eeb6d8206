/* SPDX-License-Identifier: MIT */
/* Integers of the same bytes: lemmas alone. */
#include "memmap/said.h"

#include "cover/bytes_at.h"
#include "cover/bytes.h"
