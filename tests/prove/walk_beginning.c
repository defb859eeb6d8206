/* SPDX-License-Identifier: MIT */
/* A beginning is passed. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/most.h"
#include "cover/alone.h"
#include "cover/opening.h"
