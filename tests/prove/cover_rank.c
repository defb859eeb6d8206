/* SPDX-License-Identifier: MIT */
/* The highest kind that covers a page, from the classes that cover it. */
#include "memmap/cover.h"

#include "cover/rank.h"
