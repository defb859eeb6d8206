/* SPDX-License-Identifier: MIT */
/* An end that is next is one more. */
#include "memmap/cover.h"

#include "cover/walk.h"
#include "cover/alike.h"
#include "cover/more.h"
