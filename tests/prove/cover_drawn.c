/* SPDX-License-Identifier: MIT */
/* A span that covers a page has its class open. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/spent.h"
#include "cover/drawn.h"
