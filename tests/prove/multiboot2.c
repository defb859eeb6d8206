/* SPDX-License-Identifier: MIT */
/* The Multiboot2 reader behind the contracts of the readers that it calls. */
#include "memmap/source.c"
#include "memmap/source_multiboot2.c"
