/* SPDX-License-Identifier: MIT */
/* Spans that opened and ends that passed, one more at a time. */
#include "memmap/cover.h"

#include "cover/walk.h"
