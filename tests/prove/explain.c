/* SPDX-License-Identifier: MIT */
/* Why a page is what it is, behind the contracts of the readers and spans. */
#include "memmap/collect.c"
#include "memmap/extent.c"
#include "memmap/source.c"
#include "memmap/span.c"
#include "memmap/explain.c"
