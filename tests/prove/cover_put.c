/* SPDX-License-Identifier: MIT */
/* A span that stands alone was put out. */
#include "memmap/cut.h"
#include "memmap/sweep.c"

#include "cover/seam.h"
#include "cover/rests.h"
#include "cover/done_seam.h"
#include "cover/put.h"
#include "cover/put_seam.h"
