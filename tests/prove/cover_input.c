/* SPDX-License-Identifier: MIT */
/* What claims and an input that stay say of a page: lemmas alone. */
#include "memmap/said.h"

#include "cover/entries.h"
#include "cover/least.h"
#include "cover/claims.h"
#include "cover/input.h"
