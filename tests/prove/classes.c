/* SPDX-License-Identifier: MIT */
/* The spans that are open, counted and linked. */
#include "memmap/classes.h"

#include "cover/open.h"
#include "cover/classes.h"
