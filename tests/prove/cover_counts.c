/* SPDX-License-Identifier: MIT */
/* Which spans of a class cover a page, from how many began and how many ended. */
#include "memmap/cover.h"

#include "cover/counts.h"
