/* SPDX-License-Identifier: MIT */
/* Spans that all ended, spans of which one covers a page. */
#include "memmap/cover.h"

#include "cover/spent.h"
