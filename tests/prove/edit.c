/* SPDX-License-Identifier: MIT */
/* Reserve is proved with what it calls. */
#include "memmap/cut.c"
#include "memmap/merge.c"
#include "memmap/edit.c"
