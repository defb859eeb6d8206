/* SPDX-License-Identifier: MIT */
/* What ended, of the spans that opened. */
#include "memmap/cover.h"

#include "cover/opened.h"
