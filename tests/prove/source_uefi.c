/* SPDX-License-Identifier: MIT */
/* Rules 1 to 3 of UEFI's entries, with what is known of their bits. */
#include "memmap/source.c"

#include "cover/odd.h"
