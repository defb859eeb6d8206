/* SPDX-License-Identifier: MIT */
/* The sorted ends of spans, as many of a class as spans ended. */
#include "memmap/cover.h"

#include "cover/ends.h"
