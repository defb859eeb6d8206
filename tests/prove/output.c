/* SPDX-License-Identifier: MIT */
/* The map that grows at its end. */
#include "memmap/cut.h"
#include "memmap/output.h"

#include "cover/output.h"
