/* SPDX-License-Identifier: MIT */
/* The sweep behind the contracts of the decoder and of the sort. */
#include "memmap/source.c"

#include "memmap/place.c"
#include "memmap/sweep.c"
