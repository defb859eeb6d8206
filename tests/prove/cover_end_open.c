/* SPDX-License-Identifier: MIT */
/* The class of the next end is open. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/more.h"
#include "cover/opened.h"
#include "cover/end_open.h"
