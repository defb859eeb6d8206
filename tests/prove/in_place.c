/* SPDX-License-Identifier: MIT */
/* Normalizing in one buffer, behind the contract of memmap_normalize. */
#include "base/mem.c"

#include "parts.c"

#include "memmap/in_place.c"

#include "cover/claims.h"
#include "cover/entry.h"
#include "cover/entries.h"
