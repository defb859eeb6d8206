/* SPDX-License-Identifier: MIT */
/* An end is passed. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/end_open.h"
#include "cover/alone.h"
#include "cover/closing.h"
