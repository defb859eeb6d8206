/* SPDX-License-Identifier: MIT */
/* Release is proved with what it calls. */
#include "memmap/cut.c"
#include "memmap/merge.c"
#include "memmap/release.c"
