/* SPDX-License-Identifier: MIT */
/* Allocation is proved with what it calls. */
#include "memmap/query.c"
#include "memmap/cut.c"
#include "memmap/merge.c"
#include "memmap/edit.c"
#include "memmap/allocate.c"
