/* SPDX-License-Identifier: MIT */
/* What entries of the same bytes say of a page: lemmas alone. */
#include "memmap/said.h"

#include "cover/stated.h"
#include "cover/entries.h"
#include "cover/least.h"
